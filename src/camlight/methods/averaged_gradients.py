"""Gradients averaged over many pictures: noisy copies, or the way from a baseline."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from camlight._check import checked_count, checked_number

from .channel_weighted import weighted_sum
from .ingredients import portion
from .maps import unsigned
from .picture_gradients import strongest


@unsigned
def smoothgrad(
    picture: np.ndarray,
    gradients_of_pictures: Callable[[np.ndarray], np.ndarray],
    *,
    samples: int = 32,
    noise: float = 0.15,
    seed: int = 0,
) -> np.ndarray:
    """SmoothGrad: the gradient averaged over noisy copies of the picture.

    Parameters
    ----------
    picture : ndarray, shape (H, W, C)
    gradients_of_pictures : callable
    samples, seed : int
        How many copies, and the seed of their noise. Defaults 32 and 0.
    noise : float
        Its standard deviation, as a share of the range of the picture's values. Default 0.15.

    Returns
    -------
    ndarray of float64, shape (H, W)
        The largest absolute value over the channels of the mean of the signed gradients.

    Notes
    -----
    - Formula: ``max_c abs(mean(g_c))``, the mean of the score's gradients over noisy copies.
    - Paper: Smilkov et al., "SmoothGrad", 2017, https://arxiv.org/abs/1706.03825.
    - Assumes: that the speckle of gradients averages out and what matters stays.
    - Cost: `samples` times a forward pass and the way back to the picture, and a pass: 33 and 32.
    - Fails: where noise confuses the model, which was never trained on such pictures.
    - Advice: calmer than the gradient, no wiser: 0.59 to 0.60 in the docs' study.

    Examples
    --------
    >>> smoothgrad(np.array([[[0.0], [1.0]]]), lambda pictures: 2 * pictures, samples=999).round(1)
    array([[0., 2.]])
    """
    total = np.zeros(picture.shape)
    for copies in noisy_copies(picture, samples, noise, seed):
        total += gradients_of_pictures(copies).sum(axis=0, dtype=np.float64)
    return strongest(total / samples)


def smoothgradcam_plus_plus(
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
    samples, noise, seed
        Of the copies, as in `smoothgrad`. Defaults 32, 0.15 and 0.

    Returns
    -------
    ndarray of float64, shape (h, w)
        The signed map; the paper shows its positive part.

    Notes
    -----
    - Formula: ``sum_k w_k * A_k``, ``w_k = sum(a * relu(D1))`` over all cells,
      ``a = D2 / (2 * D2 + S * D3)``: D1, D2 and D3 are the copies' mean gradient, its square and
      its cube, S the sum of the channel of the picture's own activations (equations 4 to 6).
    - Paper: Omeiza et al., "Smooth Grad-CAM++", 2019, https://arxiv.org/abs/1908.01224.
    - Assumes: activations behind a ReLU. Where the denominator isn't positive, a is 0.
    - Cost: `samples` times a forward pass and the way back to the layer, and once more: 33 of each.
    - Fails: as Grad-CAM++ does, and where noise confuses the model.
    - Advice: no better than Grad-CAM++ in the docs' study, 0.63, for many times the price.

    Examples
    --------
    >>> activations = np.array([[[1.0], [3.0]]])
    >>> views = lambda pictures: (None, np.full((len(pictures), 1, 2, 1), 2.0))
    >>> smoothgradcam_plus_plus(np.zeros((2, 4, 3)), activations, views)  # a is 4 / (8 + 4 x 8)
    array([[0.4, 1.2]])
    """
    powers = np.zeros((3, *activations.shape))
    for copies in noisy_copies(picture, samples, noise, seed):
        _, gradients = views_of_pictures(copies)
        for power in range(3):
            powers[power] += (gradients.astype(np.float64) ** (power + 1)).sum(axis=0)
    first, second, third = powers / samples
    cells = tuple(range(activations.ndim - 1))
    denominator = 2 * second + activations.sum(axis=cells, dtype=np.float64) * third
    shares = np.divide(second, denominator, out=np.zeros_like(second), where=denominator > 0)
    weights = (shares * np.maximum(first, 0.0)).sum(axis=cells)
    return weighted_sum(weights, activations)


