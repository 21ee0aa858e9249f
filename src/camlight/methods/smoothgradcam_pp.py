"""Smooth Grad-CAM++: Grad-CAM++ with derivatives averaged over noisy copies of the picture."""

from collections.abc import Callable

import numpy as np

from .gradcam import weighted_sum
from .smoothgrad import noisy_copies

__all__ = ["smoothgradcam_pp"]


def smoothgradcam_pp(
    picture: np.ndarray,
    activations: np.ndarray,
    views_of_pictures: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    *,
    samples: int = 32,
    noise: float = 0.15,
    seed: int = 0,
) -> np.ndarray:
    """Smooth Grad-CAM++: Grad-CAM++ with derivatives averaged over noisy copies of the picture.

    Parameters
    ----------
    picture : ndarray, shape (H, W, C)
    activations : ndarray, shape (h, w, K)
    views_of_pictures : callable
        From pictures (N, H, W, C) to the layer's activations and the gradients of the score by
        them, (N, h, w, K) both.
    samples : int
        How many copies. Default 32.
    noise : float
        The standard deviation of the noise, as a share of the range of the picture's values.
        Default 0.15.
    seed : int
        Of the noise. Default 0.

    Returns
    -------
    ndarray of float64, shape (h, w)
        The signed map; the paper shows its positive part.

    Raises
    ------
    TypeError, ValueError
        If an option is of another type, or out of range.

    Notes
    -----
    Formula: ``sum_k w_k * A_k`` with ``w_k = sum(a * relu(D1))`` over the places of the channel and
    ``a = D2 / (2 * D2 + S * D3)``: D1, D2 and D3 are the means over the copies of the gradient, its
    square and its cube, S the sum of the channel of the picture's own activations (equations 4 to
    6). As in Grad-CAM++, squares and cubes stand for the higher derivatives, which they are, up to
    a factor, of the exponential of a score that is piecewise linear.

    Paper: Omeiza et al., "Smooth Grad-CAM++: An Enhanced Inference Level Visualization Technique
    for Deep Convolutional Neural Network Models", 2019, https://arxiv.org/abs/1908.01224.

    Assumes: activations behind a ReLU. Where the denominator isn't positive, as S may be negative
    behind GELU or SiLU, a is 0.

    Cost: `samples` times a forward pass and the way back to the layer, and once more: 33 of each.

    Fails: as Grad-CAM++ does, whose map it is where noise doesn't change the gradients. The noisy
    copies are pictures that the model has never been trained on.

    Advice: in the docs' study it was no better than Grad-CAM++ with any of its numbers, 0.63 on the
    right one of two photos, for many times the price.

    Examples
    --------
    >>> activations = np.array([[[1.0], [3.0]]])
    >>> views = lambda pictures: (None, np.full((len(pictures), 1, 2, 1), 2.0))
    >>> smoothgradcam_pp(np.zeros((2, 4, 3)), activations, views)  # a is 4 / (8 + 4 x 8)
    array([[0.4, 1.2]])
    """
    powers = np.zeros((3, *activations.shape))
    for copies in noisy_copies(picture, samples, noise, seed):
        _, gradients = views_of_pictures(copies)
        for power in range(3):
            powers[power] += (gradients.astype(np.float64) ** (power + 1)).sum(axis=0)
    first, second, third = powers / samples
    space = tuple(range(activations.ndim - 1))
    denominator = 2 * second + activations.sum(axis=space, dtype=np.float64) * third
    shares = np.divide(second, denominator, out=np.zeros_like(second), where=denominator > 0)
    weights = (shares * np.maximum(first, 0.0)).sum(axis=space)
    return weighted_sum(weights, activations)
