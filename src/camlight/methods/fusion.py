"""One map from the maps of several layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from .enlarging import enlarged

__all__ = ["fuse", "fused_by", "same_size"]

_Function = TypeVar("_Function", bound=Callable[..., np.ndarray])


def fused_by(
    rule: Callable[[Sequence[np.ndarray]], np.ndarray],
) -> Callable[[_Function], _Function]:
    """Return a decorator for a method whose maps of several layers are fused by `rule`, not `fuse`.

    Parameters
    ----------
    rule : callable
        Takes the signed maps of the layers, returns one.

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

    A map is enlarged to the finest grid (linear interpolation between the centres of the cells)
    and divided by the number of fine cells that one of its own cells becomes, so that the evidence
    it adds up to stays what it was. No map is scaled by its own maximum: a layer that found
    little says little.

    Parameters
    ----------
    maps : sequence of ndarray, each of shape (H, W), (L,) or (D, H, W)
        Signed maps in units of score.

    Returns
    -------
    ndarray of float64
        Of the shape of the map with the most cells along each axis; a single map is returned as
        it is.

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
    if len(maps) == 1:
        return finest[0].astype(np.float64, copy=False)
    cells = finest[0].size
    shares = [fine * (signed.size / cells) for fine, signed in zip(finest, maps, strict=True)]
    fused: np.ndarray = np.mean(shares, axis=0)
    return fused


def same_size(maps: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the maps, each enlarged to the finest grid by interpolation between cell centres.

    Raises
    ------
    ValueError
        If they have different numbers of axes.

    Examples
    --------
    >>> same_size([np.array([0.0, 4.0]), np.zeros(4)])[0]
    array([0., 1., 3., 4.])
    """
    ranks = {signed.ndim for signed in maps}
    if len(ranks) > 1:
        raise ValueError(
            "Expected layers whose maps have the same number of axes. Received: maps of shape "
            f"{', '.join(str(signed.shape) for signed in maps)}."
        )
    shape = tuple(max(lengths) for lengths in zip(*(signed.shape for signed in maps), strict=True))
    return [enlarged(signed, shape) for signed in maps]
