"""Bad input gets one clear error: what was expected, what was received, what to do."""

import keras
import numpy as np
import pytest
from PIL import Image

import camlight
from tests.forms.graphs import bare_siamese, pair


@pytest.mark.parametrize(
    ("doc", "error", "message"),
    [
        (None, TypeError, "NumPy array.* Received: None of type NoneType.*`preprocess="),
        ("cat.jpg", TypeError, "Received: 'cat.jpg' of type str"),
        ([[1, 2], [3, 4]], TypeError, "of type list"),
        (Image.new("RGB", (8, 8)), TypeError, "of type Image"),
        (np.full((1, 8, 8, 3), None), TypeError, "array of numbers.* dtype object"),
        (np.full((1, 8, 8, 3), "a"), TypeError, "dtype <U1"),
        (np.ones((1, 8, 8, 3), complex), TypeError, "dtype complex128"),
        (np.full((1, 8, 8, 3), np.nan), ValueError, "192 of 192 values NaN or infinite"),
        (np.full((1, 8, 8, 3), np.inf), ValueError, "finite numbers.*nan_to_num"),
        (np.ones((5, 8, 8, 3)), ValueError, r"one picture, shape \(1, 8, 8, 3\).*batch of 5"),
        (np.ones((0, 8, 8, 3)), ValueError, r"one picture. Received: shape \(0, 8, 8, 3\)"),
        (np.ma.masked_all((1, 8, 8, 3)), TypeError, "of type MaskedArray"),
        (keras.KerasTensor((1, 8, 8, 3)), TypeError, "of type KerasTensor"),
        (np.ones((1, 3, 8, 8)), ValueError, r"channels last: `np.moveaxis\(doc, 1, -1\)`"),
        (np.ones((1, 9, 8, 3)), ValueError, r"takes, \(1, 8, 8, 3\). Received: \(1, 9, 8, 3\)"),
        (np.ones((1, 8, 8, 1)), ValueError, r"Received: \(1, 8, 8, 1\).*target_size"),
        (np.ones((8, 8)), ValueError, r"Received: \(8, 8\)"),
        (np.float64(3), ValueError, r"Received: \(\)"),
    ],
)
def test_bad_docs(network, doc, error, message):
    with pytest.raises(error, match=message):
        camlight.explain_prediction(network, doc)


def test_docs_that_do(network, doc):
    """Other number types, other frameworks' arrays, and a picture without its batch axis."""
    expected = camlight.explain_prediction(network, doc)
    assert camlight.explain_prediction(network, doc[0]) == expected
    assert (
        camlight.explain_prediction(network, keras.ops.convert_to_tensor(doc)).targets
        == expected.targets
    )
    whole = np.random.default_rng(0).integers(0, 255, (1, 8, 8, 3))
    expected = camlight.explain_prediction(network, whole.astype("float32")).targets
    for dtype in ("uint8", "int64", "float64", "longdouble"):
        assert camlight.explain_prediction(network, whole.astype(dtype)).targets == expected
    assert camlight.explain_prediction(network, whole > 100).targets is not None


def test_variable_input_size(rng):
    inputs = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.GlobalMaxPooling2D()(x)))
    for height, width in ((5, 9), (12, 4)):
        doc = rng.normal(size=(1, height, width, 3)).astype("float32")
        expl = camlight.explain_prediction(model, doc)
        assert expl.targets[0].heatmap.shape == (height, width)
        assert expl.image.size == (width, height)
    with pytest.raises(ValueError, match=r"takes, \(1, any, any, 3\)"):
        camlight.explain_prediction(model, np.ones((1, 5, 5, 4)))


@pytest.mark.parametrize("channels", [2, 7])
def test_more_bands_than_a_picture_has(channels, picture):
    model = keras.Sequential(
        [
            keras.Input((6, 6, channels)),
            keras.layers.Conv2D(3, 3),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2),
        ]
    )
    doc = np.random.default_rng(2).normal(size=(1, 6, 6, channels))
    with pytest.raises(ValueError, match=f"Received: {channels} channels. Pass.*`image`"):
        camlight.explain_prediction(model, doc)
    expl = camlight.explain_prediction(model, doc, image=picture)
    assert camlight.format_as_image(expl).size == picture.size


@pytest.mark.parametrize("image", ["cat.jpg", np.ones((8, 8, 3))])
def test_bad_images(network, doc, image):
    with pytest.raises(TypeError, match="Expected `image` to be a PIL.Image.Image. Received"):
        camlight.explain_prediction(network, doc, image=image)


def test_the_picture_is_the_one_that_keras_makes(network, doc):
    expl = camlight.explain_prediction(network, doc)
    assert expl.image == keras.utils.array_to_img(doc[0])


