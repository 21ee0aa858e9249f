"""One map from the maps of several layers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .enlarging import enlarged

__all__ = ["fuse"]


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
    ranks = {signed.ndim for signed in maps}
    if len(ranks) > 1:
        raise ValueError(
            "Expected layers whose maps have the same number of axes. Received: maps of shape "
            f"{', '.join(str(signed.shape) for signed in maps)}."
        )
    if len(maps) == 1:
        return maps[0].astype(np.float64, copy=False)
    shape = tuple(max(lengths) for lengths in zip(*(signed.shape for signed in maps), strict=True))
    shares = [enlarged(signed, shape) * (signed.size / math.prod(shape)) for signed in maps]
    fused: np.ndarray = np.mean(shares, axis=0)
    return fused
