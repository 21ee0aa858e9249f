"""Which of a model's outputs is explained, and the softmax or sigmoid that it ends in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from numbers import Integral
from typing import Any, Literal

import keras

from .nodes import calls_before, inner_output, is_graph, node_of, output_structure


@dataclass(frozen=True)
class Choice:
    """One output of a model, its key or name, and the names of all outputs in order."""

    tensor: Any
    name: str
    names: tuple[str, ...]


def choose_output(model: keras.Model, outputs: Any, output: int | str | None) -> Choice:
    """Return the output that was asked for, of the tensors or symbols that the model gives.

    By default the first that holds one row of scores, or the first of all where none does.
    """
    leaves = _named(outputs)
    if is_graph(model):
        # a backend may sort a dict by its keys as it runs
        order = [name for name, _ in _named(output_structure(model))]
        leaves.sort(key=lambda leaf: order.index(leaf[0]))
    known = getattr(model, "output_names", None) or ()
    if not isinstance(outputs, dict) and len(known) == len(leaves):
        leaves = [(name, tensor) for name, (_, tensor) in zip(known, leaves, strict=True)]
    names = tuple(name for name, _ in leaves)
    index = _scores(leaves) if output is None else _index(model, names, output)
    return Choice(leaves[index][1], names[index], names)


def _named(outputs: Any, prefix: str = "") -> list[tuple[str, Any]]:
    """Return the tensors with their keys, nested ones joined by a slash."""
    if isinstance(outputs, dict):
        items = list(outputs.items())
    elif isinstance(outputs, (list, tuple)):
        items = list(zip(getattr(outputs, "_fields", range(len(outputs))), outputs, strict=True))
    else:
        return [(prefix, outputs)]
    return [
        leaf
        for key, value in items
        for leaf in _named(value, f"{prefix}/{key}" if prefix else str(key))
    ]


def _scores(leaves: Sequence[tuple[str, Any]]) -> int:
    rows = [i for i, (_, tensor) in enumerate(leaves) if len(getattr(tensor, "shape", ())) == 2]
    return rows[0] if rows else 0


def _index(model: keras.Model, names: tuple[str, ...], output: Any) -> int:
    has = f"model `{model.name}` has {len(names)} output{'s' if len(names) > 1 else ''}"
    listed = ", ".join(names) if any(names) else ""
    if isinstance(output, Integral) and not isinstance(output, bool):
        if -len(names) <= int(output) < len(names):
            return int(output) % len(names)
        raise ValueError(
            f"Expected `output` between 0 and {len(names) - 1}: {has}"
            f"{f', {listed}' if listed else ''}. Received: {output}."
        )
    if not isinstance(output, str):
        raise TypeError(
            "Expected `output` to be the index or the name of one of the model's outputs. "
            f"Received: {output!r} of type {type(output).__name__}."
        )
    if names.count(output) == 1:
        return names.index(output)
    close = get_close_matches(output, names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(
        f"Expected `output` to name an output: {has}{f', {listed}' if listed else ''}. "
        f"Received: {output!r}.{hint}"
    )


@dataclass(frozen=True)
class FinalActivation:
    """An operation that turns scores into probabilities."""

    operation: keras.Operation
    attribute: Literal["activation", "call"]  # the function of it that takes the scores
    kind: str  # "softmax" or "sigmoid"
    call: int = -1  # which of its calls it is, where the model makes several


def final_activation(model: keras.Model, output: int | str | None) -> FinalActivation | None:
    """Return the softmax or sigmoid that an output comes from, if the graph shows it."""
    if not is_graph(model):
        return None
    return _giving(model, choose_output(model, output_structure(model), output).tensor)


def _giving(model: keras.Model, output: keras.KerasTensor) -> FinalActivation | None:
    node = node_of(output)
    operation = node.operation
    if is_graph(operation):
        inner = _giving(operation, inner_output(output))
        if inner is None:
            return None
        earlier = calls_before(model, node, inner.operation)
        return replace(inner, call=inner.call + earlier)
    found = as_final_activation(operation)
    if found is not None:
        return replace(found, call=calls_before(model, node, operation))
    if passes_on(operation) and len(node.input_tensors) == 1:
        return _giving(model, node.input_tensors[0])
    return None


def as_final_activation(operation: keras.Operation) -> FinalActivation | None:
    """Return the softmax or sigmoid that `operation` is or ends in; None if it does in none."""
    if isinstance(operation, keras.layers.RNN):
        return None  # its activation is one inside of it
    activation = getattr(operation, "activation", None)
    if isinstance(activation, keras.Operation):
        return as_final_activation(activation)
    kind = _kind(activation)
    if kind:
        return FinalActivation(operation, "activation", kind)
    if isinstance(operation, keras.layers.Lambda):
        kind = _kind(operation.function)
    else:
        kind = "" if callable(activation) else _kind(type(operation))
    return FinalActivation(operation, "call", kind) if kind else None


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


def _kind(function: Any) -> str:
    name = getattr(function, "__name__", "").lower()
    return {"softmax_v2": "softmax"}.get(name, name if name in ("softmax", "sigmoid") else "")
