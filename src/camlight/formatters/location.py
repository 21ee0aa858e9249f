"""Where in the picture a map lies, in words."""

from __future__ import annotations

import numpy as np

__all__ = ["describe_location"]

_ROWS = ("upper", "middle", "lower")
_COLUMNS = ("left", "centre", "right")


def describe_location(heatmap: np.ndarray) -> str:
    """Return in words which ninth of the picture holds most of the map, and how much of it.

    Parameters
    ----------
    heatmap : ndarray, shape (H, W)
        Values of 0 and more. A cell counts for the ninth that its centre lies in.

    Returns
    -------
    str
        Such as ``"upper left, 61 %"``; ``"nowhere"`` for a map of zeros.

    Examples
    --------
    >>> describe_location(np.array([[3.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]))
    'upper left, 75 %'
    >>> describe_location(np.zeros((7, 7)))
    'nowhere'
    """
    total = heatmap.sum()
    if not total > 0:
        return "nowhere"
    thirds = [((2 * np.arange(size) + 1) * 3) // (2 * size) for size in heatmap.shape]
    shares = np.zeros((3, 3))
    np.add.at(shares, tuple(np.meshgrid(*thirds, indexing="ij")), heatmap / total)
    row, column = divmod(int(shares.argmax()), 3)
    name = "centre" if row == column == 1 else f"{_ROWS[row]} {_COLUMNS[column]}"
    return f"{name}, {shares[row, column]:.0%}".replace("%", " %")
