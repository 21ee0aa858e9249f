"""Ranks, and how far two orders agree."""

from __future__ import annotations

import numpy as np

__all__ = ["average_ranks", "correlation"]


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value, the smallest 1; equal values share the mean of their ranks.

    Examples
    --------
    >>> average_ranks(np.array([10.0, 30.0, 10.0, 20.0]))
    array([1.5, 4. , 1.5, 3. ])
    """
    _, which, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: np.ndarray = (last - (counts - 1) / 2)[which.ravel()]
    return ranks


def correlation(left: np.ndarray, right: np.ndarray) -> float:
    """Return Pearson's correlation; NaN where either side is constant.

    Examples
    --------
    >>> correlation(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]))
    1.0
    """
    left, right = left.ravel() - left.mean(), right.ravel() - right.mean()
    # scaled first: the squares of a faint map may be less than the smallest number there is
    sizes = np.abs(left).max(initial=0.0), np.abs(right).max(initial=0.0)
    if not all(sizes):
        return float("nan")
    left, right = left / sizes[0], right / sizes[1]
    found = (left * right).sum() / np.sqrt((left**2).sum() * (right**2).sum())
    return float(np.clip(found, -1, 1))
