"""Which of a model's outputs is explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from numbers import Integral
from typing import Any

import keras

from .graph import is_graph, structure_of

__all__ = ["Choice", "choose_output"]


@dataclass(frozen=True)
class Choice:
    """One output of a model, and what else there was.

    Attributes
    ----------
    tensor : KerasTensor or tensor of the backend
    name : str
        Its key, or its name in the model.
    names : tuple of str
        The names of all outputs, in the model's order.
    """

    tensor: Any
    name: str
    names: tuple[str, ...]


def choose_output(model: keras.Model, outputs: Any, output: int | str | None) -> Choice:
    """Return the output that was asked for, from the tensors or symbols that the model gives.

    Parameters
    ----------
    model : keras.Model
    outputs : tensor or nested list, tuple or dict of tensors
        What the model returns, or for a graph what it is known to return.
    output : int, str or None
        Position or name; None for the first output that holds one row of scores, shape
        ``(1, scores)``, or the first of all where none does.

    Raises
    ------
    TypeError
        If `output` is neither.
    ValueError
        If the model has no such output.
    """
    leaves = _named(outputs)
    if is_graph(model):
        # a backend may sort a dict by its keys as it runs
        order = [name for name, _ in _named(structure_of(model))]
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