def noisy_copies(picture: np.ndarray, samples: Any, noise: Any, seed: Any) -> Iterator[np.ndarray]:
    """Yield noisy copies of the picture, in its dtype, a few at a time."""
    samples, seed = checked_count("samples", samples), checked_count("seed", seed, least=0)
    spread = checked_number("noise", noise) * float(np.ptp(picture))
    random = np.random.default_rng(seed)
    few = portion(picture.shape)
    for start in range(0, samples, few):
        shape = (min(few, samples - start), *picture.shape)
        yield (picture + random.normal(0.0, spread, shape)).astype(picture.dtype)


def integrated_gradients(
    picture: np.ndarray,
    gradients_of_pictures: Callable[[np.ndarray], np.ndarray],
    *,
    steps: int = 64,
    baseline: Any = 0.0,
) -> np.ndarray:
    """Integrated Gradients: gradients averaged on the way from a baseline, times the distance.

    Parameters
    ----------
    picture : ndarray, shape (H, W, C)
    gradients_of_pictures : callable
    steps : int
        At how many points of the way the gradients are taken. Default 64.
    baseline : float or ndarray
        The picture of nothing, in the model's own units: a number, one for each channel, or an
        array that fits the shape. Default 0: mid-grey for values in [-1, 1], black in [0, 255].

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map, in units of score. Its sum is the score of the picture less that of the
        baseline, as far as the steps are fine enough.

    Notes
    -----
    - Formula: ``sum_c (x - x0)_c * mean(g_c)``, the mean of the gradients on the straight way from
      the baseline x0 to the picture x (equation 1), by Gauss and Legendre's rule.
    - Paper: Sundararajan et al., "Axiomatic Attribution for Deep Networks", 2017,
      https://arxiv.org/abs/1703.01365.
    - Assumes: a baseline that means nothing to the model. Maps of different baselines differ.
    - Cost: `steps` times a forward pass and the way back to the picture, and a pass: 65 and 64.
    - Fails: on what equals the baseline: it gets no evidence. With ReLU, gradients jump on the way:
      on EfficientNet-Lite0 the sum was off by 3 % with 64 points, 25 % with 16, 1 % with 256.
    - Advice: choose the baseline with care: what equals it stays dark, whatever it shows. Between
      two photos 0.62 of the map lay on the right one in the docs' study.

    Examples
    --------
    >>> integrated_gradients(np.array([[[1.0], [3.0]]]), lambda pictures: 2 * pictures)
    array([[1., 9.]])
    """
    start = _checked_baseline(baseline, picture.shape)
    points, weights = np.polynomial.legendre.leggauss(checked_count("steps", steps))
    points, weights = (points + 1) / 2, weights / 2
    way = picture - start
    total = np.zeros(picture.shape)
    few = portion(picture.shape)
    for first in range(0, len(points), few):
        part = slice(first, first + few)
        stops = start + np.multiply.outer(points[part], way)
        gradients = gradients_of_pictures(stops.astype(picture.dtype))
        total += np.einsum("n...,n->...", gradients, weights[part], dtype=np.float64)
    return np.asarray((way * total).sum(axis=-1))


def _checked_baseline(baseline: Any, shape: tuple[int, ...]) -> np.ndarray:
    values = np.asarray(baseline)
    if values.dtype.kind not in "fiu":
        raise TypeError(
            "Expected `baseline` to be a number or an array of numbers. "
            f"Received: {type(baseline).__name__}."
        )
    try:
        values = np.broadcast_to(values.astype(np.float64), shape)
    except ValueError:
        raise ValueError(
            f"Expected `baseline` to be a number or to fit the picture's shape {shape}. "
            f"Received: shape {values.shape}."
        ) from None
    if not np.isfinite(values).all():
        raise ValueError("Expected `baseline` to be finite. Received: NaN or infinity.")
    return values
