"""A map, enlarged to the size of another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

__all__ = ["enlarged", "product", "shares_of_cells"]


def enlarged(array: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Return the array with its first axes enlarged, linearly between the centres of its cells.

    Parameters
    ----------
    array : ndarray, shape (h, w) or (h, w, K)
        Any number of axes that aren't named by `size` may follow.
    size : sequence of int
        The new lengths ``(H, W)``; one for a signal, three for a volume.

    Returns
    -------
    ndarray of float64, shape (H, W) or (H, W, K)
        Cell i of n lies at ``(i + 0.5) / n`` of the length; outside of the outermost centres the
        value stays what it is there.

    Examples
    --------
    >>> enlarged(np.array([0.0, 4.0]), (4,))
    array([0., 1., 3., 4.])
    """
    array = np.asarray(array, np.float64)
    for axis, length in enumerate(size):
        if array.shape[axis] != length:
            array = _along(array, axis, shares_of_cells(array.shape[axis], length))
    return array


def _along(array: np.ndarray, axis: int, shares: np.ndarray) -> np.ndarray:
    """Return the array with an axis enlarged."""
    if axis == array.ndim - 1:
        rows = product(array.reshape(-1, array.shape[-1]), shares.T)
        return rows.reshape(*array.shape[:-1], -1)
    first = np.moveaxis(array, axis, 0)
    columns = product(shares, first.reshape(len(first), -1))
    return np.moveaxis(columns.reshape(-1, *first.shape[1:]), 0, axis)


_OF_ONE_THREAD = 4 * 65536
"""OpenBLAS multiplies on one thread what takes no more multiplications than these.

With more, its threads go on spinning for a while, and take the cores from the model that the
caller runs next: that costs far more than they save.
"""


def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the product of two matrices of one dtype, taken a few rows at a time."""
    found = np.empty((len(left), right.shape[1]), left.dtype)
    rows = _OF_ONE_THREAD // max(1, right.size) or len(left)
    for start in range(0, len(left), rows):
        few = slice(start, start + rows)
        np.matmul(left[few], right, out=found[few])
    return found


@lru_cache(32)
def shares_of_cells(cells: int, length: int) -> np.ndarray:
    """Return how much of each cell there is in each place, shape (length, cells).

    Examples
    --------
    >>> shares_of_cells(2, 4)
    array([[1.  , 0.  ],
           [0.75, 0.25],
           [0.25, 0.75],
           [0.  , 1.  ]])
    """
    where = np.clip((np.arange(length) + 0.5) * cells / length - 0.5, 0, cells - 1)
    shares: np.ndarray = np.maximum(1 - np.abs(where[:, None] - np.arange(cells)), 0)
    shares.flags.writeable = False
    return shares
