"""Grad-CAM's heirs: channels weighted by other means of their gradients.

Each returns what Grad-CAM returns, the sum of the channels times their weights; only the weights
differ. Where the layer is averaged over its places and goes into one ``Dense`` layer, a channel's
gradient is the same at every place, and most of the weights are the same up to a factor.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .gradcam import channel_weights, weighted_sum

__all__ = ["gradcam_plus_plus", "shapleycam", "xgradcam"]


def gradcam_plus_plus(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Grad-CAM++: each channel weighted by the sum of its positive gradients, damped where strong.

    Parameters
    ----------
    activations, gradients : ndarray, shape (H, W, K)

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map.

    Notes
    -----
    Chattopadhyay et al., https://arxiv.org/abs/1710.11063. The weight of channel k is the sum over
    the places of ``a * relu(g)`` with ``a = g**2 / (2 * g**2 + S * g**3)``, where S is the sum of
    the channel's activations (equations 10 and 19). For g > 0 that is ``1 / (2 + S * g)``, which
    needs no powers and has nothing to divide 0 by.

    Costs what Grad-CAM costs. Assumes activations behind a ReLU: then S >= 0 and `a` lies in
    (0, 1/2]. Behind GELU or SiLU, S may be negative and ``2 + S * g`` come down to 0 and below; it
    is kept at 1 or more here, so that `a` never exceeds 1.

    The paper differentiates ``exp(score)``, so the map depends on the scale of the score: for tiny
    gradients, as those of probabilities, all `a` are 1/2, and for large ones the weights forget
    how large they were.

    Examples
    --------
    >>> activations = np.array([[[1.0, 0.0], [1.0, 3.0]]])
    >>> gradcam_plus_plus(activations, np.array([[[2.0, 0.0], [-1.0, 1.0]]]))
    array([[0.33333333, 0.93333333]])
    """
    spatial = tuple(range(activations.ndim - 1))
    sums = activations.sum(axis=spatial, dtype=np.float64)
    positive = np.maximum(gradients, 0.0, dtype=np.float64)
    damped = positive / np.maximum(2.0 + sums * positive, 1.0)
    return weighted_sum(damped.sum(axis=spatial), activations)


def xgradcam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """XGrad-CAM: each channel weighted by the mean of its gradients where it is active.

    Parameters
    ----------
    activations, gradients : ndarray, shape (H, W, K)

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map. It adds up to the sum of activations times gradients, which is the score
        of a piecewise linear network without biases behind the layer.

    Notes
    -----
    Fu et al., https://arxiv.org/abs/2008.02312, equation 8: the weight of channel k is the sum of
    ``g * A`` over its places, divided by the sum S of A.

    Costs what Grad-CAM costs. Assumes activations of one sign, as behind a ReLU. A channel of both
    signs whose S nearly cancels gets a huge weight; where S is less than a millionth of the sum of
    the absolute activations it is rounding noise, and the channel is left out.

    Examples
    --------
    >>> activations = np.array([[[1.0, 0.0], [3.0, 0.0]]])
    >>> xgradcam(activations, np.array([[[2.0, 5.0], [-2.0, 5.0]]]))
    array([[-1., -3.]])
    """
    spatial = tuple(range(activations.ndim - 1))
    sums = activations.sum(axis=spatial, dtype=np.float64)
    evidence = np.multiply(activations, gradients, dtype=np.float64).sum(axis=spatial)
    counts = np.abs(sums) > 1e-6 * np.abs(activations).sum(axis=spatial, dtype=np.float64)
    weights = np.divide(evidence, sums, out=np.zeros_like(evidence), where=counts)
    return weighted_sum(weights, activations)


def shapleycam(
    activations: np.ndarray,
    gradients: np.ndarray,
    hessian_product: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """ShapleyCAM: each channel weighted by its mean gradient, corrected for the score's curvature.

    Parameters
    ----------
    activations, gradients : ndarray, shape (H, W, K)
    hessian_product : callable
        Takes an array of the shape of the activations, returns the Hessian of the score by the
        activations times that array.

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map.

    Notes
    -----
    Cai, https://arxiv.org/abs/2501.06261. The weight of channel k is the mean over its places of
    ``g - 0.5 * H A``: the Shapley value of a channel's cells in a game whose payoff is the score,
    expanded to the second order around the picture. The paper offers a payoff of its own, ReST;
    here it is the score as it was asked for.

    Costs one more forward pass and two more ways back. Assumes that the second order is enough,
    which a saturated softmax is far from. Behind ReLU and pooling alone a logit has no curvature,
    and the map is that of Grad-CAM; the correction shows with probabilities, GELU, SiLU and
    attention.

    Examples
    --------
    >>> activations = np.array([[[1.0, 2.0]]])
    >>> shapleycam(activations, np.array([[[3.0, 1.0]]]), lambda direction: 2 * direction)
    array([[0.]])
    """
    corrected = gradients - 0.5 * hessian_product(activations)
    return weighted_sum(channel_weights(corrected), activations)
