"""Let a model go on with other values than a layer gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import keras

from .places import Place
from .tail import Tail
from .tap import tapped

__all__ = ["Swap"]


@dataclass(frozen=True)
class Swap:
    """One call of a layer gives what the run was given first, and not what it would.

    Only what lies behind the layer depends on that input then: the rest of the model may run on
    a single picture while variants of the layer's output come by the dozen.

    Attributes
    ----------
    place : Place
        With the number of the call; -1 only where the model makes no more than one.
    data_format : {"channels_last", "channels_first"}
        How the layer's maps lie. The variants come with their channels last, shape
        (N, H, W, K). Of tokens they are those of the patches; the others keep their values.
    tail : Tail, optional
        What lies behind the layer, if that is all that must run.
    """

    place: Place
    data_format: str
    tail: Tail | None = None

    @contextmanager
    def made(self, inputs: Any, model: keras.Model) -> Iterator[tuple[Any, Any]]:
        """Take the variants off the inputs, and put them in the layer's place meanwhile.

        Yields what to call, the model or its tail, and on what.
        """
        variants, others = inputs
        if self.tail is not None:
            yield self.tail, self._in_place_of(self.tail.symbol, variants)
            return
        if isinstance(self.place.operation, keras.layers.InputLayer):
            yield model, self._among(others, variants, model.inputs)
            return
        calls = count()

        def heard(output: Any) -> Any:
            meant = self.place.call in (-1, next(calls))
            return self._in_place_of(output, variants) if meant else output

        with tapped(self.place.operation, heard):
            yield model, others

    def _among(self, inputs: Any, variants: Any, symbols: Sequence[Any]) -> Any:
        tensors = keras.tree.flatten(inputs)
        for i, symbol in enumerate(symbols):
            if symbol._keras_history.operation is self.place.operation:
                tensors[i] = self._in_place_of(tensors[i], variants)
        return keras.tree.pack_sequence_as(inputs, tensors)

    def _in_place_of(self, output: Any, variants: Any) -> Any:
        variants = keras.ops.cast(variants, output.dtype)
        axes = len(output.shape)
        if self.place.grid is None and axes == len(variants.shape):
            last = self.data_format == "channels_last"
            return variants if last else keras.ops.moveaxis(variants, -1, 1)
        rows, channels = keras.ops.shape(variants)[0], output.shape[-1]
        patches = keras.ops.reshape(variants, (rows, -1, channels))
        count_of_others = output.shape[1] - patches.shape[1]
        others = output[:, :count_of_others]
        others = keras.ops.broadcast_to(others, (rows, count_of_others, channels))
        return keras.ops.concatenate([others, patches], axis=1)