def test_grey_pictures(rng):
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Conv2D(3, 3, name="conv"),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    expl = camlight.explain_prediction(model, rng.normal(size=(1, 6, 6, 1)), layer="conv")
    assert (expl.image.mode, expl.image.size) == ("L", (6, 6))


def test_a_grey_picture_without_a_channel_axis(rng):
    inputs = keras.Input((8, 9))
    x = keras.layers.Conv2D(2, 3, name="conv")(keras.layers.Reshape((8, 9, 1))(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(x)))
    expl = camlight.explain_prediction(model, rng.normal(size=(1, 8, 9)).astype("float32"))
    assert (expl.layer, expl.image.mode, expl.image.size) == ("conv", "L", (9, 8))


@pytest.mark.parametrize(
    "arguments",
    [
        {"doc": np.ones((3, 8, 8, 3))},
        {"doc": np.ones((8, 8))},
        {"doc": np.ones((1, 8, 8, 3)), "targets": "x"},
        {"doc": np.ones((1, 8, 8, 3)), "image": "x"},
    ],
)
def test_what_is_refused_builds_nothing(arguments):
    model = keras.Sequential([keras.layers.Conv2D(2, 3), keras.layers.GlobalMaxPooling2D()])
    with pytest.raises((TypeError, ValueError)):
        camlight.explain_prediction(model, **arguments)
    assert not model.built
    lone = np.random.default_rng(0).normal(size=(8, 8, 3)).astype("float32")
    assert camlight.explain_prediction(model, lone).layer == model.layers[0].name


def test_an_input_that_may_be_left_out(doc):
    class Shift(keras.layers.Layer):
        def call(self, inputs, by=None):
            return inputs if by is None else inputs + keras.ops.sum(by)

    picture, by = (
        keras.Input((8, 8, 3), name="picture"),
        keras.Input((2,), name="by", optional=True),
    )
    x = Shift()(keras.layers.Conv2D(2, 3, name="conv")(picture), by)
    outputs = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model({"picture": picture, "by": by}, outputs)
    without = camlight.explain_prediction(model, {"picture": doc}, [0], layer="conv")
    zero = {"picture": doc, "by": np.zeros((1, 2), "float32")}
    assert camlight.explain_prediction(model, zero, [0], layer="conv").targets == without.targets
    for docs in ([None, np.concatenate([doc, doc])], {"picture": doc, "by": None}):
        many = list(camlight.explain_predictions(model, docs, targets=[0], layer="conv"))
        assert len(many) == (2 if isinstance(docs, list) else 1)
        for [target] in (expl.targets for expl in many):
            np.testing.assert_allclose(
                target.raw_map, without.targets[0].raw_map, rtol=1e-5, atol=1e-6
            )


@pytest.mark.parametrize("flag", ["pre_softmax", "counterfactual"])
def test_flags_that_are_none(network, doc, flag):
    for value in ("yes", 1, None):
        with pytest.raises(TypeError, match=f"`{flag}` to be True or False. Received: {value!r}"):
            camlight.explain_prediction(network, doc, **{flag: value})


def test_the_picture_drawn_is_the_one_that_the_call_looks_at():
    model, (left, right) = bare_siamese(), pair()
    pictures = [keras.utils.array_to_img(part[0]) for part in (left, right)]
    for arguments, drawn in (({}, 0), ({"call": 1}, 1), ({"layer": "conv"}, 1), ({"call": 0}, 0)):
        expl = camlight.explain_prediction(model, [left, right], [1], **arguments)
        assert expl.image == pictures[drawn]


def test_several_inputs_that_do_not_fit(doc):
    inputs = [keras.Input((8, 8, 3), name="left"), keras.Input((8, 8, 3), name="right")]
    x = [keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(2, 3)(i)) for i in inputs]
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Concatenate()(x)), name="pair")
    for wrong, error, message in [
        (doc, TypeError, "the 2 inputs of model `pair`, left, right. Received: ndarray.*'left'"),
        ([doc], ValueError, "Received: 1 of them"),
        ({"left": doc}, ValueError, "Received: no right"),
        ({"left": doc, "rihgt": doc}, ValueError, "no right and the unknown rihgt"),
        ({"left": doc, "right": doc[:, :4]}, ValueError, r"`doc\['right'\]` to have the shape"),
        ({"left": doc, "right": "cat.png"}, TypeError, r"`doc\['right'\]` to be a NumPy array"),
    ]:
        with pytest.raises(error, match=message):
            camlight.explain_prediction(model, wrong)


def test_an_output_that_is_no_list_of_scores(doc):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(2, 3, name="conv")(inputs)
    model = keras.Model(inputs, keras.layers.Conv2D(2, 1)(x), name="segmenter")
    with pytest.raises(ValueError, match=r"`segmenter` with output shape \(1, 6, 6, 2\)"):
        camlight.explain_prediction(model, doc)
