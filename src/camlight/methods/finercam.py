"""Finer-CAM: what tells the target from the classes most like it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .gradcam import channel_weights, weighted_sum
from .options import checked_count, checked_number

__all__ = ["finercam"]


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
        Takes a number N, returns the gradients of the N classes whose scores are nearest to the
        target's, shape (N, H, W, K), or of fewer where there are no more.
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
    Zhang et al., https://arxiv.org/abs/2501.11309: Grad-CAM of ``y_c - gamma * y_d``, where the
    scores y_d of several similar classes d have the same weight, as in the paper; its published
    code weights each by its probability instead. Similar are those whose scores are nearest,
    above or below.

    Costs one more forward pass and one way back for all similar classes and all targets together.
    Assumes logits: among probabilities the nearest are those of the least likely classes, so pass
    ``pre_softmax=True`` with a model that ends in a softmax. Where the nearest scores belong to
    classes of another kind, there is nothing fine to tell apart.

    Examples
    --------
    >>> activations = np.array([[[1.0, 2.0]]])
    >>> gradients, other = np.array([[[3.0, 1.0]]]), np.array([[[2.0, 0.0]]])
    >>> finercam(activations, gradients, lambda count: np.stack([other] * count), gamma=0.5)
    array([[4.]])
    """
    others = similar_gradients(checked_count("similar", similar)).mean(axis=0, dtype=np.float64)
    ahead = gradients - checked_number("gamma", gamma) * others
    return weighted_sum(channel_weights(ahead), activations)
