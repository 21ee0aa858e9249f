"""Where in the picture, signal or volume a map lies, in words."""

from __future__ import annotations

import numpy as np

__all__ = ["describe_location"]

_ROWS = ("upper", "middle", "lower")
_COLUMNS = ("left", "centre", "right")
_LENGTH = ("first third", "middle third", "last third")
_DEPTH = ("first slices", "middle slices", "last slices")


def describe_location(heatmap: np.ndarray) -> str:
    """Return in words which ninth of the picture holds most of the map, and how much of it.

    Parameters
    ----------
    heatmap : ndarray, shape (H, W), (L,) or (D, H, W)
        Values of 0 and more. A cell counts for the ninth that its centre lies in: for the third
        of a signal, for one of the 27 parts of a volume.

    Returns
    -------
    str
        Such as ``"upper left, 61 %"``; ``"nowhere"`` for a map of zeros, ``"unknown"`` for one
        with NaN or infinity.

    Examples
    --------
    >>> describe_location(np.array([[3.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]))
    'upper left, 75 %'
    >>> describe_location(np.zeros((7, 7)))
    'nowhere'
    """
    total = heatmap.sum()
    if not np.isfinite(total):
        return "unknown"
    if total <= 0:
        return "nowhere"
    thirds = [((2 * np.arange(size) + 1) * 3) // (2 * size) for size in heatmap.shape]
    shares = np.zeros((3,) * heatmap.ndim)
    np.add.at(shares, tuple(np.meshgrid(*thirds, indexing="ij")), heatmap / total)
    most = np.unravel_index(int(shares.argmax()), shares.shape)
    return f"{_name(*map(int, most))}, {shares.max():.0%}".replace("%", " %")


def _name(*thirds: int) -> str:
    if len(thirds) == 1:
        return _LENGTH[thirds[0]]
    row, column = thirds[-2:]
    name = "centre" if row == column == 1 else f"{_ROWS[row]} {_COLUMNS[column]}"
    return ", ".join([*(_DEPTH[depth] for depth in thirds[:-2]), name])
