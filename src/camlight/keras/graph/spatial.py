"""Which tensors of a model are maps of the picture, and how their cells lie in it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from .layers import all_layers
from .nodes import LayerCall, inner_layers

Grid = tuple[int, ...]

_EXTRA = 5  # tokens of no patch: a class token and four registers, as in DINOv2


@dataclass(frozen=True)
class FeatureMapSpec:
    """What tells a feature map from other tensors of a model."""

    rank: int  # spatial dimensions: 1 for signals, 2 for pictures, 3 for volumes
    data_format: str  # "channels_last" or "channels_first"

    def cells(self, shape: Sequence[Any]) -> tuple[Any, ...]:
        """Return the size of the map in an output of `shape`; empty if it is no map.

        Sizes are None where a graph leaves them open.
        """
        if len(shape) != self.rank + 2:
            return ()
        return tuple(shape[1:-1] if self.data_format == "channels_last" else shape[2:])

    def is_spatial(self, shape: Sequence[Any]) -> bool:
        """Say whether an output of `shape` is a map of more than one cell."""
        return any(length != 1 for length in self.cells(shape))

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


@dataclass(frozen=True)
class Layout:
    """How a layer's tensor, a batch of one, lies in the picture: as a map, or as tokens."""

    spec: FeatureMapSpec
    shape: tuple[int, ...]  # the tensor's
    grid: Grid | None = None  # rows and columns of the tokens; those of no patch come before

    def to_map(self, array: np.ndarray) -> np.ndarray:
        """Return a tensor of the layer without its batch axis, the channels last."""
        if self.grid is None:
            spatial: np.ndarray = self.spec.channels_last(array)[0]
            return spatial
        patches: np.ndarray = array[0, -math.prod(self.grid) :]
        return patches.reshape(*self.grid, -1)

    def from_map(self, spatial: np.ndarray) -> np.ndarray:
        """Undo `to_map`; tokens of no patch are 0."""
        if self.grid is None:
            return self.spec.as_own(spatial[np.newaxis])
        tokens = np.zeros(self.shape, spatial.dtype)
        tokens[0, -math.prod(self.grid) :] = spatial.reshape(-1, spatial.shape[-1])
        return tokens


@dataclass(frozen=True)
class LayerView:
    """What one layer showed for one target."""

    layer: LayerCall
    layout: Layout
    activations: np.ndarray  # (H, W, K); (L, K) for a signal, (D, H, W, K) for a volume
    gradients: np.ndarray  # of the target's score by the activations, of the same shape
    connected: bool  # whether the score depends on the layer; if not, the gradients are 0


def spec_of(model: keras.Model, size: tuple[int, ...]) -> FeatureMapSpec:
    """Return what the feature maps of `model` look like.

    `size` is the shape of the explained input without its batch axis.
    """
    expected, found = len(size) - 1, _dimensions(model)
    rank = expected if expected in found or not found else found[0]
    return FeatureMapSpec(rank, data_format_of(model))


def data_format_of(model: keras.Model) -> str:
    """Return ``"channels_last"`` or ``"channels_first"``: what the model's own layers say."""
    for layer in all_layers(model):
        data_format = getattr(layer.operation, "data_format", None)
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
    for operation in (layer.operation for layer in all_layers(model)):
        if isinstance(operation, keras.layers.TimeDistributed):
            timed |= {id(layer) for layer in inner_layers(operation)}
        for window in ("kernel_size", "pool_size"):
            lengths = getattr(operation, window, None)
            if isinstance(lengths, (tuple, list)):
                found.append(len(lengths) + (id(operation) in timed))
    return found


def find_grid(count: int, size: Grid, maps: Iterable[Grid] = ()) -> Grid | None:
    """Return the grid in which `count` tokens lie; None where none fits.

    Those of no patch (class, distillation, register) are counted. Of the sizes of the maps that
    the model made on its way, one that fits decides.
    """
    possible = possible_grids(count, size)
    seen = [grid for grid in maps if fits(grid, count)]
    confirmed = [grid for grid in possible if grid in seen]
    likeliest = confirmed or sorted([*possible, *seen], key=math.prod, reverse=True)
    return likeliest[0] if likeliest else None


def possible_grids(count: int, size: Grid) -> list[Grid]:
    """Return the grids into which square patches may cut the picture, likeliest first.

    Those with fewer tokens of no patch are. Patches may leave a rest at the edges.
    """
    grids = {tuple(length // patch for length in size) for patch in range(1, min(size) + 1)}
    return sorted((g for g in grids if fits(g, count)), key=math.prod, reverse=True)


def fits(grid: Grid, count: int) -> bool:
    """Say whether `count` tokens may be those of `grid`, with a few more of no patch."""
    cells = math.prod(grid)
    return 1 < cells <= count <= cells + _EXTRA
