"""The map against values worked out without camlight, on each form of model."""

import keras
import numpy as np
import pytest

import camlight
from camlight import Explanation
from tests.references import array, cam, gradients_by_differences


def features_of(model, doc, layer):
    return array(keras.Model(model.inputs, model.get_layer(layer).output)([doc]))


def head_of(model):
    return array(model.get_layer("head").kernel)


def sequential():
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.layers.Conv2D(5, 3, activation="relu", name="conv"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(4, name="head"),
        ]
    )


class Subclassed(keras.Model):
    """A residual block written by hand; the sum of its paths is an operation of no layer."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = keras.layers.Conv2D(5, 3, padding="same", name="conv")
        self.branch = keras.layers.Conv2D(5, 3, padding="same", activation="relu", name="branch")
        self.last = keras.layers.Activation("relu", name="last")
        self.head = keras.layers.Dense(4, name="head")

    def call(self, inputs):
        x = self.conv(inputs)
        x = self.last(x + self.branch(x))
        return self.head(keras.ops.mean(x, axis=(1, 2)))


@pytest.mark.parametrize("target", range(4))
def test_functional_equals_cam(network, doc, target):
    expl = camlight.explain_prediction(network, doc, targets=[target])
    assert expl.layer == "sum"
    expected = cam(features_of(network, doc, "sum"), head_of(network), target)
    np.testing.assert_allclose(expl.targets[0].heatmap, expected, atol=1e-6)
    assert expl.targets[0].score == float(array(network(doc))[0, target])


def test_raw_map_adds_up_to_the_score(network, doc):
    """Where the layer is pooled and goes into a linear head, the signed map times the number of
    its cells is the score without its bias: the mean of the map is w . mean(A) / cells."""
    raw = camlight.explain_prediction(network, doc, targets=[2]).targets[0].raw_map
    score = float(array(network(doc))[0, 2]) - float(array(network.get_layer("head").bias)[2])
    assert raw.sum() == pytest.approx(score, rel=1e-5)


@pytest.mark.parametrize("built", [True, False])
def test_sequential_equals_cam(doc, built):
    model = sequential()
    if built:
        model.build((None, 8, 8, 3))
    expl = camlight.explain_prediction(model, doc, targets=[1])
    assert expl.layer == "conv"
    features = array(model.get_layer("conv")(doc))
    np.testing.assert_allclose(expl.targets[0].heatmap, cam(features, head_of(model), 1), atol=1e-6)


def test_subclassed_equals_cam(doc):
    keras.utils.set_random_seed(3)
    model = Subclassed()
    expl = camlight.explain_prediction(model, doc, targets=[1])
    assert expl.layer == "last"
    x = model.conv(doc)
    features = array(model.last(x + model.branch(x)))
    kernel = array(model.head.kernel)
    np.testing.assert_allclose(expl.targets[0].heatmap, cam(features, kernel, 1), atol=1e-6)


def test_subclassed_skips_one_branch_of_a_sum(doc):
    """Without the activation behind the sum, `branch` is the last map, but not on all paths."""

    class Bare(Subclassed):
        def call(self, inputs):
            x = self.conv(inputs)
            return self.head(keras.ops.mean(x + self.branch(x), axis=(1, 2)))

    keras.utils.set_random_seed(3)
    assert camlight.explain_prediction(Bare(), doc, targets=[1]).layer == "conv"


@pytest.mark.parametrize("pooled_inside", [True, False])
def test_nested_equals_flat(doc, pooled_inside):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(5, 3, activation="relu", name="conv")(inputs)
    pool = keras.layers.GlobalAveragePooling2D(name="pool")
    backbone = keras.Model(inputs, pool(x) if pooled_inside else x, name="backbone")
    outer = keras.Input((8, 8, 3))
    x = backbone(outer)
    x = x if pooled_inside else pool(x)
    model = keras.Model(outer, keras.layers.Dense(4, name="head")(x))
    expl = camlight.explain_prediction(model, doc, targets=[3], compile=False)
    assert expl.layer == "backbone/conv"
    features = array(backbone.get_layer("conv")(doc))
    np.testing.assert_allclose(expl.targets[0].heatmap, cam(features, head_of(model), 3), atol=1e-6)
    for layer in ("backbone/conv", "conv", backbone.get_layer("conv")):
        again = camlight.explain_prediction(model, doc, targets=[3], layer=layer, compile=False)
        assert again == expl


def test_gradients_by_finite_differences(rng):
    """A layer in the middle, behind it a nonlinear tail; in float64 where the backend has it
    throughout, else with wider steps."""
    exact = keras.config.backend() == "tensorflow"
    dtype = "float64" if exact else "float32"
    keras.config.set_dtype_policy(dtype)
    try:
        keras.utils.set_random_seed(1)
        inputs = keras.Input((6, 6, 2))
        x = keras.layers.Conv2D(3, 3, name="conv")(inputs)
        conv = x
        x = keras.layers.Conv2D(4, 2, activation="tanh")(x)
        x = keras.layers.Flatten()(x)
        outputs = keras.layers.Dense(3, activation="softmax")(x)
        model, tail = keras.Model(inputs, outputs), keras.Model(conv, outputs)
    finally:
        keras.config.set_dtype_policy("float32")
    doc = rng.normal(size=(1, 6, 6, 2)).astype(dtype)
    _, activations, gradients, target, _ = camlight.keras.gradcam_backend(model, doc, [1], "conv")
    assert (activations.dtype, target) == (dtype, 1)
    step, tolerance = (1e-5, 1e-9) if exact else (1e-2, 2e-5)
    expected = gradients_by_differences(tail, activations[np.newaxis], 1, step)[0]
    np.testing.assert_allclose(gradients, expected, rtol=0, atol=tolerance)
    assert np.abs(gradients).max() > 1000 * tolerance


def test_one_input_in_a_list_or_a_dict(network, doc):
    expected = camlight.explain_prediction(network, doc).targets
    inputs = network.inputs[0]
    for structure in ([inputs], {inputs.name: inputs}):
        model = keras.Model(structure, network.output)
        assert camlight.explain_prediction(model, doc).targets == expected


def test_flipping_the_picture_flips_the_map(network, doc):
    for name in ("conv", "branch"):
        conv = network.get_layer(name)
        kernel = array(conv.kernel)
        conv.kernel.assign((kernel + kernel[:, ::-1]) / 2)
    plain = camlight.explain_prediction(network, doc, targets=[2]).targets[0].heatmap
    flipped = camlight.explain_prediction(network, doc[:, :, ::-1], targets=[2]).targets[0].heatmap
    np.testing.assert_allclose(flipped, plain[:, ::-1], atol=1e-6)


def test_scaling_the_scores_leaves_the_heatmap(network, doc):
    before = camlight.explain_prediction(network, doc, targets=[2]).targets[0]
    head = network.get_layer("head")
    for weight in head.weights:
        weight.assign(weight * 1e-12)
    after = camlight.explain_prediction(network, doc, targets=[2]).targets[0]
    np.testing.assert_allclose(after.heatmap, before.heatmap, atol=1e-6)
    assert after.heatmap.max() == before.heatmap.max() == 1.0
    np.testing.assert_allclose(after.raw_map, before.raw_map * 1e-12, rtol=1e-4)


def test_channels_first_equals_channels_last(doc):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((3, 8, 9))
    x = keras.layers.Conv2D(5, 3, name="conv", data_format="channels_first")(inputs)
    x = keras.layers.Activation("relu", name="relu")(x)
    x = keras.layers.GlobalAveragePooling2D(data_format="channels_first")(x)
    model = keras.Model(inputs, keras.layers.Dense(4, name="head")(x))
    doc = np.random.default_rng(0).normal(size=(1, 3, 8, 9)).astype("float32")
    expl = camlight.explain_prediction(model, doc, targets=[0])
    features = np.moveaxis(features_of(model, doc, "relu"), 1, -1)
    assert (expl.image.size, expl.layer) == ((9, 8), "relu")
    np.testing.assert_allclose(expl.targets[0].heatmap, cam(features, head_of(model), 0), atol=1e-6)


def test_all_that_reads_the_same_tensor_counts_once(doc):
    """`dropout` passes its input on as it is; its gradient must not hold the other path's."""
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(2, 1, name="conv")(inputs)
    y = keras.layers.Dropout(0.5, name="dropout")(x)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Add()([x, y]))
    model = keras.Model(inputs, keras.layers.Dense(2)(x))
    through_one = camlight.keras.gradcam_backend(model, doc, [0], "dropout")[0]
    through_both = camlight.keras.gradcam_backend(model, doc, [0], "conv")[0]
    np.testing.assert_allclose(through_both, 2 * through_one, rtol=1e-5)


