"""What the feature maps of a model look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from .places import places

__all__ = ["Maps", "data_format_of", "maps_of", "takes_pictures"]


@dataclass(frozen=True)
class Maps:
    """What tells a feature map from other tensors of a model.

    Attributes
    ----------
    rank : int
        Number of spatial dimensions: 1 for signals, 2 for pictures, 3 for volumes.
    data_format : {"channels_last", "channels_first"}
    """

    rank: int
    data_format: str

    def cells(self, shape: Sequence[Any]) -> tuple[Any, ...]:
        """Return the size of the map in an output of `shape`; empty if it is no map.

        Sizes are None where a graph leaves them open.
        """
        if len(shape) != self.rank + 2:
            return ()
        return tuple(shape[1:-1] if self.data_format == "channels_last" else shape[2:])

    def size(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the size in pixels of an input of `shape`, given without its batch axis."""
        if len(shape) != self.rank + 1:
            return shape[: self.rank]
        return shape[:-1] if self.data_format == "channels_last" else shape[1:]

    def channels_last(self, batch: np.ndarray) -> np.ndarray:
        """Return a batch of maps with the channels last; any other tensor as it is."""
        return np.moveaxis(batch, 1, -1) if self._channels_come_first(batch.ndim) else batch

    def as_own(self, batch: np.ndarray) -> np.ndarray:
        """Undo `channels_last`."""
        return np.moveaxis(batch, -1, 1) if self._channels_come_first(batch.ndim) else batch

    def pictures(self, batch: np.ndarray) -> np.ndarray:
        """Return a batch of inputs with channels, and these last; a grey picture gets one."""
        return batch[..., np.newaxis] if batch.ndim == self.rank + 1 else self.channels_last(batch)

    def inputs(self, pictures: np.ndarray, axes: int) -> np.ndarray:
        """Undo `pictures`, for inputs that have so many axes."""
        return pictures[..., 0] if axes == self.rank + 1 else self.as_own(pictures)

    def _channels_come_first(self, axes: int) -> bool:
        return self.data_format == "channels_first" and axes == self.rank + 2

    def is_spatial(self, shape: Sequence[Any]) -> bool:
        """Say whether an output of `shape` is a map of more than one cell."""
        return any(length != 1 for length in self.cells(shape))


def maps_of(model: keras.Model, size: tuple[int, ...]) -> Maps:
    """Return what the feature maps of `model` look like.

    Parameters
    ----------
    model : keras.Model
    size : tuple of int
        The shape of the explained input without its batch axis.
    """
    expected, found = len(size) - 1, _dimensions(model)
    rank = expected if expected in found or not found else found[0]
    return Maps(rank, data_format_of(model))


def data_format_of(model: keras.Model) -> str:
    """Return ``"channels_last"`` or ``"channels_first"``: what the model's own layers say."""
    for place in places(model):
        data_format = getattr(place.operation, "data_format", None)
        if data_format in ("channels_last", "channels_first"):
            return str(data_format)
    return str(keras.config.image_data_format())


def takes_pictures(model: keras.Model) -> bool:
    """Say whether a two-dimensional convolution or pooling is anywhere in the model."""
    return 2 in _dimensions(model)


def _dimensions(model: keras.Model) -> list[int]:
    """Return over how many dimensions the model's convolutions and poolings run, in order.

    What runs for each moment of a sequence has the time as one more.
    """
    found, timed = [], set[int]()
    for operation in (place.operation for place in places(model)):
        if isinstance(operation, keras.layers.TimeDistributed):
            timed |= {id(layer) for layer in operation._flatten_layers(include_self=False)}
        for window in ("kernel_size", "pool_size"):
            lengths = getattr(operation, window, None)
            if isinstance(lengths, (tuple, list)):
                found.append(len(lengths) + (id(operation) in timed))
    return found
