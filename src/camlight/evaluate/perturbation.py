"""What becomes of the score as the places that a map points at go, or come."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from camlight._check import checked_number

from . import checks
from .checks import Baseline, Measure, ScorePictures, UndefinedMeasure, baseline_of, extra


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

    Petsiuk et al. 2018, https://arxiv.org/abs/1806.07421, section 4.2. Scores ``steps + 1``
    pictures, with holes as in none that the model learned: compare with `random_map`, `centre_map`.
    A TypeError or ValueError for what isn't as described, or isn't finite.

    Parameters
    ----------
    heatmap : ndarray, shape (H, W)
        The map, signed or not: only the order of its values counts.
    picture, score_pictures : ndarray, shape (H, W, C); and callable
        As the model takes it; from pictures, shape (N, H, W, C), to scores, shape (N,).
    steps, seed : int
        How many equal steps; the seed of the order of places with equal values. Default 50 and 0.
    baseline : {"blur", "mean", "zero"}, float or ndarray of the picture's shape
        What stands in the place of what was taken out. Default ``"mean"``, of each channel.

    Returns
    -------
    Measure
        The area under the curve of ``scores`` over the ``shares`` taken out, by trapezoids, with
        both in its ``details``. Lower is better: what the map points at was needed.

    Examples
    --------
    >>> picture, score = np.array([[[4.0], [3.0], [2.0], [1.0]]]), lambda p: p.sum((1, 2, 3))
    >>> measure = deletion(picture[..., 0], picture, score, steps=4, baseline="zero")
    >>> measure.details["scores"], measure.value
    (array([10.,  6.,  3.,  1.,  0.]), 3.75)
    """
    return _area("deletion", heatmap, picture, score_pictures, steps, baseline, seed)


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

    All is as in `deletion`, but for `baseline`, by default ``"blur"``, by a Gaussian with a
    standard deviation of a twentieth of the longer side, as sharp borders would look like evidence.
    Higher is better: what the map points at was enough. A high first score: the blur left evidence.

    Examples
    --------
    >>> picture, score = np.array([[[4.0], [3.0], [2.0], [1.0]]]), lambda p: p.sum((1, 2, 3))
    >>> insertion(picture[..., 0], picture, score, steps=4, baseline="zero").value
    6.25
    """
    return _area("insertion", heatmap, picture, score_pictures, steps, baseline, seed)


def _area(
    metric: str, heatmap: Any, picture: Any, score: ScorePictures, steps: int, base: Any, seed: int
) -> Measure:
    """Return the area under the scores on the way from one picture to another."""
    heatmap, picture = checks.question(heatmap, picture)
    start, goal, better = picture, baseline_of(picture, base), "lower"
    if metric == "insertion":
        start, goal, better = goal, start, "higher"
    steps = checks.count("steps", steps, heatmap.size)
    order = _places_in_order(heatmap, seed)
    changed = np.arange(steps + 1) * heatmap.size // steps

    def on_the_way() -> Iterator[np.ndarray]:
        for count in changed:
            mixed = start.reshape(len(order), -1).copy()
            mixed[order[:count]] = goal.reshape(len(order), -1)[order[:count]]
            yield mixed.reshape(start.shape)

    scores = checks.scores(score, on_the_way())
    shares = changed / heatmap.size
    area = math.fsum(np.diff(shares) * (scores[1:] + scores[:-1]) / 2)
    return Measure(metric, area, better, len(scores), {"shares": shares, "scores": scores})


def _places_in_order(heatmap: np.ndarray, seed: int) -> np.ndarray:
    """Return the flat indices of a map's places, the highest first; equal ones in random order."""
    shuffled = np.random.default_rng(checks.seed(seed)).permutation(heatmap.size)
    return np.asarray(shuffled[np.argsort(-heatmap.ravel()[shuffled], kind="stable")])


