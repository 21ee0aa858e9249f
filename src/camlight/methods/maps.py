"""What is done to maps: scaled to a heatmap, fused where there are several layers, enlarged."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np

_Function = TypeVar("_Function", bound=Callable[..., np.ndarray])

_SPECKS = 0.01  # so large a share of a speckled map's positive values is cut off at the top

# multiplications of OpenBLAS without threads, which spin on and slow the model that runs next
_ON_ONE_THREAD = 4 * 65536


def relu_and_scale(signed: np.ndarray, speckled: bool = False) -> np.ndarray:
    """Return a map's positive part, its maximum 1; all 0 if nothing is positive and finite."""
    positive: np.ndarray = np.maximum(signed, 0.0)
    peak = positive.max(initial=0.0)
    if not (np.isfinite(peak) and peak > 0.0):
        return np.zeros(signed.shape)
    if speckled:  # its few largest values would outshine all others
        peak = np.quantile(positive[positive > 0.0], 1 - _SPECKS)
        positive = np.minimum(positive, peak)
    return np.asarray(positive / peak)


def unsigned(function: _Function) -> _Function:
    """Mark a method that drops all signs, so that its map is the same for and against.

    Examples
    --------
    >>> @unsigned
    ... def strength(picture_gradients):
    ...     return abs(picture_gradients).sum(axis=-1)
    >>> strength(np.array([[[1.0, -3.0]]]))
    array([[4.]])
    """
    function.is_unsigned = True  # type: ignore[attr-defined]
    return function


def fused_by(
    rule: Callable[[Sequence[np.ndarray]], np.ndarray],
) -> Callable[[_Function], _Function]:
    """Return a decorator for a method whose maps of several layers are fused by `rule`, not `fuse`.

    The rule makes one signed map of those of the layers.

    Examples
    --------
    >>> @fused_by(lambda maps: maps[-1])
    ... def last_of_all(activations):
    ...     return activations.mean(axis=-1)
    >>> last_of_all(np.array([[[1.0, 3.0]]]))
    array([[2.]])
    """

    def mark(function: _Function) -> _Function:
        function.fuse = rule  # type: ignore[attr-defined]
        return function

    return mark


def fuse(maps: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean of signed maps of different sizes, each with as much say as its evidence.

    A map is `enlarged` to the finest grid and divided by the number of fine cells that one of its
    own becomes, so that its evidence stays what it was: a layer that found little says little.

    Parameters
    ----------
    maps : sequence of ndarray, each of shape (H, W), (L,) or (D, H, W)
        Signed maps in units of score.

    Returns
    -------
    ndarray of float64
        With as many cells along each axis as the finest has; a single map stays as it is.

    Raises
    ------
    ValueError
        If the maps have different numbers of axes.

    Examples
    --------
    >>> fuse([np.array([[4.0]]), np.array([[1.0, 3.0]])])
    array([[1.5, 2.5]])
    """
    finest = same_size(maps)
    cells = finest[0].size
    shares = [fine * (signed.size / cells) for fine, signed in zip(finest, maps, strict=True)]
    return np.asarray(np.mean(shares, axis=0))


def same_size(maps: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the maps, each `enlarged` to the finest grid."""
    ranks = {signed.ndim for signed in maps}
    if len(ranks) > 1:
        raise ValueError(
            "Expected layers whose maps have the same number of axes. Received: maps of shape "
            f"{', '.join(str(signed.shape) for signed in maps)}."
        )
    shape = tuple(max(lengths) for lengths in zip(*(signed.shape for signed in maps), strict=True))
    return [enlarged(signed, shape) for signed in maps]


def enlarged(array: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Return the array with its first axes enlarged, linearly between the centres of its cells.

    Parameters
    ----------
    array : ndarray, shape (h, w) or (h, w, K)
    size : sequence of int
        The new lengths ``(H, W)`` of the first axes.

    Returns
    -------
    ndarray of float64, shape (H, W) or (H, W, K)
        Cell i of n lies at ``(i + 0.5) / n`` of the length; beyond the outermost centres the
        value stays.

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
    if axis == array.ndim - 1:
        rows = matmul(array.reshape(-1, array.shape[-1]), shares.T)
        return rows.reshape(*array.shape[:-1], -1)
    first = np.moveaxis(array, axis, 0)
    columns = matmul(shares, first.reshape(len(first), -1))
    return np.moveaxis(columns.reshape(-1, *first.shape[1:]), 0, axis)


def matmul(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the product of two matrices of one dtype, made a few rows at a time."""
    found = np.empty((len(left), right.shape[1]), left.dtype)
    rows = _ON_ONE_THREAD // max(1, right.size) or len(left)
    for start in range(0, len(left), rows):
        few = slice(start, start + rows)
        np.matmul(left[few], right, out=found[few])
    return found


@lru_cache(32)
def shares_of_cells(cells: int, length: int) -> np.ndarray:
    """Return how much of each cell there is at each of `length` points, shape (length, cells)."""
    where = np.clip((np.arange(length) + 0.5) * cells / length - 0.5, 0, cells - 1)
    shares: np.ndarray = np.maximum(1 - np.abs(where[:, None] - np.arange(cells)), 0)
    shares.flags.writeable = False
    return shares
