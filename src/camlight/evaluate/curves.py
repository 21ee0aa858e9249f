"""Deletion and insertion: how soon the score goes as the map's places go, or comes as they come.

Petsiuk et al., "RISE: Randomized Input Sampling for Explanation of Black-box Models",
https://arxiv.org/abs/1806.07421, section 4.2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .baselines import Baseline, baseline_of
from .checks import (
    ScorePictures,
    checked_count,
    checked_map,
    checked_picture,
    checked_seed,
    scores_of,
)
from .measure import Measure

__all__ = ["deletion", "insertion", "places_in_order"]


def deletion(
    heatmap: np.ndarray,
    picture: np.ndarray,
    score_pictures: ScorePictures,
    *,
    steps: int = 50,
    baseline: Baseline = "mean",
    seed: int = 0,
) -> Measure:
    """Measure how soon the score goes as the map's highest places are taken out of the picture.

    Parameters
    ----------
    heatmap : ndarray, shape (H, W)
        The map, signed or not: only the order of its values counts.
    picture : ndarray, shape (H, W, C)
        As the model takes it.
    score_pictures : callable
        From pictures, shape (N, H, W, C), to the score of each, shape (N,).
    steps : int
        In how many steps of equal size the picture is taken away. Default 50.
    baseline : {"blur", "mean", "zero"}, float or ndarray of the picture's shape
        What stands in the place of what was taken out. Default ``"mean"``, of each channel.
    seed : int
        Decides the order of places whose values are equal. Default 0.

    Returns
    -------
    Measure
        ``value`` is the area under the curve of scores over the share that was taken out, by
        trapezoids; ``details`` has both, ``shares`` and ``scores``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another type, shape or size than described, or isn't finite.

    Notes
    -----
    Scores ``steps + 1`` pictures. Lower is better: what the map points at was needed. But pictures
    with holes are unlike any that the model was trained on, and its score may fall for that alone:
    read the number only beside that of a map that knows nothing (`random_map`, `centre_map`).

    Examples
    --------
    Four pixels that count 4, 3, 2 and 1, taken out from the best on:

    >>> picture = np.array([[[4.0], [3.0], [2.0], [1.0]]])
    >>> measure = deletion(
    ...     picture[..., 0], picture, lambda p: p.sum((1, 2, 3)), steps=4, baseline="zero"
    ... )
    >>> measure.details["scores"]
    array([10.,  6.,  3.,  1.,  0.])
    >>> measure.value
    3.75
    """
    picture = checked_picture(picture)
    empty = baseline_of(picture, baseline)
    return _area("deletion", "lower", heatmap, (picture, empty), score_pictures, steps, seed)


def insertion(
    heatmap: np.ndarray,
    picture: np.ndarray,
    score_pictures: ScorePictures,
    *,
    steps: int = 50,
    baseline: Baseline = "blur",
    seed: int = 0,
) -> Measure:
    """Measure how soon the score comes as the map's highest places are put into a blurred picture.

    Parameters
    ----------
    heatmap, picture, score_pictures, steps, seed
        As in `deletion`.
    baseline : {"blur", "mean", "zero"}, float or ndarray of the picture's shape
        What the picture is put into. Default ``"blur"``, by a Gaussian whose standard deviation is
        a twentieth of the longer side: sharp borders would look like evidence.

    Returns
    -------
    Measure
        ``value`` is the area under the curve of scores over the share that was put in, by
        trapezoids; ``details`` has both, ``shares`` and ``scores``.

    Raises
    ------
    TypeError, ValueError
        As in `deletion`.

    Notes
    -----
    Scores ``steps + 1`` pictures. Higher is better: what the map points at was enough. If the
    first of the scores is high already, the blur left evidence, and the area tells little.

    Examples
    --------
    >>> picture = np.array([[[4.0], [3.0], [2.0], [1.0]]])
    >>> measure = insertion(
    ...     picture[..., 0], picture, lambda p: p.sum((1, 2, 3)), steps=4, baseline="zero"
    ... )
    >>> measure.details["scores"]
    array([ 0.,  4.,  7.,  9., 10.])
    >>> measure.value
    6.25
    """
    picture = checked_picture(picture)
    empty = baseline_of(picture, baseline)
    return _area("insertion", "higher", heatmap, (empty, picture), score_pictures, steps, seed)


def places_in_order(heatmap: np.ndarray, seed: int) -> np.ndarray:
    """Return the flat indices of a map's places, the highest first; equal ones in random order."""
    shuffled = np.random.default_rng(checked_seed(seed)).permutation(heatmap.size)
    order: np.ndarray = shuffled[np.argsort(-heatmap.ravel()[shuffled], kind="stable")]
    return order


def _area(
    metric: str,
    better: str,
    heatmap: np.ndarray,
    way: tuple[np.ndarray, np.ndarray],
    score_pictures: ScorePictures,
    steps: int,
    seed: int,
) -> Measure:
    """Return the area under the scores on the way from one picture to another."""
    start, goal = way
    heatmap = checked_map(heatmap, start)
    steps = checked_count("steps", steps, heatmap.size)
    order = places_in_order(heatmap, seed)
    changed = np.arange(steps + 1) * heatmap.size // steps
    scores = scores_of(score_pictures, _on_the_way(start, goal, order, changed))
    shares = changed / heatmap.size
    area = math.fsum(np.diff(shares) * (scores[1:] + scores[:-1]) / 2)
    return Measure(metric, area, better, len(scores), {"shares": shares, "scores": scores})


def _on_the_way(
    start: np.ndarray, goal: np.ndarray, order: np.ndarray, changed: np.ndarray
) -> Iterator[np.ndarray]:
    for count in changed:
        mixed = start.reshape(len(order), -1).copy()
        mixed[order[:count]] = goal.reshape(len(order), -1)[order[:count]]
        yield mixed.reshape(start.shape)
