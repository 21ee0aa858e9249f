"""Maps that know nothing of the model: what a measure gives them, it gives for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from camlight._check import checked_count

from .checks import checked_seed

__all__ = ["centre_map", "random_map"]


def random_map(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Return a map of noise.

    Parameters
    ----------
    shape : tuple of int
        Of the map, ``(H, W)``; ``(L,)`` for a signal, ``(D, H, W)`` for a volume.
    seed : int
        The same seed gives the same map. Default 0.

    Returns
    -------
    ndarray of float64
        Values from 0 to 1, each by itself.

    Examples
    --------
    >>> random_map((1, 3), seed=4).round(2)
    array([[0.94, 0.51, 0.98]])
    """
    return np.random.default_rng(checked_seed(seed)).uniform(size=_checked_shape(shape))


def centre_map(shape: tuple[int, ...]) -> np.ndarray:
    """Return a blob in the middle: what photographers' habits alone would tell.

    Parameters
    ----------
    shape : tuple of int
        Of the map, ``(H, W)``; ``(L,)`` for a signal, ``(D, H, W)`` for a volume.

    Returns
    -------
    ndarray of float64
        A Gaussian whose standard deviation is a quarter of each side, its peak 1.

    Examples
    --------
    >>> centre_map((1, 4)).round(2)
    array([[0.37, 1.  , 1.  , 0.37]])
    """
    shape = _checked_shape(shape)
    blob = np.ones(shape)
    for axis, length in enumerate(shape):
        distance = (np.arange(length) + 0.5) / length - 0.5
        along = np.exp(-0.5 * (distance / 0.25) ** 2)
        blob *= along.reshape([-1 if other == axis else 1 for other in range(len(shape))])
    scaled: np.ndarray = blob / blob.max()
    return scaled


def _checked_shape(shape: Any) -> tuple[int, ...]:
    if isinstance(shape, str) or not isinstance(shape, Sequence) or not shape:
        raise TypeError(
            "Expected `shape` to be that of a map, such as (H, W). "
            f"Received: {shape!r} of type {type(shape).__name__}."
        )
    return tuple(checked_count("shape", length) for length in shape)
