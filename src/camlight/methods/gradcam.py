"""Grad-CAM: channels weighted by the mean of their gradients.

Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", https://arxiv.org/abs/1610.02391.
"""

import numpy as np

__all__ = ["channel_weights", "weighted_sum"]


def channel_weights(gradients: np.ndarray) -> np.ndarray:
    """Return the weight of each channel: the spatial mean of its gradients (equation 1).

    Parameters
    ----------
    gradients : ndarray, shape (H, W, K)
        Gradients of the score with respect to the activations; ``(L, K)`` for a signal,
        ``(D, H, W, K)`` for a volume.

    Returns
    -------
    ndarray of float64, shape (K,)

    Examples
    --------
    >>> channel_weights(np.array([[[1.0, 0.0]], [[3.0, 0.0]]]))
    array([2., 0.])
    """
    weights: np.ndarray = gradients.mean(axis=tuple(range(gradients.ndim - 1)), dtype=np.float64)
    return weights


def weighted_sum(weights: np.ndarray, activations: np.ndarray) -> np.ndarray:
    """Return the signed map: the sum of the channels, each times its weight (inside equation 2).

    Parameters
    ----------
    weights : ndarray, shape (K,)
    activations : ndarray, shape (H, W, K)
        Or ``(L, K)``, or ``(D, H, W, K)``.

    Returns
    -------
    ndarray of float64, shape (H, W)
        Positive where the evidence speaks for the target, negative where it speaks against it.

    Examples
    --------
    >>> weighted_sum(np.array([2.0, -1.0]), np.array([[[1.0, 0.0], [0.0, 3.0]]]))
    array([[ 2., -3.]])
    """
    # not `@`: OpenBLAS's threads go on spinning for a while and slow the next run of the model
    signed: np.ndarray = np.einsum("...k,k->...", activations, weights, dtype=np.float64)
    return signed
