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
    Formula: ``sum_k w_k * A_k`` with ``w_k = sum(a * relu(g_k))`` over the places of the channel
    and ``a = g**2 / (2 * g**2 + S * g**3)``, where S is the sum of the channel's activations
    (equations 10 and 19). For g > 0 that is ``a = 1 / (2 + S * g)``, which needs no powers and has
    nothing to divide 0 by.

    Paper: Chattopadhyay et al., "Grad-CAM++: Improved Visual Explanations for Deep Convolutional
    Networks", 2017, https://arxiv.org/abs/1710.11063.

    Assumes: activations behind a ReLU: then S >= 0 and `a` lies in (0, 1/2]. Behind GELU or SiLU, S
    may be negative and ``2 + S * g`` come down to 0 and below; it is kept at 1 or more here, so
    that `a` never exceeds 1.

    Cost: one forward pass and the way back to the layer, as Grad-CAM.

    Fails: what speaks against the target is left out, so channels that many classes share count
    fully, and of two things in a picture the other gets some light too. The paper differentiates
    ``exp(score)``, so the map depends on the scale of the score: for tiny gradients, as those of
    probabilities, all `a` are 1/2, and for large ones the weights forget how large they were.

    Advice: for the shape of a lone thing, not to tell things apart: in the docs' study 0.63 of its
    map lay on the right one of two photos, and in the middle of the network 0.53, where chance is
    0.50. Of a lone thing it found 0.92 there.

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
    Formula: ``sum_k w_k * A_k`` with ``w_k = sum(g_k * A_k) / sum(A_k)``, the sums over the places
    of the channel (equation 8).

    Paper: Fu et al., "Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of
    CNNs", 2020, https://arxiv.org/abs/2008.02312.

    Assumes: activations of one sign, as behind a ReLU.

    Cost: one forward pass and the way back to the layer, as Grad-CAM.

    Fails: with activations of both signs, whose sum nearly cancels: such a channel gets a huge
    weight. Where the sum is less than a millionth of that of the absolute activations it is
    rounding noise, and the channel is left out.

    Advice: at the last layer of most networks it is Grad-CAM, and as good. Not in earlier layers:
    in the docs' study it did no better there than a random map in telling two photos apart, 0.46
    and 0.51 of the map where chance is 0.50.

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
    Formula: ``sum_k w_k * A_k`` with ``w_k = mean(g_k - 0.5 * (H A)_k)``, H the Hessian of the
    score by the activations: the Shapley value of a channel's cells in a game whose payoff is the
    score, expanded to the second order around the picture. The paper offers a payoff of its own,
    ReST; here it is the score as it was asked for.

    Paper: Cai, "CAMs as Shapley Value-based Explainers", 2025, https://arxiv.org/abs/2501.06261.

    Assumes: that the second order is enough, which a saturated softmax is far from.

    Cost: two forward passes, the way back to the layer three times.

    Fails: to differ from Grad-CAM where there is no curvature, as in a logit behind ReLU and
    pooling alone. The correction shows with probabilities, GELU, SiLU and attention.

    Advice: with ``pre_softmax=True`` it was Grad-CAM to two digits in the docs' study, 0.88, and
    takes longer. Of the probability its map had 0.12 less on a lone thing.

    Examples
    --------
    >>> activations = np.array([[[1.0, 2.0]]])
    >>> shapleycam(activations, np.array([[[3.0, 1.0]]]), lambda direction: 2 * direction)
    array([[0.]])
    """
    corrected = gradients - 0.5 * hessian_product(activations)
    return weighted_sum(channel_weights(corrected), activations)
