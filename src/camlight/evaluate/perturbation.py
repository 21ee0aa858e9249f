"""What becomes of the score as the places that a map points at go, or come.

Deletion and insertion: Petsiuk et al., https://arxiv.org/abs/1806.07421, section 4.2. ROAD: Rong et
al., https://arxiv.org/abs/2202.00449.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from camlight._check import checked_number

from . import checks
from .checks import Measure, ScorePictures, UndefinedMeasure
from .controls import Baseline, baseline_of, impute

__all__ = ["deletion", "insertion", "road"]


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
    with holes are unlike any that the model learned from: read the number only beside that of a map
    that knows nothing (`random_map`, `centre_map`).

    Examples
    --------
    >>> picture = np.array([[[4.0], [3.0], [2.0], [1.0]]])
    >>> measure = deletion(
    ...     picture[..., 0], picture, lambda p: p.sum((1, 2, 3)), steps=4, baseline="zero"
    ... )
    >>> measure.details["scores"], measure.value
    (array([10.,  6.,  3.,  1.,  0.]), 3.75)
    """
    picture = checks.picture(picture)
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
    heatmap, picture, score_pictures, steps, baseline, seed
        As in `deletion`. Default of `baseline` ``"blur"``, by a Gaussian whose standard deviation
        is a twentieth of the longer side: sharp borders would look like evidence.

    Returns
    -------
    Measure
        As of `deletion`, over the share that was put in.

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
    >>> picture, score = np.array([[[4.0], [3.0], [2.0], [1.0]]]), lambda p: p.sum((1, 2, 3))
    >>> insertion(picture[..., 0], picture, score, steps=4, baseline="zero").value
    6.25
    """
    picture = checks.picture(picture)
    empty = baseline_of(picture, baseline)
    return _area("insertion", "higher", heatmap, (empty, picture), score_pictures, steps, seed)


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
    heatmap = checks.heatmap(heatmap, start.shape[:-1])
    steps = checks.count("steps", steps, heatmap.size)
    order = _places_in_order(heatmap, seed)
    changed = np.arange(steps + 1) * heatmap.size // steps

    def on_the_way() -> Iterator[np.ndarray]:
        for count in changed:
            mixed = start.reshape(len(order), -1).copy()
            mixed[order[:count]] = goal.reshape(len(order), -1)[order[:count]]
            yield mixed.reshape(start.shape)

    scores = checks.scores(score_pictures, on_the_way())
    shares = changed / heatmap.size
    area = math.fsum(np.diff(shares) * (scores[1:] + scores[:-1]) / 2)
    return Measure(metric, area, better, len(scores), {"shares": shares, "scores": scores})


def _places_in_order(heatmap: np.ndarray, seed: int) -> np.ndarray:
    """Return the flat indices of a map's places, the highest first; equal ones in random order."""
    shuffled = np.random.default_rng(checks.seed(seed)).permutation(heatmap.size)
    order: np.ndarray = shuffled[np.argsort(-heatmap.ravel()[shuffled], kind="stable")]
    return order


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

    Parameters
    ----------
    heatmap, picture, score_pictures
        As in `deletion`.
    percentiles : sequence of float
        Which shares of the picture are removed, in percent, each between 0 and 100.
    noise : float
        Standard deviation of the noise on what is filled in, as a share of the picture's own.
        Default 0.01.
    seed : int
        Of the noise, and of the order of places whose values are equal. Default 0.

    Returns
    -------
    Measure
        ``value`` is the mean score with the lowest places removed less that with the highest
        removed; ``details`` has the `percentiles` and both rows of scores, `lowest_first`
        (LeRF) and `highest_first` (MoRF).

    Raises
    ------
    ImportError
        If SciPy isn't installed.
    TypeError, ValueError, UndefinedMeasure
        As in `deletion`, and for a signal or a volume.

    Notes
    -----
    Scores ``2 * len(percentiles)`` pictures. Higher is better; of maps that know nothing it is 0
    on average. What is removed is filled in by `impute`, so that the shape of the hole can't be
    seen; a large one is a smooth ground, still unlike a photo. The paper measures the accuracy
    over a data set; this is the score of one picture.

    Examples
    --------
    >>> picture = np.array([[[0.0], [0.0], [0.0], [0.0], [9.0]]])
    >>> measure = road(
    ...     picture[..., 0], picture, lambda p: p.max(axis=(1, 2, 3)), percentiles=[20], noise=0
    ... )
    >>> measure.value, measure.details["highest_first"]
    (9.0, array([0.]))
    """
    picture = checks.picture(picture)
    heatmap = checks.heatmap(heatmap, picture.shape[:-1])
    counts = _counts(percentiles, heatmap.size)
    noise = checked_number("noise", noise)
    if picture.ndim != 3:
        raise UndefinedMeasure(
            "Expected a picture of shape (H, W, C), whose holes can be filled in from eight "
            f"neighbours. Received: shape {picture.shape}. Use `deletion`."
        )
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
    details = {
        "percentiles": np.asarray(percentiles, float),
        "highest_first": highest,
        "lowest_first": lowest,
    }
    return Measure("ROAD", float(np.mean(lowest - highest)), "higher", len(scores), details)


def _counts(percentiles: Sequence[float], places: int) -> list[int]:
    """Return how many places each percentile is, at least one and at most all but one."""
    shares = np.asarray(percentiles)
    fits = shares.ndim == 1 and shares.size > 0 and shares.dtype.kind in "fiu"
    if not fits or not ((shares > 0) & (shares < 100)).all():
        raise ValueError(
            "Expected `percentiles` to hold numbers between 0 and 100, such as `[10, 50, 90]`. "
            f"Received: {percentiles!r}."
        )
    return [min(max(round(places * share / 100), 1), places - 1) for share in shares.tolist()]
