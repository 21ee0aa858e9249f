"""The part of a model behind a layer, as far as the model's graph shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras

from .graph import calls_of, is_graph, structure_of

__all__ = ["Tail", "tail_of"]


def tail_of(model: keras.Model, layer: keras.Operation, axes: int) -> Tail | None:
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
            keras.Function(node.outputs, structure_of(graph), name="tail")
            for graph, node in zip(graphs, nodes, strict=True)
        ]
    except ValueError:
        return None
    return Tail(parts[::-1])


class Tail:
    """Called as the model is, but with what the layer gives.

    Parameters
    ----------
    parts : sequence of keras.Function
        Of the innermost graph that the layer lies in, and of those around it.

    Attributes
    ----------
    symbol : KerasTensor
        Stands for what the layer gives.
    """

    def __init__(self, parts: Sequence[keras.Function]) -> None:
        self._parts = parts
        [self.symbol] = parts[0].inputs

    def __call__(self, output: Any, training: bool) -> Any:
        """Return what the model gives."""
        for part in self._parts:
            given = keras.tree.flatten(output)
            output = part._run_through_graph(given, partial(_told, training=training))
        return output


def _told(operation: keras.Operation, training: bool) -> Callable[..., Any]:
    """Return the operation as a graph calls it: told whether it trains, whatever it was told."""
    if "training" not in getattr(operation, "_call_context_args", ()):
        return operation  # type: ignore[no-any-return] # Keras is untyped
    return lambda *args, **kwargs: operation(*args, **{**kwargs, "training": training})
