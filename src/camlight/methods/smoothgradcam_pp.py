"""Smooth Grad-CAM++: Grad-CAM++ with derivatives averaged over noisy copies of the picture.

Omeiza et al., "Smooth Grad-CAM++: An Enhanced Inference Level Visualization Technique for Deep
Convolutional Neural Network Models", https://arxiv.org/abs/1908.01224.
"""

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
    With D1, D2 and D3 the means over the copies of the gradient, its square and its cube, and S
    the sum of a channel of the picture's own activations, the weight of a channel is the sum over
    its places of a relu(D1), where a = D2 / (2 D2 + S D3) (equations 4 to 6). As in Grad-CAM++,
    squares and cubes stand for the higher derivatives, which they are, up to a factor, of the
    exponential of a score that is piecewise linear. Where the denominator isn't positive, as S
    may be negative behind GELU or SiLU, a is 0.

    Costs `samples` times a forward pass and the way back to the layer.

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
