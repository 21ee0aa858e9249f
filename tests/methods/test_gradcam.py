import numpy as np
import pytest

from camlight.methods.channel_weighted import channel_weights, weighted_sum
from camlight.methods.maps import relu_and_scale


def test_by_hand():
    """Two channels on a 2 x 2 map: gradients 1, 2, 3, 6 (mean 3) and -4, 0, 0, 0 (mean -1)."""
    gradients = np.array([[[1, -4], [2, 0]], [[3, 0], [6, 0]]], dtype="float32")
    activations = np.array([[[1, 0], [0, 2]], [[2, 1], [1, 6]]], dtype="float32")
    weights = channel_weights(gradients)
    np.testing.assert_array_equal(weights, [3, -1])
    signed = weighted_sum(weights, activations)
    np.testing.assert_array_equal(signed, [[3, -2], [5, -3]])
    np.testing.assert_allclose(relu_and_scale(signed), [[0.6, 0], [1, 0]])


def test_permuting_the_channels_changes_nothing(rng):
    weights, activations = rng.normal(size=9), rng.normal(size=(3, 4, 9))
    order = rng.permutation(9)
    np.testing.assert_allclose(
        weighted_sum(weights[order], activations[..., order]), weighted_sum(weights, activations)
    )


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1.0, 1e30])
def test_the_maximum_is_one_at_any_scale(scale):
    heatmap = relu_and_scale(np.array([[-1.0, 0.25, 0.5]]) * scale)
    np.testing.assert_allclose(heatmap, [[0, 0.5, 1]], rtol=1e-6)
    assert heatmap.max() == 1.0


@pytest.mark.parametrize("signed", [[[0.0, 0.0]], [[-1.0, -2.0]], [[np.nan, 1.0]], [[np.inf, 1]]])
def test_nothing_to_scale(signed):
    signed = np.array(signed)
    copy = signed.copy()
    np.testing.assert_array_equal(relu_and_scale(signed), [[0, 0]])
    np.testing.assert_array_equal(signed, copy)


def test_one_pixel():
    np.testing.assert_array_equal(relu_and_scale(np.array([[0.3]])), [[1.0]])
