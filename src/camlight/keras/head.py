"""The softmax or sigmoid that a model ends in, and where its input can be caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import keras

from .graph import calls_before, is_graph, node_of
from .tap import tapped_inside

__all__ = ["Head", "before", "ending", "head_of", "passes_on"]


@dataclass(frozen=True)
class Head:
    """An operation that turns scores into probabilities.

    Attributes
    ----------
    operation : keras.Operation
    attribute : {"activation", "call"}
        The function of the operation that takes the scores.
    kind : {"softmax", "sigmoid"}
    call : int
        Which of the operation's calls it is, where the model makes several.
    """

    operation: keras.Operation
    attribute: Literal["activation", "call"]
    kind: str
    call: int = -1


def head_of(model: keras.Model, output: keras.KerasTensor) -> Head | None:
    """Return the head that gives `output` in a graph; None where it ends in something else."""
    node = node_of(output)
    operation = node.operation
    if is_graph(operation):
        inner = head_of(operation, operation.outputs[output._keras_history.tensor_index])
        if inner is None:
            return None
        earlier = calls_before(model, node, inner.operation)
        return replace(inner, call=inner.call + earlier)
    found = ending(operation)
    if found is not None:
        return replace(found, call=calls_before(model, node, operation))
    if passes_on(operation) and len(node.input_tensors) == 1:
        return head_of(model, node.input_tensors[0])
    return None


def ending(operation: keras.Operation) -> Head | None:
    """Return the head that `operation` is; None if it is none."""
    if isinstance(operation, keras.layers.RNN):
        return None  # its activation is one inside of it
    activation = getattr(operation, "activation", None)
    if isinstance(activation, keras.Operation):
        return ending(activation)
    kind = _kind(activation)
    if kind:
        return Head(operation, "activation", kind)
    if isinstance(operation, keras.layers.Lambda):
        kind = _kind(operation.function)
    else:
        kind = "" if callable(activation) else _kind(type(operation))
    return Head(operation, "call", kind) if kind else None


def passes_on(operation: keras.Operation) -> bool:
    """Say whether the values of the operation's output are those of its input."""
    kinds = (
        keras.layers.Dropout,
        keras.layers.Flatten,
        keras.layers.Identity,
        keras.layers.Reshape,
    )
    linear = isinstance(operation, keras.layers.Activation) and (
        operation.activation is keras.activations.linear
    )
    return linear or isinstance(operation, kinds)


@contextmanager
def before(head: Head | None) -> Iterator[Callable[[Any], Any]]:
    """Catch what `head` is given while a model runs.

    Yields the function that takes the model's output and returns the scores before it, in the
    same shape; without a head, the output itself.
    """
    if head is None:
        yield lambda output: output
        return
    heard: list[Any] = []

    def hear(scores: Any) -> Any:
        heard.append(scores)
        return scores

    with tapped_inside(head.operation, head.attribute, hear):
        yield lambda output: keras.ops.reshape(heard[head.call], output.shape)


def _kind(function: Any) -> str:
    name = getattr(function, "__name__", "").lower()
    return {"softmax_v2": "softmax"}.get(name, name if name in ("softmax", "sigmoid") else "")
