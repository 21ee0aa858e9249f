"""Score-CAM and Ablation-CAM by hand, and on evidence whose place is known."""

import numpy as np
import pytest

import camlight
from camlight.methods import ablationcam, scorecam
from camlight.methods.maps import enlarged
from tests.methods.planted import blobs, colours


def test_score_cam_by_hand():
    """Channel 0 shows the left half, channel 1 the right one, which holds log 3 more."""
    activations = np.array([[[2.0, -1.0], [0.0, 5.0]]])
    picture = np.array([[[1.0], [np.log(3) + 1]]])
    seen = []

    def brightness(pictures, count):
        seen.extend(pictures)
        assert count == 2
        return np.array([picture.sum() for picture in seen])

    signed = scorecam(activations, picture, brightness)
    np.testing.assert_allclose(seen, picture * np.array([[[[1], [0]]], [[[0], [1]]]]))
    np.testing.assert_allclose(signed, [[0.25 * 2 - 0.75, 0.75 * 5]])


def test_masks_are_enlarged_between_the_centres_and_scaled():
    activations = np.array([0.0, 2.0])[:, np.newaxis] + 7
    seen = []

    def kept(pictures, count):
        seen.extend(pictures)
        return np.zeros(count)

    scorecam(activations, np.ones((4, 1)), kept)
    np.testing.assert_allclose(seen[0][:, 0], [0, 0.25, 0.75, 1])


def test_a_channel_of_one_value_masks_nothing():
    activations = np.array([[[2.0, 3.0], [0.0, 3.0]]])
    found = scorecam(activations, np.ones((1, 2, 1)), lambda pictures, count: np.ones(count))
    np.testing.assert_allclose(found, [[2.0, 0.0]])
    nothing = scorecam(np.ones((2, 2, 3)), np.ones((4, 4, 1)), lambda pictures, count: 1 / 0)
    np.testing.assert_array_equal(nothing, np.zeros((2, 2)))


def test_large_scores_do_not_overflow():
    activations = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    found = scorecam(activations, np.ones((1, 2, 1)), lambda pictures, count: np.array([5e4, 0]))
    np.testing.assert_allclose(found, [[1.0, 0.0]])


def test_ablation_cam_by_hand():
    """score = 3 a - b + 2: without a it is -1, without b 6; of 5."""
    activations = np.array([[[1.0, 0.0], [0.5, 1.0]]])
    seen = []

    def score(variants, count):
        seen.extend(variants)
        assert count == 3
        return np.array([3 * 2 * v[..., 0].mean() / 1.5 - v[..., 1].sum() + 3 for v in seen])

    signed = ablationcam(activations, score)
    np.testing.assert_array_equal(
        [variant.sum(axis=(0, 1)) for variant in seen], [[1.5, 1], [0, 1], [1.5, 0]]
    )
    weights = np.array([3 / 5, -1 / 5])
    np.testing.assert_allclose(signed, activations @ weights)


@pytest.mark.parametrize("bias", [-10.0, 10.0, -2.0])
def test_the_sign_of_the_score_turns_nothing_round(bias):
    """What raises the score is positive, though the score be negative, or 0."""
    activations = np.array([[[2.0]]])

    def score(variants, count):
        return np.array([variant.sum() + bias for variant in variants])

    expected = 2 / abs(2 + bias) if bias != -2 else 2
    np.testing.assert_allclose(ablationcam(activations, score), [[2 * expected]])


@pytest.mark.parametrize("method", ["scorecam", "ablationcam"])
@pytest.mark.parametrize("cells", [1, 4])
def test_evidence_at_a_known_place(method, cells):
    """The score is the third colour: the map's peak is its spot, in the picture's pixels."""
    doc, places = blobs()
    model = colours(cells=cells, weights=(-3000, -3000, 9000, 0))
    expl = camlight.explain_prediction(model, doc, [0], layer="map", method=method)
    heatmap = enlarged(expl.targets[0].heatmap, (16, 16))
    assert heatmap[places[2]].max() == heatmap.max()
    for place in (places[0], places[1], places[3]):
        assert heatmap[place].max() < 0.3 * heatmap.max()


def test_ablation_cam_of_a_linear_head_is_its_grad_cam(network, doc):
    """Behind pooling and one Dense layer a channel's loss is its gradient times its sum.

    So the weights are those of Grad-CAM, times what the channel holds on average.
    """
    kept = []

    def keep(activations, gradients):
        kept.extend([activations, gradients])
        return activations[..., 0]

    grad = camlight.explain_prediction(network, doc, [1], method=keep)
    a, g = kept
    expected = a @ (g.sum((0, 1)) * a.mean((0, 1))) / abs(grad.targets[0].score)
    found = camlight.explain_prediction(network, doc, [1], method="ablationcam").targets[0]
    np.testing.assert_allclose(found.raw_map, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("method", ["scorecam", "ablationcam"])
def test_the_plain_way_and_batches_give_the_same(network, rng, method):
    docs = rng.uniform(-1, 1, (2, 8, 8, 3)).astype("float32")
    many = camlight.explain_predictions(
        network, docs, targets=[2, 0], layer=["sum", "conv"], method=method
    )
    for doc, expl in zip(docs, many, strict=True):
        for compile in (True, False):
            one = camlight.explain_prediction(
                network, doc, [2, 0], layer=["sum", "conv"], method=method, compile=compile
            )
            for found, expected in zip(expl.targets, one.targets, strict=True):
                np.testing.assert_allclose(found.raw_map, expected.raw_map, rtol=1e-3, atol=1e-4)


def test_score_cam_of_a_map_that_lies_not_in_the_picture():
    with pytest.raises(ValueError, match="as many axes as the picture"):
        scorecam(np.ones((2, 2, 1)), np.ones((4, 1)), None)
