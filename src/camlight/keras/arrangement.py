"""Which part of what the user gave goes into which input of the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from PIL import Image

__all__ = ["Slot", "arrange"]


@dataclass(frozen=True)
class Slot:
    """One input of a model, and what was given for it.

    Attributes
    ----------
    name : str
        How to speak of it: ``"doc"``, or ``"doc['age']"`` where there are several.
    value : object
    shape : tuple, optional
        What the model takes, the batch axis first and None where it takes any size; None where
        nothing is known.
    optional : bool
        Whether the model does without it.
    """

    name: str
    value: Any
    shape: tuple[int | None, ...] | None = None
    optional: bool = False

    @property
    def rank(self) -> int:
        """The number of axes, the batch axis included."""
        if self.shape is not None:
            return len(self.shape)
        if isinstance(self.value, (Image.Image, str)):
            return 4
        return int(getattr(self.value, "ndim", 0))


Pack = Callable[[Sequence[Any]], Any]


def arrange(model: keras.Model, doc: Any) -> tuple[list[Slot], Pack]:
    """Return the inputs of the model with what was given for each, and how to pack them.

    Raises
    ------
    TypeError
        If the model takes several inputs and `doc` is no list, tuple or dict.
    ValueError
        If an input is missing, or there is one too many.
    """
    symbols = list(getattr(model, "inputs", None) or ())
    if not symbols:
        return _as_given(doc)
    graph = getattr(model, "_functional", None) or model
    structure = graph._inputs_struct
    if len(symbols) == 1:
        values = [_only(doc)]
        names = ["doc"]
    else:
        keys = _keys(structure, symbols)
        values = _matched(model, doc, keys, symbols)
        names = [f"doc[{key!r}]" for key in keys]
    slots = [
        Slot(name, value, tuple(symbol.shape), _is_optional(symbol))
        for name, value, symbol in zip(names, values, symbols, strict=True)
    ]
    return slots, lambda arrays: keras.tree.pack_sequence_as(structure, list(arrays))


def _as_given(doc: Any) -> tuple[list[Slot], Pack]:
    """Take the structure of `doc` as it is, for a model that doesn't say what it takes."""
    if isinstance(doc, (list, tuple, dict)) and any(map(_is_data, keras.tree.flatten(doc))):
        leaves = keras.tree.flatten(doc)
        slots = [Slot(f"doc[{i}]", leaf) for i, leaf in enumerate(leaves)]
        return slots, lambda arrays: keras.tree.pack_sequence_as(doc, list(arrays))
    return [Slot("doc", doc)], lambda arrays: arrays[0]


def _only(doc: Any) -> Any:
    """Return the one input out of a list or dict of it."""
    if isinstance(doc, (list, tuple, dict)) and len(doc) == 1:
        [inner] = doc.values() if isinstance(doc, dict) else doc
        return inner if _is_data(inner) else doc
    return doc


def _keys(structure: Any, symbols: Sequence[Any]) -> list[str]:
    """Return what the user calls the inputs, in the order of `symbols`."""
    if isinstance(structure, dict) and len(structure) == len(symbols):
        positions = {id(symbol): key for key, symbol in structure.items()}
        return [str(positions.get(id(symbol), symbol.name)) for symbol in symbols]
    return [str(symbol.name) for symbol in symbols]


def _matched(
    model: keras.Model, doc: Any, keys: Sequence[str], symbols: Sequence[Any]
) -> list[Any]:
    takes = f"the {len(keys)} inputs of model `{model.name}`, {', '.join(keys)}"
    if isinstance(doc, dict):
        optional = {key for key, symbol in zip(keys, symbols, strict=True) if _is_optional(symbol)}
        missing, unknown = set(keys) - set(doc) - optional, set(map(str, doc)) - set(keys)
        if missing or unknown:
            what = [f"no {', '.join(sorted(missing))}"] if missing else []
            what += [f"the unknown {', '.join(sorted(unknown))}"] if unknown else []
            raise ValueError(f"Expected `doc` to hold {takes}. Received: {' and '.join(what)}.")
        return [doc.get(key) for key in keys]
    if isinstance(doc, (list, tuple)):
        leaves = keras.tree.flatten(doc) if len(doc) != len(keys) else list(doc)
        if len(leaves) != len(keys):
            raise ValueError(f"Expected `doc` to hold {takes}. Received: {len(doc)} of them.")
        return leaves
    raise TypeError(
        f"Expected `doc` to be a list or a dict with {takes}. "
        f"Received: {type(doc).__name__}. Pass `{{{', '.join(f'{k!r}: ...' for k in keys)}}}`."
    )


def _is_optional(symbol: Any) -> bool:
    return bool(getattr(symbol._keras_history.operation, "optional", False))


def _is_data(leaf: Any) -> bool:
    return isinstance(leaf, (np.ndarray, str, Image.Image)) or keras.ops.is_tensor(leaf)
