"""Grad-CAM of corrected gradients: for the score's curvature, or for similar classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from camlight._check import checked_count, checked_number

from .channel_weighted import gradcam

__all__ = ["finercam", "shapleycam"]


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
        From an array (H, W, K) to the Hessian of the score by the activations times it.

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map.

    Notes
    -----
    - Formula: ``sum_k w_k * A_k`` with ``w_k = mean(g_k - 0.5 * (H A)_k)``, H the Hessian of the
      score by the activations: the Shapley value of a channel's cells in a game whose payoff is the
      score, expanded to the second order around the picture. The paper's own payoff, ReST, isn't
      offered.
    - Paper: Cai, "CAMs as Shapley Value-based Explainers", 2025, https://arxiv.org/abs/2501.06261.
    - Assumes: that the second order is enough, which a saturated softmax is far from.
    - Cost: two forward passes, the way back to the layer three times.
    - Fails: to differ from Grad-CAM where there is no curvature, as in a logit behind ReLU and
      pooling alone. The correction shows with probabilities, GELU, SiLU and attention.
    - Advice: with ``pre_softmax=True`` it was Grad-CAM to two digits in the docs' study, 0.88, and
      takes longer. Of the probability its map had 0.12 less on a lone thing.

    Examples
    --------
    >>> activations = np.array([[[1.0, 2.0]]])
    >>> shapleycam(activations, np.array([[[3.0, 1.0]]]), lambda direction: 2 * direction)
    array([[0.]])
    """
    return gradcam(activations, gradients - 0.5 * hessian_product(activations))


def finercam(
    activations: np.ndarray,
    gradients: np.ndarray,
    similar_gradients: Callable[[int], np.ndarray],
    *,
    similar: int = 3,
    gamma: float = 0.6,
) -> np.ndarray:
    """Finer-CAM: Grad-CAM of what the target's score has ahead of those of similar classes.

    Parameters
    ----------
    activations, gradients : ndarray, shape (H, W, K)
    similar_gradients : callable
        From a number N to the gradients of the N classes whose scores are nearest to the target's,
        shape (N, H, W, K), or of fewer where there are no more.
    similar : int
        With how many classes the target is compared. Default 3.
    gamma : float
        How much of their scores is taken off: 0 gives Grad-CAM, 1 all of it. Default 0.6.

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map.

    Raises
    ------
    TypeError, ValueError
        If an option is no such number.

    Notes
    -----
    - Formula: Grad-CAM of ``y_c - gamma * mean(y_d)``: of the target's score y_c and those of
      similar classes d, whose scores are nearest, above or below. All have the same weight, as in
      the paper; its published code weights each by its probability instead.
    - Paper: Zhang et al., "Finer-CAM: Spotting the Difference Reveals Finer Details for Visual
      Explanation", 2025, https://arxiv.org/abs/2501.11309.
    - Assumes: logits: among probabilities the nearest are those of the least likely classes.
    - Cost: two forward passes and two ways back to the layer, one for all similar classes together.
    - Fails: where the nearest scores belong to classes of another kind: there is nothing fine to
      tell apart. What they share with the target is taken off, though it may be most of the
      evidence.
    - Advice: pass ``pre_softmax=True`` with a model that ends in a softmax. In the docs' study it
      told two photos apart best, with 0.92 of the map on the right one; Grad-CAM of the logit had
      0.04 less, of the probability about as much.

    Examples
    --------
    >>> activations = np.array([[[1.0, 2.0]]])
    >>> gradients, other = np.array([[[3.0, 1.0]]]), np.array([[[2.0, 0.0]]])
    >>> finercam(activations, gradients, lambda count: np.stack([other] * count), gamma=0.5)
    array([[4.]])
    """
    others = similar_gradients(checked_count("similar", similar)).mean(axis=0, dtype=np.float64)
    return gradcam(activations, gradients - checked_number("gamma", gamma) * others)
