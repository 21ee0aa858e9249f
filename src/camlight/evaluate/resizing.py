"""Maps of another size."""

from __future__ import annotations

import numpy as np

from camlight.methods.maps import shares_of_cells

__all__ = ["resized"]


def resized(heatmap: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a map brought to another size.

    Enlarged, it lies over the picture as it is drawn: linear between the centres of its cells.
    Reduced, each new cell is a mean of the old ones below it.

    Parameters
    ----------
    heatmap : ndarray, shape (h, w)
    size : tuple of int
        Rows and columns.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> resized(np.array([[1.0, 0.0]]), (1, 4))
    array([[1.  , 0.75, 0.25, 0.  ]])
    >>> resized(np.array([[1.0, 0.0, 2.0, 4.0]]), (1, 2))
    array([[0.5, 3. ]])
    """
    along_rows = _weights(heatmap.shape[0], size[0])
    along_columns = _weights(heatmap.shape[1], size[1])
    new: np.ndarray = along_rows @ heatmap.astype(np.float64) @ along_columns.T
    return new


def _weights(old: int, new: int) -> np.ndarray:
    """Return what each of the `new` cells along an axis takes of each of the `old` ones."""
    if new < old:
        edges = np.arange(new + 1) * old / new
        starts = np.maximum(edges[:-1, None], np.arange(old))
        ends = np.minimum(edges[1:, None], np.arange(1, old + 1))
        shares: np.ndarray = np.maximum(ends - starts, 0) * new / old
        return shares
    return shares_of_cells(old, new)
