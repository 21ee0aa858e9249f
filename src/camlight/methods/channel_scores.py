"""The channels of a layer, each weighted by scores: with it alone, or without it."""

from collections.abc import Callable, Iterator

import numpy as np

from .channel_weighted import weighted_sum
from .maps import enlarged


def scorecam(
    activations: np.ndarray, picture: np.ndarray, score_pictures: Callable[..., np.ndarray]
) -> np.ndarray:
    """Score-CAM: each channel weighted by the score of the picture masked with it.

    Parameters
    ----------
    activations : ndarray, shape (H, W, K)
    picture : ndarray, shape (H', W', C)
    score_pictures : callable

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map; the paper shows its positive part (equation 6).

    Raises
    ------
    ValueError
        If the layer's map and the picture have different numbers of axes.

    Notes
    -----
    - Formula: ``sum_k w_k * A_k`` with ``w = softmax(scores)``: of the picture times channel k,
      enlarged and scaled to [0, 1] (equation 5). A channel of a single value has no weight.
    - Paper: Wang et al., "Score-CAM", 2019, https://arxiv.org/abs/1910.01279.
    - Assumes: that 0 means "nothing" to the model, which holds for pictures scaled to around 0.
    - Cost: one forward pass for each channel, 1280 for MobileNetV2. Needs no gradient.
    - Fails: with probabilities, which make all weights alike. Channels that cover all win.
    - Advice: pass ``pre_softmax=True``, as the paper does. In the docs' study 0.89 of its map lay
      on the right one of two photos: Grad-CAM does as well, and much faster.

    Examples
    --------
    >>> logs = lambda pictures, count: np.log([picture.sum() for picture in pictures])
    >>> scorecam(np.array([[[1.0, 0.0], [0.0, 1.0]]]), np.array([[[1.0], [2.0]]]), logs)
    array([[0.33333333, 0.66666667]])
    """
    if activations.ndim != picture.ndim:
        raise ValueError(
            "Expected a layer whose map has as many axes as the picture, to mask it with. "
            f"Received: a map of shape {activations.shape[:-1]} and a picture of shape "
            f"{picture.shape}."
        )
    varied = np.flatnonzero(np.ptp(activations.reshape(-1, activations.shape[-1]), axis=0))
    if not len(varied):
        return np.zeros(activations.shape[:-1])
    seen = activations[..., varied]
    scores = score_pictures(_masked(picture, seen), len(varied))
    weights = np.exp(scores - scores.max())
    return weighted_sum(weights / weights.sum(), seen)


def _masked(picture: np.ndarray, activations: np.ndarray) -> Iterator[np.ndarray]:
    for channel in np.moveaxis(activations, -1, 0):
        mask = enlarged(channel, picture.shape[:-1])
        mask = (mask - mask.min()) / np.ptp(mask)
        yield picture * mask[..., np.newaxis].astype(picture.dtype)


def ablationcam(
    activations: np.ndarray, score_activations: Callable[..., np.ndarray]
) -> np.ndarray:
    """Ablation-CAM: each channel weighted by the share of the score that is lost without it.

    Parameters
    ----------
    activations : ndarray, shape (H, W, K)
    score_activations : callable

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map; the paper shows its positive part (equation 3).

    Notes
    -----
    - Formula: ``sum_k w_k * A_k`` with ``w_k = (y - y_k) / abs(y)``: y is the score, y_k that
      without channel k. The paper divides by y (equation 2), which turns all round for y < 0.
    - Paper: Desai and Ramaswamy, "Ablation-CAM", WACV 2020,
      https://doi.org/10.1109/WACV45572.2020.9093360.
    - Assumes: that 0 means that a channel says nothing, as behind a ReLU.
    - Cost: one forward pass, and for each channel one of what follows the layer. Needs no gradient.
    - Fails: on channels that can stand in for one another: all are underrated.
    - Advice: with gradients, Grad-CAM is faster and no worse (docs' study: 0.88, not 0.84).

    Examples
    --------
    >>> firsts = lambda variants, count: np.array([one[..., 0].sum() for one in variants])
    >>> ablationcam(np.array([[[1.0, 0.0], [0.0, 3.0]]]), firsts)
    array([[1., 0.]])
    """
    score, *without = score_activations(_ablated(activations), activations.shape[-1] + 1)
    weights = score - np.array(without)
    return weighted_sum(weights / abs(score) if score else weights, activations)


def _ablated(activations: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the activations, and then them without one channel after the other."""
    yield activations
    for channel in range(activations.shape[-1]):
        without = activations.copy()
        without[..., channel] = 0
        yield without
