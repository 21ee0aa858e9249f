import numpy as np
import pytest

from camlight.keras import gradcam, gradcam_backend
from tests.references import array


def test_map_by_hand():
    activations = np.array([[[1, 0], [0, 2]], [[2, 1], [1, 6]]], dtype="float32")
    heatmap = gradcam(np.array([3.0, -1.0]), activations)
    np.testing.assert_allclose(heatmap, [[0.6, 0], [1, 0]])
    assert heatmap.dtype == np.float64


@pytest.mark.parametrize(
    ("weights", "activations", "error", "message"),
    [
        ([1.0], np.ones((2, 2, 1)), TypeError, "`weights` to be a NumPy array. Received: list"),
        (np.ones(1), "map", TypeError, "`activations` to be"),
        (np.ones(2), np.ones((2, 2, 3)), ValueError, r"Received: \(2, 2, 3\) and \(2,\)"),
        (np.ones((2, 1)), np.ones((2, 2, 2)), ValueError, r"and \(2, 1\)"),
        (np.ones(2), np.ones((2, 2)), ValueError, r"Received: \(2, 2\)"),
    ],
)
def test_bad_arguments(weights, activations, error, message):
    with pytest.raises(error, match=message):
        gradcam(weights, activations)


def test_what_the_backend_function_returns(network, doc):
    layer = network.get_layer("sum")
    weights, activations, gradients, target, score = gradcam_backend(network, doc, None, layer)
    scores = array(network(doc))[0]
    assert (weights.shape, activations.shape, gradients.shape) == ((5,), (8, 8, 5), (8, 8, 5))
    assert (target, score) == (int(scores.argmax()), float(scores.max()))
    # behind the layer: mean over 64 cells, then the head
    kernel = array(network.get_layer("head").kernel)[:, target]
    np.testing.assert_allclose(weights, kernel / 64, rtol=1e-5)
    np.testing.assert_allclose(gradients, np.broadcast_to(kernel / 64, (8, 8, 5)), rtol=1e-5)


def test_without_a_layer_the_automatic_one(network, doc):
    by_name = gradcam_backend(network, doc, [1], "sum")
    for mine, other in zip(gradcam_backend(network, doc, [1], None), by_name, strict=True):
        np.testing.assert_array_equal(mine, other)
