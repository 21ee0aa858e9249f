"""Whether two contenders' maps show the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["agreement"]


def agreement(
    theirs: np.ndarray,
    ours: np.ndarray,
    size: tuple[int, int],
    enlarge: Callable[[np.ndarray, tuple[int, int]], np.ndarray] | None,
) -> dict[str, Any]:
    """Compare maps, each of them stretched to run from 0 to 1.

    Parameters
    ----------
    theirs, ours : ndarray, shape (N, T, h, w)
    size : tuple of int
        Of the pictures.
    enlarge : callable or None
        How theirs were enlarged: ours are too.

    Returns
    -------
    dict
        The least correlation and the largest difference of all maps, and how many were left out
        because they are flat on both sides.
    """
    if enlarge is not None:
        ours = np.array([[enlarge(heatmap, size) for heatmap in row] for row in ours])
    if theirs.shape != ours.shape:
        return {"error": f"maps of shape {theirs.shape[2:]}, expected {ours.shape[2:]}"}
    pairs = [
        (_stretched(left), _stretched(right))
        for left, right in zip(
            theirs.reshape(-1, *theirs.shape[2:]), ours.reshape(-1, *ours.shape[2:]), strict=True
        )
    ]
    told = [(left, right) for left, right in pairs if left.any() or right.any()]
    if not told:
        return {"error": "all maps are flat"}
    return {
        "correlation": min(_correlation(left, right) for left, right in told),
        "difference": round(max(float(abs(left - right).max()) for left, right in told), 9),
        "maps": len(told),
        "flat": len(pairs) - len(told),
    }


def _stretched(heatmap: np.ndarray) -> np.ndarray:
    heatmap = heatmap.astype("float64")
    low, high = heatmap.min(), heatmap.max()
    return np.zeros_like(heatmap) if high <= low else (heatmap - low) / (high - low)


def _correlation(left: np.ndarray, right: np.ndarray) -> float:
    if not (left.any() and right.any()):
        return 0.0
    return round(float(np.corrcoef(left.ravel(), right.ravel())[0, 1]), 9)
