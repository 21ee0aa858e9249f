"""The layers of a model at whatever depth, and every way to name one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from numbers import Integral
from typing import Any

import keras

__all__ = ["PICTURE", "Place", "place_of", "places"]


@dataclass(frozen=True)
class Place:
    """An operation in a model, and what is known of its place there.

    Attributes
    ----------
    operation : keras.Operation
    path : str
        Names of the models around it and its own, such as ``"backbone/out_relu"``.
    call : int
        Which of its calls is meant, where the model makes several; -1 for the last.
    grid : tuple of int, optional
        How its tokens lie in the picture, ``(h, w)``, where it gives tokens and this is known.
    inside : str
        A function that the operation holds, such as ``"activation"``: meant is what that is given.
        By default what the operation gives.
    """

    operation: keras.Operation
    path: str
    call: int = -1
    grid: tuple[int, ...] | None = None
    inside: str = ""


PICTURE = Place(keras.Operation(name="picture"), "")
"""The explained picture itself, as the model is given it: a place in every model."""


def place_of(model: keras.Model, layer: Any) -> Place:
    """Return the layer that was asked for.

    Parameters
    ----------
    model : keras.Model
    layer : int, str or keras.layers.Layer
        As in `camlight.explain_prediction_keras`.

    Raises
    ------
    TypeError
        If `layer` is of another type.
    ValueError
        If the model has no such layer.
    """
    if isinstance(layer, keras.Operation):
        return _by_instance(model, layer)
    if isinstance(layer, Integral) and not isinstance(layer, bool):
        return _by_index(model, int(layer))
    if isinstance(layer, str):
        return _by_name(model, layer)
    raise TypeError(
        "Expected `layer` to be None, a layer's name or path, its index in `model.layers`, a "
        "keras.layers.Layer, or a list of these. "
        f"Received: {layer!r} of type {type(layer).__name__}."
    )


def places(model: keras.Model) -> Iterator[Place]:
    """Yield every layer and operation of `model`, also inside nested models and layers, once."""
    seen: set[int] = set()

    def walk(parent: Any, prefix: str) -> Iterator[Place]:
        for operation in _members(parent):
            if id(operation) not in seen:
                seen.add(id(operation))
                yield Place(operation, prefix + operation.name)
                yield from walk(operation, f"{prefix}{operation.name}/")

    return walk(model, "")


def _by_instance(model: keras.Model, layer: keras.Operation) -> Place:
    for place in places(model):
        if place.operation is layer:
            return place
    raise ValueError(
        f"Expected `layer` to be part of model `{model.name}`. Received: layer `{layer.name}`, "
        "which isn't. Take it from `model.layers` or `model.get_layer(name)`."
    )


def _by_index(model: keras.Model, index: int) -> Place:
    count = len(model.layers)
    if not -count <= index < count:
        raise ValueError(
            f"Expected `layer` to be an index into the {count} layers of model `{model.name}`"
            + (f", {-count} to {count - 1}. " if count else ". ")
            + f"Received: {index}."
        )
    layer = model.layers[index]
    return Place(layer, layer.name)


def _by_name(model: keras.Model, name: str) -> Place:
    every = list(places(model))
    exact = [place for place in every if place.path == name]
    inside = [place for place in every if place.path.endswith(f"/{name}")]
    if len(exact) == 1 or (not exact and len(inside) == 1):
        return (exact or inside)[0]
    if exact or inside:
        found = exact or inside
        raise ValueError(
            f"Expected `layer` to name one layer of model `{model.name}`. Received: {name!r}, "
            f"which names several: {', '.join(place.path for place in found)}. "
            + ("Give the layer itself." if exact else "Give one of these paths.")
        )
    close = get_close_matches(name, [place.path for place in every], n=3)
    hint = f"Did you mean {' or '.join(map(repr, close))}?" if close else ""
    raise ValueError(
        f"Expected `layer` to name a layer of model `{model.name}`. Received: {name!r}, "
        f"which it doesn't have. {hint or '`camlight.layers(model)` lists what there is.'}"
    )


def _members(operation: Any) -> list[keras.Operation]:
    if isinstance(operation, keras.Sequential):
        return list(operation.layers)
    if hasattr(operation, "operations"):
        return list(operation.operations)
    if isinstance(operation, keras.layers.Layer):
        return list(operation._flatten_layers(include_self=False, recursive=False))
    return []
