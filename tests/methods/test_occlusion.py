"""Occlusion by hand, on evidence whose place is known, and on what it can't do."""

import keras
import numpy as np
import pytest

import camlight
from camlight.methods import occlusion
from tests.methods.planted import linear, looking_at


def brightness(pictures, count):
    return np.array([picture.sum() for picture in pictures])


def test_by_hand_without_overlap():
    """Each place gets what its own square held."""
    picture = np.arange(16.0).reshape(4, 4, 1)
    signed = occlusion(picture, brightness, size=2, value=0)
    halves = occlusion(picture, brightness, size=2, stride=2, value=0)
    np.testing.assert_allclose(halves, np.kron([[10, 18], [42, 50]], np.ones((2, 2))))
    # at a stride of 1, a pixel in the middle lies under four squares
    assert signed[1, 1] == pytest.approx(np.mean([10, 14, 26, 30]))
    assert signed[0, 0] == pytest.approx(10)


def test_by_hand_filled_and_signed():
    """What was darker than the filling speaks against: covering it raises the score."""
    picture = np.array([[[3.0, 0.0]], [[1.0, 4.0]]])

    def first_channel(pictures, count):
        return np.array([picture[..., 0].sum() for picture in pictures])

    np.testing.assert_allclose(occlusion(picture, first_channel, size=1), [[1.0], [-1.0]])
    found = occlusion(picture, first_channel, size=1, value=[5, 0])
    np.testing.assert_allclose(found, [[-2.0], [-4.0]])


def test_the_last_square_ends_at_the_edge():
    picture = np.arange(1.0, 8.0).reshape(7, 1)
    signed = occlusion(picture, brightness, size=3, stride=3, value=0)
    # squares at 0-2, 3-5 and 4-6
    np.testing.assert_allclose(signed, [6, 6, 6, 15, 16.5, 16.5, 18])


def test_signals_and_volumes(rng):
    for shape in ((12, 2), (6, 8, 7, 1)):
        picture = rng.normal(size=shape)
        signed = occlusion(picture, brightness, size=1, value=0)
        np.testing.assert_allclose(signed, picture.sum(axis=-1), atol=1e-9)


def test_the_number_of_squares():
    covered = []

    def counted(pictures, count):
        covered.extend((picture == 1).all(axis=-1).sum() for picture in pictures)
        return np.zeros(count)

    occlusion(np.zeros((224, 224, 3), "float32"), counted, value=1)
    assert covered == [0] + [56 * 56] * 13 * 13  # the whole picture, and a square at each place


def test_evidence_at_a_known_place(rng):
    """A model that looks at one patch: all of the map lies there, in the picture's pixels."""
    patch = np.s_[5:9, 10:13]
    doc = rng.uniform(0.5, 1, (16, 16, 3)).astype("float32")
    expl = camlight.explain_prediction(
        looking_at(patch, (16, 16, 3)),
        doc,
        [1],
        method="occlusion",
        method_options={"size": 2, "stride": 1, "value": 0},
    )
    heatmap = expl.targets[0].heatmap
    assert heatmap.shape == (16, 16)
    assert expl.layer is None
    row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)
    assert row in range(5, 9)
    assert column in range(10, 13)
    near = np.zeros((16, 16), bool)
    near[4:10, 9:14] = True
    assert not heatmap[~near].any()


def test_of_a_linear_model_it_is_each_pixels_share(rng):
    """A square of one pixel takes away exactly what the pixel adds to the score."""
    weights = rng.normal(size=(6, 5, 3))
    doc = rng.normal(size=(6, 5, 3)).astype("float32")
    options = {"size": 1, "value": 0}
    expl = camlight.explain_prediction(
        linear(weights), doc, [0], method="occlusion", method_options=options
    )
    np.testing.assert_allclose(expl.targets[0].raw_map, (weights * doc).sum(-1), atol=1e-5)
    against = camlight.explain_prediction(
        linear(weights), doc, [0], method="occlusion", method_options=options, counterfactual=True
    )
    np.testing.assert_allclose(
        against.targets[0].raw_map, -expl.targets[0].raw_map, rtol=0, atol=1e-5
    )


def test_in_batches_too(network, rng):
    docs = rng.uniform(-1, 1, (3, 8, 8, 3)).astype("float32")
    many = camlight.explain_predictions(network, docs, targets=[2, 0], method="occlusion")
    for doc, expl in zip(docs, many, strict=True):
        one = camlight.explain_prediction(network, doc, targets=[2, 0], method="occlusion")
        for found, expected in zip(expl.targets, one.targets, strict=True):
            np.testing.assert_allclose(found.raw_map, expected.raw_map, atol=1e-5)


def test_it_needs_no_spatial_layer(doc):
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2, use_bias=False)]
    )
    expl = camlight.explain_prediction(model, doc, [0], method="occlusion")
    assert expl.error == ""
    assert expl.targets[0].heatmap.max() == 1


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"size": 9}, ValueError, "`size` of at most the picture's (8, 8) pixels. Received: (9"),
        ({"size": (2, 2, 2)}, ValueError, "one for each of the picture's 2 axes"),
        ({"size": 2.5}, TypeError, "`size` to be an integer. Received: 2.5"),
        ({"size": 0}, ValueError, "`size` of 1 or more"),
        ({"size": 2, "stride": 3}, ValueError, "`stride` of at most `size`, 2, so that every"),
        ({"value": "grey"}, ValueError, "`value` to be a number, or one for each of 3 channels"),
        ({"value": [1, 2]}, ValueError, "one for each of 3 channels. Received: [1, 2]"),
        ({"value": float("nan")}, ValueError, "`value` to be a number"),
        ({"sizes": 2}, ValueError, "out of: size, stride, value. Received: sizes"),
    ],
)
def test_what_is_no_option(network, doc, options, error, message):
    with pytest.raises(error) as caught:
        camlight.explain_prediction(network, doc, method="occlusion", method_options=options)
    assert message in str(caught.value)


def test_no_layer(network, doc):
    with pytest.raises(ValueError, match="no `layer` along with method `occlusion`"):
        camlight.explain_prediction(network, doc, layer="conv", method="occlusion")
