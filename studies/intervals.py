"""Means and their 95 % intervals, when few photos are used many times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Interval", "interval"]


class Interval(NamedTuple):
    """A mean, and what it would be with other photos in 95 % of all draws."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.2f} ({self.low:.2f} to {self.high:.2f})"


def interval(
    rows: Sequence[Sequence[Any]], column: int, minus: Sequence[Sequence[Any]] | None = None
) -> Interval:
    """Return the mean of a column and its 95 % interval by the bootstrap over photos.

    Parameters
    ----------
    rows : sequence of sequences
        Each begins with the name of its photo, or of two as ``"left | right"``.
    column : int
        Of the numbers.
    minus : sequence of sequences, optional
        The same cases, of which the same column is taken off.

    Returns
    -------
    Interval

    Notes
    -----
    The unit that is drawn is the photo, with all that it takes part in, in both networks: pairs
    that share a photo aren't independent of one another. A case counts as often as all of its
    photos were drawn: their numbers are multiplied. All draws of as many photos as there are can be
    counted, 5 ** 5 of five, so nothing is left to chance.

    Examples
    --------
    >>> print(interval([["a", 0.0], ["b", 1.0]], 1))
    0.50 (0.00 to 1.00)
    """
    if minus is not None and [row[0] for row in rows] != [row[0] for row in minus]:
        raise ValueError("Expected the same cases, to take one from the other.")
    values = np.array([float(row[column]) for row in rows])
    if minus is not None:
        values -= [float(row[column]) for row in minus]
    cases = [row[0].split(" | ") for row in rows]
    photos = sorted({photo for case in cases for photo in case})
    weights = np.ones((len(photos) ** len(photos), len(cases)))
    for number, case in enumerate(cases):
        for photo in case:
            weights[:, number] *= _times_drawn(len(photos))[:, photos.index(photo)]
    weights = weights[weights.sum(axis=1) > 0]
    means = weights @ values / weights.sum(axis=1)
    ends = np.quantile(means, [0.025, 0.975], method="inverted_cdf")
    # without the last digits, which differ between machines, they round alike on all of them
    return Interval(*(round(float(number), 9) for number in (values.mean(), *ends)))


@cache
def _times_drawn(photos: int) -> np.ndarray:
    """Return how often each photo is drawn, in each of all possible draws."""
    draws = np.array(list(product(range(photos), repeat=photos)))
    return (draws[..., np.newaxis] == np.arange(photos)).sum(axis=1)
