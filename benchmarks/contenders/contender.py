"""What is asked of a contender."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

__all__ = ["Case", "Contender", "channels", "weighted_sum"]


@dataclass(frozen=True)
class Case:
    """A model, pictures, targets and a layer: the maps of all targets in all pictures are wanted.

    Attributes
    ----------
    model : keras.Model
        The contender's own copy.
    pictures : ndarray, one row for each picture
    targets : list of int
    layer : str
    """

    model: keras.Model
    pictures: np.ndarray
    targets: list[int]
    layer: str

    @property
    def keras_layer(self) -> keras.layers.Layer:
        """The layer itself."""
        return self.model.get_layer(self.layer)


@dataclass(frozen=True)
class Contender:
    """One that is timed.

    Attributes
    ----------
    name : str
    begin : callable
        Takes a case, makes what is made once, and returns the function that is timed: from NumPy
        pictures to whatever the contender gives.
    maps : callable, optional
        Takes what was given, and the case; returns the maps, shape (N, T, h, w). None for what
        gives no maps.
    enlarge : callable, optional
        How the contender enlarges its maps: takes one and the pictures' size.
    package : str, optional
        What is imported.
    only : str, optional
        The one model it is for.
    first : callable, optional
        As `begin`, for what is called once and no more.
    """

    name: str
    begin: Callable[[Case], Callable[[], Any]]
    maps: Callable[[Any, Case], np.ndarray] | None = None
    enlarge: Callable[[np.ndarray, tuple[int, int]], np.ndarray] | None = None
    package: str | None = None
    only: str | None = None
    first: Callable[[Case], Callable[[], Any]] | None = None


def channels() -> int:
    """Return the axis of the channels."""
    return 1 if keras.config.image_data_format() == "channels_first" else -1


def weighted_sum(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Return Grad-CAM's maps.

    Parameters
    ----------
    activations : ndarray, shape (N, ..., C)
    gradients : ndarray, shape (T, N, ..., C)

    Returns
    -------
    ndarray, shape (N, T, ...)
    """
    count, *places, features = activations.shape
    weights = gradients.reshape(len(gradients), count, -1, features).mean(axis=2)
    # not `@`: OpenBLAS's threads would go on spinning and slow whoever runs next
    rows = np.einsum("npk,tnk->ntp", activations.reshape(count, -1, features), weights)
    maps: np.ndarray = np.maximum(rows, 0)
    return maps.reshape(count, len(gradients), *places)
