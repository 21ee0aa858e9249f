import keras
import numpy as np
import pytest

from camlight import demo


@pytest.mark.parametrize("network", ["lite0", "lite1"])
def test_networks_recognise_the_photos(network, batch_for, request):
    model = request.getfixturevalue(network)
    probabilities = model.predict(batch_for(model, *demo.PHOTOS), verbose=0)
    assert dict(zip(demo.PHOTOS, probabilities.argmax(axis=1), strict=True)) == dict(demo.PHOTOS)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert probabilities.min() >= 0


@pytest.mark.parametrize("network", ["lite0", "lite1"])
def test_networks_take_the_rocket_for_a_drilling_rig(network, batch_for, request):
    model = request.getfixturevalue(network)
    [[(wordnet_id, name, _)]] = demo.decode_predictions(
        model.predict(batch_for(model, "rocket"), verbose=0), top=1
    )
    assert (wordnet_id, name) == ("n03240683", "drilling platform")


def test_softmax_of_the_logits_is_the_probabilities(lite0, batch_for):
    batch = batch_for(lite0, "coffee", "chelsea")
    logits = demo.efficientnet_lite0(classifier_activation=None).predict(batch, verbose=0)
    assert logits.min() < 0
    assert logits.max() > 1
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, lite0.predict(batch, verbose=0), atol=1e-6)


@pytest.mark.parametrize(
    ("network", "size", "last_map", "blocks"), [("lite0", 224, 7, 16), ("lite1", 240, 8, 21)]
)
def test_shapes_and_names(network, size, last_map, blocks, request):
    model = request.getfixturevalue(network)
    assert model.name == f"efficientnet_{network}"
    assert model.input_shape == (None, size, size, 3)
    assert model.output_shape == (None, 1000)
    assert model.get_layer("top_activation").output.shape == (None, last_map, last_map, 1280)
    names = [layer.name for layer in model.layers]
    assert names[1:4] == ["stem_conv", "stem_bn", "stem_activation"]
    assert names[4:9] == [
        "block1a_dwconv",
        "block1a_bn",
        "block1a_activation",
        "block1a_project_conv",
        "block1a_project_bn",
    ]
    assert names[9:12] == ["block2a_expand_conv", "block2a_expand_bn", "block2a_expand_activation"]
    assert "block2b_add" in names
    assert names[-5:] == ["top_conv", "top_bn", "top_activation", "avg_pool", "predictions"]
    assert sum(name.endswith("_dwconv") for name in names) == blocks


def test_random_weights_differ_from_the_trained_ones_and_between_calls(lite0):
    keras.utils.set_random_seed(0)
    first, second = (demo.efficientnet_lite0(weights=None) for _ in range(2))
    kernels = [m.get_layer("stem_conv").get_weights()[0] for m in (lite0, first, second)]
    assert not np.allclose(kernels[0], kernels[1])
    assert not np.allclose(kernels[1], kernels[2])


def test_other_activations_go_to_keras():
    model = demo.efficientnet_lite0(classifier_activation="sigmoid", weights=None)
    assert model.get_layer("predictions").activation is keras.activations.sigmoid


@pytest.mark.parametrize("build", [demo.efficientnet_lite0, demo.efficientnet_lite1])
def test_unknown_weights_are_refused(build):
    with pytest.raises(ValueError, match=r"'imagenet' or None, received 'noisy-student'"):
        build(weights="noisy-student")


def test_preprocess_input_scales_a_copy():
    pixels = np.array([[[0, 127, 255]]], dtype=np.uint8)
    scaled = demo.preprocess_input(pixels)
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(scaled, [[[-127 / 128, 0, 1]]])
    np.testing.assert_array_equal(pixels, [[[0, 127, 255]]])
    floats = np.array([255.0], dtype=np.float32)
    np.testing.assert_array_equal(demo.preprocess_input(floats), [1])
    np.testing.assert_array_equal(floats, [255])


def test_preprocess_input_keeps_tensors_tensors():
    scaled = demo.preprocess_input(keras.ops.convert_to_tensor([[0, 127, 255]], dtype="uint8"))
    assert keras.ops.is_tensor(scaled)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(scaled), [[-127 / 128, 0, 1]])
    inside = keras.Input((8, 8, 3))
    assert demo.preprocess_input(inside).shape == (None, 8, 8, 3)