def test_the_input_itself_can_be_explained(network, doc):
    name = network.layers[0].name
    weights, activations, gradients, *_ = camlight.keras.gradcam_backend(network, doc, [0], name)
    np.testing.assert_array_equal(activations, doc[0])
    assert gradients.shape == (8, 8, 3)
    assert gradients.any()
    np.testing.assert_allclose(weights, gradients.mean(axis=(0, 1)), rtol=1e-5)


def test_fields(network, doc, picture):
    expl = camlight.explain_prediction(network, doc, image=picture)
    scores = array(network(doc))[0]
    assert (expl.estimator, expl.method, expl.error) == ("network", "Grad-CAM", "")
    assert expl.is_regression is False
    assert expl.image is picture
    assert len(expl.targets) == 1
    assert expl.targets[0].target == scores.argmax()
    assert expl.targets[0].proba is None
    assert isinstance(expl.targets[0].score, float)
    assert expl.targets[0].heatmap.dtype == np.float64


def test_without_a_spatial_map_says_so():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="table")
    expl = camlight.explain_prediction(model, np.ones((1, 4)))
    assert isinstance(expl, Explanation)
    assert 'model "table" is not supported' in expl.error
    assert "name its layer with `layer`" in expl.error
    assert (expl.targets, expl.image) == (None, None)


def test_pictures_into_dense_layers_are_no_feature_map():
    layers = [keras.Input((8, 8, 3)), keras.layers.Rescaling(2.0), keras.layers.Flatten()]
    model = keras.Sequential([*layers, keras.layers.Dense(2)])
    assert "not supported" in camlight.explain_prediction(model, np.ones((1, 8, 8, 3))).error


def test_empty_model_says_so(doc):
    expl = camlight.explain_prediction(keras.Sequential([], name="empty"), doc)
    assert 'model "empty" is not supported' in expl.error


def test_never_stale(network, doc):
    """Weights assigned, an activation swapped, a layer frozen: the next call sees it."""

    def fresh():
        expl = camlight.explain_prediction(network, doc, targets=[1])
        expected = cam(features_of(network, doc, "sum"), head_of(network), 1)
        np.testing.assert_allclose(expl.targets[0].heatmap, expected, atol=1e-6)
        return expl.targets[0].raw_map

    first = fresh()
    network.get_layer("head").kernel.assign(-network.get_layer("head").kernel)
    second = fresh()
    np.testing.assert_allclose(second, -first, atol=1e-6)
    network.get_layer("branch").activation = keras.activations.sigmoid
    third = fresh()
    assert not np.allclose(third, second)
    network.get_layer("branch").trainable = False
    np.testing.assert_array_equal(fresh(), third)
