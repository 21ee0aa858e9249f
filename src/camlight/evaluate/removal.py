"""ROAD, remove and debias: what the score loses where places are filled in from their neighbours.

Rong et al., "A Consistent and Efficient Evaluation Strategy for Attribution Methods",
https://arxiv.org/abs/2202.00449.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from camlight._check import checked_number

from .checks import ScorePictures, UndefinedMeasure, checked_map, checked_picture, scores_of
from .curves import places_in_order
from .imputation import impute
from .measure import Measure

__all__ = ["road"]


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
    heatmap : ndarray, shape (H, W)
        The map, signed or not: only the order of its values counts.
    picture : ndarray, shape (H, W, C)
        As the model takes it.
    score_pictures : callable
        From pictures, shape (N, H, W, C), to the score of each, shape (N,).
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
    TypeError, ValueError
        If an argument is of another type, shape or size than described, or isn't finite.
    UndefinedMeasure
        For a signal or a volume.

    Notes
    -----
    Scores ``2 * len(percentiles)`` pictures. Higher is better; of maps that know nothing it is 0
    on average. What is removed is filled in by `impute`, so that the shape of the hole can't be
    seen and its mere presence changes little; what lies inside a large hole is then a smooth
    ground, which is still unlike a photo. The paper measures the accuracy over a data set; this is
    the score of one picture.

    Examples
    --------
    >>> picture = np.array([[[0.0], [0.0], [0.0], [0.0], [9.0]]])
    >>> def brightest(pictures):
    ...     return pictures.max(axis=(1, 2, 3))
    >>> measure = road(picture[..., 0], picture, brightest, percentiles=[20], noise=0)
    >>> measure.value, measure.details["highest_first"]
    (9.0, array([0.]))
    """
    picture = checked_picture(picture)
    heatmap = checked_map(heatmap, picture)
    counts = _counts(percentiles, heatmap.size)
    noise = checked_number("noise", noise)
    if picture.ndim != 3:
        raise UndefinedMeasure(
            "Expected a picture of shape (H, W, C), whose holes can be filled in from eight "
            f"neighbours. Received: shape {picture.shape}. Use `deletion`."
        )
    order = places_in_order(heatmap, seed)
    deviation = noise * float(picture.std(dtype=np.float64))

    def removed() -> Iterator[np.ndarray]:
        for places in (order, order[::-1]):
            for number, count in enumerate(counts):
                mask = np.zeros(heatmap.size, bool)
                mask[places[:count]] = True
                yield impute(
                    picture, mask.reshape(heatmap.shape), noise=deviation, seed=seed + number
                )

    scores = scores_of(score_pictures, removed())
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