def road(
    heatmap: np.ndarray,
    picture: np.ndarray,
    score_pictures: ScorePictures,
    *,
    percentiles: Sequence[float] = (10, 30, 50, 70, 90),
    noise: float = 0.01,
    seed: int = 0,
) -> Measure:
    """Measure how much more the map's highest places matter than its lowest, without holes.

    Rong et al. 2022, https://arxiv.org/abs/2202.00449, but the score of one picture. Scores
    ``2 * len(percentiles)`` pictures. `impute` fills in what is removed, a large hole smoothly.

    Parameters
    ----------
    heatmap, picture, score_pictures, seed
        As in `deletion`, with its errors; needs SciPy, and a picture with rows and columns.
    percentiles, noise : sequence of float; and float
        Which shares of the picture are removed, in percent, each between 0 and 100; standard
        deviation of the noise on what is filled in, in that of the picture. Default 0.01.

    Returns
    -------
    Measure
        The mean score with the lowest places removed less that with the highest removed, higher is
        better, 0 on average for maps that know nothing; ``details`` has the `percentiles` and the
        scores, `lowest_first` (LeRF) and `highest_first` (MoRF).

    Examples
    --------
    >>> picture, score = np.array([[[0.0], [0.0], [0.0], [0.0], [9.0]]]), lambda p: p.max((1, 2, 3))
    >>> road(picture[..., 0], picture, score, percentiles=[20], noise=0).value
    9.0
    """
    heatmap, picture = checks.question(heatmap, picture)
    shares = np.asarray(percentiles)
    fits = shares.ndim == 1 and shares.size > 0 and shares.dtype.kind in "fiu"
    if not fits or not ((shares > 0) & (shares < 100)).all():
        expected = "Expected `percentiles` to hold numbers between 0 and 100."
        raise ValueError(f"{expected} Received: {percentiles!r}.")
    places = heatmap.size
    counts = [min(max(round(places * n / 100), 1), places - 1) for n in shares.tolist()]
    noise = checked_number("noise", noise)
    if picture.ndim != 3:
        expected = "Expected a picture of shape (H, W, C), whose holes can be filled in."
        raise UndefinedMeasure(f"{expected} Received: shape {picture.shape}. Use `deletion`.")
    order = _places_in_order(heatmap, seed)
    deviation = noise * float(picture.std(dtype=np.float64))

    def removed() -> Iterator[np.ndarray]:
        for places in (order, order[::-1]):
            for number, count in enumerate(counts):
                mask = np.zeros(heatmap.shape, bool)
                mask.flat[places[:count]] = True
                yield impute(picture, mask, noise=deviation, seed=seed + number)

    scores = checks.scores(score_pictures, removed())
    highest, lowest = scores[: len(counts)], scores[len(counts) :]
    details = {"percentiles": np.asarray(percentiles, float)}
    details |= {"highest_first": highest, "lowest_first": lowest}
    return Measure("ROAD", float(np.mean(lowest - highest)), "higher", len(scores), details)


def impute(
    picture: np.ndarray, mask: np.ndarray, *, noise: float = 0.0, seed: int = 0
) -> np.ndarray:
    """Return a picture whose masked pixels are weighted means of their neighbours, plus noise.

    Rong et al.'s noisy linear imputation: each filled pixel is the mean of its eight neighbours,
    filled or not, 1/6 across an edge and 1/12 across a corner; at the border, of those there are.
    Needs SciPy; a TypeError or ValueError for what isn't as described.

    Parameters
    ----------
    picture, mask : ndarray, shape (H, W, C); and of bool, shape (H, W)
        True where a pixel is filled in, not everywhere.
    noise, seed : float and int
        Standard deviation of what is added to it, and its seed. Default 0.

    Examples
    --------
    >>> picture = np.array([[[1.0], [0.0], [0.0], [4.0]]])
    >>> impute(picture, np.array([[False, True, True, False]])).ravel().round(2)
    array([1., 2., 3., 4.])
    """
    picture, seed = checks.array("picture", picture), checks.seed(seed)
    noise = checked_number("noise", noise)
    if not isinstance(mask, np.ndarray):
        expected = "Expected `mask` to be a NumPy array of bool, a pixel each."
        raise TypeError(f"{expected} Received: {type(mask).__name__}.")
    if picture.ndim != 3:
        expected = "Expected a picture of shape (H, W, C), filled in from eight neighbours."
        raise ValueError(f"{expected} Received: shape {picture.shape}.")
    if mask.shape != picture.shape[:2] or mask.dtype != np.bool_:
        expected = f"Expected `mask` of dtype bool and shape {picture.shape[:2]}, a pixel each."
        raise ValueError(f"{expected} Received: dtype {mask.dtype} and shape {mask.shape}.")
    if mask.all():
        raise ValueError("Expected `mask` to leave a pixel to fill in from. Received: none left.")
    filled = picture.astype(np.float64)
    if mask.any():
        random = np.random.default_rng(seed).normal(scale=noise, size=picture.shape)
        filled[mask] = _solved(filled, mask) + random[mask]
    return filled.astype(picture.dtype)


def _solved(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the masked pixels, shape (N, C), each the mean of what is around it."""
    sparse = extra("scipy.sparse", "to fill in what is missing")
    solver = extra("scipy.sparse.linalg", "to fill in what is missing")
    bands = [2 * np.eye(n) + np.eye(n, k=1) + np.eye(n, k=-1) for n in mask.shape]
    # of a pixel's neighbours, 1/6 across an edge and 1/12 across a corner
    weights = (sparse.kron(*map(sparse.csr_matrix, bands)) / 12 - sparse.eye(mask.size) / 3).tocsr()
    weights, hole = weights[mask.ravel()], mask.ravel()
    known = weights[:, ~hole] @ picture[~mask]
    system = sparse.diags(np.asarray(weights.sum(axis=1)).ravel()) - weights[:, hole]
    # symmetric and positive definite: this order of elimination fills in least
    options = {"permc_spec": "MMD_AT_PLUS_A", "options": {"SymmetricMode": True}}
    return np.asarray(solver.splu(system.tocsc(), **options).solve(known))
