"""Let a model go on with other values than a layer gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import keras

from camlight.keras.graph.nodes import (
    LayerCall,
    calls_of,
    is_graph,
    origin_of,
    output_structure,
    run_through,
    takes_context,
)

from .hooks import hooked, output_hook


@dataclass(frozen=True)
class Substitute:
    """One call of a layer gives what the run was given first, and not what it would.

    Only what lies behind the layer depends on that input then: the rest of the model may run on
    a single picture while variants of the layer's output come by the dozen. They come with their
    channels last; of tokens they are those of the patches, the others keep their values.
    """

    layer: LayerCall  # with the number of its call; -1 only where there is no other
    data_format: str  # of the layer's maps
    rest: Rest | None = None  # what lies behind the layer, if that is all that must run

    @contextmanager
    def put(self, inputs: Any, model: keras.Model) -> Iterator[tuple[Any, Any]]:
        """Take the variants off the inputs, and put them in the layer's place meanwhile.

        Yields what to call, the model or the rest of it, and on what.
        """
        variants, others = inputs
        if self.rest is not None:
            yield self.rest, self._in_place_of(self.rest.symbol, variants)
            return
        if isinstance(self.layer.operation, keras.layers.InputLayer):
            yield model, self._among(others, variants, model.inputs)
            return
        calls = count()

        def listen(output: Any) -> Any:
            meant = self.layer.call in (-1, next(calls))
            return self._in_place_of(output, variants) if meant else output

        with hooked([output_hook(self.layer.operation, listen)]):
            yield model, others

    def _among(self, inputs: Any, variants: Any, symbols: Sequence[Any]) -> Any:
        tensors = keras.tree.flatten(inputs)
        for i, symbol in enumerate(symbols):
            if origin_of(symbol) is self.layer.operation:
                tensors[i] = self._in_place_of(tensors[i], variants)
        return keras.tree.pack_sequence_as(inputs, tensors)

    def _in_place_of(self, output: Any, variants: Any) -> Any:
        variants = keras.ops.cast(variants, output.dtype)
        axes = len(output.shape)
        if self.layer.grid is None and axes == len(variants.shape):
            last = self.data_format == "channels_last"
            return variants if last else keras.ops.moveaxis(variants, -1, 1)
        rows, channels = keras.ops.shape(variants)[0], output.shape[-1]
        patches = keras.ops.reshape(variants, (rows, -1, channels))
        count_of_others = output.shape[1] - patches.shape[1]
        others = output[:, :count_of_others]
        others = keras.ops.broadcast_to(others, (rows, count_of_others, channels))
        return keras.ops.concatenate([others, patches], axis=1)


class Rest:
    """The part of a model behind a layer: called as the model is, but with what the layer gives.

    `parts` are of the innermost graph that the layer lies in, and of those around it; `symbol`
    stands for what the layer gives.
    """

    def __init__(self, parts: Sequence[keras.Function]) -> None:
        self._parts = parts
        [self.symbol] = parts[0].inputs

    def __call__(self, output: Any, training: bool) -> Any:
        """Return what the model gives."""
        for part in self._parts:
            given = keras.tree.flatten(output)
            output = run_through(part, given, partial(_told, training=training))
        return output


def rest_of(model: keras.Model, layer: keras.Operation, axes: int) -> Rest | None:
    """Return what a graph does with a layer's output; None where it needs more than that.

    So it does where the layer is called more than once, is passed by on another way, or gives what
    hasn't so many axes: tokens laid out as a map, and others beside them.
    """
    calls = calls_of(model, layer) if is_graph(model) else []
    if len(calls) != 1 or [len(symbol.shape) for symbol in calls[0][-1].outputs] != [axes]:
        return None
    [nodes] = calls
    graphs = [model, *(node.operation for node in nodes[:-1])]
    if not all(type(graph).call.__module__.startswith("keras.") for graph in graphs):
        return None  # one that calls its graph in a way of its own
    try:
        parts = [
            keras.Function(node.outputs, output_structure(graph), name="rest")
            for graph, node in zip(graphs, nodes, strict=True)
        ]
    except ValueError:  # the output needs something else too
        return None
    return Rest(parts[::-1])


def _told(operation: keras.Operation, training: bool) -> Callable[..., Any]:
    """Return the operation as a graph calls it: told whether it trains, whatever it was told."""
    if not takes_context(operation, "training"):
        return operation  # type: ignore[no-any-return] # Keras is untyped
    return lambda *args, **kwargs: operation(*args, **{**kwargs, "training": training})
