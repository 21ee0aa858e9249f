"""Grad-CAM's heirs, by hand."""

import numpy as np
import pytest

from camlight.methods import gradcam, gradcam_plus_plus, shapleycam, xgradcam
from camlight.methods.maps import relu_and_scale

# two channels on a 1 x 2 map
ACTIVATIONS = np.array([[[1.0, 2.0], [3.0, 0.0]]])
GRADIENTS = np.array([[[0.5, -1.0], [-1.0, 4.0]]])


def test_gradcam_plus_plus_by_hand():
    """Sums 4 and 2: weights 0.5 / (2 + 4 * 0.5) = 1/8 and 4 / (2 + 2 * 4) = 2/5."""
    expected = [[1 / 8 + 4 / 5, 3 / 8]]
    np.testing.assert_allclose(gradcam_plus_plus(ACTIVATIONS, GRADIENTS), expected)


def test_gradcam_plus_plus_is_the_papers_formula(rng):
    """Equation 19 as it is printed, with its powers, where nothing is 0."""
    activations, g = rng.uniform(0, 2, (3, 4, 5)), rng.normal(size=(3, 4, 5))
    alpha = g**2 / (2 * g**2 + activations.sum(axis=(0, 1)) * g**3)
    weights = np.sum(alpha * np.maximum(g, 0), axis=(0, 1))
    np.testing.assert_allclose(gradcam_plus_plus(activations, g), activations @ weights)


def test_gradcam_plus_plus_holds_for_tiny_gradients(rng):
    """There all alphas are 1/2; a constant added to the denominator would put them to 0."""
    activations, g = rng.uniform(0, 2, (3, 4, 5)), 1e-12 * rng.normal(size=(3, 4, 5))
    expected = activations @ (np.maximum(g, 0).sum(axis=(0, 1)) / 2)
    np.testing.assert_allclose(gradcam_plus_plus(activations, g), expected, rtol=1e-9)


@pytest.mark.parametrize("gradient", [2.0, 1.999999, 2.000001, 50.0])
def test_gradcam_plus_plus_where_the_denominator_would_vanish(gradient):
    """2 - 1 * g is 0 at 2 and negative beyond: alpha stays at 1."""
    signed = gradcam_plus_plus(np.array([[[-1.0]]]), np.array([[[gradient]]]))
    np.testing.assert_allclose(signed, [[-gradient]])


def test_gradcam_plus_plus_by_the_formula_where_the_sum_is_a_little_negative():
    """2 - 0.5 * 1 = 1.5."""
    signed = gradcam_plus_plus(np.array([[[-0.5]]]), np.array([[[1.0]]]))
    np.testing.assert_allclose(signed, [[-0.5 / 1.5]])


def test_xgradcam_by_hand():
    """Weights (0.5 * 1 - 1 * 3) / 4 = -5/8 and (-1 * 2 + 4 * 0) / 2 = -1."""
    expected = [[-5 / 8 - 2, -15 / 8]]
    np.testing.assert_allclose(xgradcam(ACTIVATIONS, GRADIENTS), expected)


def test_xgradcam_adds_up_to_the_evidence(rng):
    activations, gradients = rng.normal(size=(2, 3, 4, 7))
    evidence = np.sum(activations * gradients)
    assert xgradcam(activations, gradients).sum() == pytest.approx(evidence)


@pytest.mark.parametrize("rest", [0.0, 1e-8])
def test_xgradcam_leaves_out_a_channel_that_cancels(rest):
    activations = np.array([[[1.0, 2.0], [rest - 1.0, 2.0]]])
    signed = xgradcam(activations, np.array([[[5.0, 1.0], [1.0, 0.0]]]))
    np.testing.assert_allclose(signed, [[1.0, 1.0]])


def test_shapleycam_by_hand():
    """Gradients less half of what the Hessian adds: (0.5 - 1, -1 - 2), (-1 - 3, 4 - 0)."""
    signed = shapleycam(ACTIVATIONS, GRADIENTS, lambda direction: 2 * direction)
    weights = np.array([(-0.5 - 4.0) / 2, (-3.0 + 4.0) / 2])
    np.testing.assert_allclose(signed, ACTIVATIONS @ weights)


def test_shapleycam_of_a_quadratic_score_adds_up_to_it(rng):
    """In a game of whole channels on one place, Shapley values add up to what all win together."""
    activations, linear = rng.normal(size=(2, 1, 1, 4))
    half = rng.normal(size=(4, 4))
    hessian = half + half.T

    def score(a):
        return np.sum(linear * a) + (a @ hessian * a).sum() / 2

    gradients = linear + activations @ hessian
    signed = shapleycam(activations, gradients, lambda direction: direction @ hessian)
    assert signed.sum() == pytest.approx(score(activations))


def test_all_agree_with_gradcam_where_gradients_are_the_same_everywhere(rng):
    """As behind global average pooling and one Dense layer."""
    activations = rng.uniform(0, 1, (3, 4, 6))
    gradients = np.broadcast_to(rng.normal(size=6), activations.shape)
    expected = relu_and_scale(gradcam(activations, gradients))
    np.testing.assert_allclose(relu_and_scale(xgradcam(activations, gradients)), expected)
    tiny = relu_and_scale(gradcam_plus_plus(activations, np.abs(gradients) * 1e-9))
    np.testing.assert_allclose(tiny, relu_and_scale(gradcam(activations, np.abs(gradients))))
