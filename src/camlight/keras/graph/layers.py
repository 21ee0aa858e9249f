"""The layers of a model at whatever depth, and every way to name one."""

from collections.abc import Iterator
from difflib import get_close_matches
from numbers import Integral
from typing import Any

import keras

from .nodes import LayerCall, members_of


def all_layers(model: keras.Model) -> Iterator[LayerCall]:
    """Yield every layer and operation of `model`, also inside nested models and layers, once."""
    seen: set[int] = set()

    def walk(parent: Any, prefix: str) -> Iterator[LayerCall]:
        for operation in members_of(parent):
            if id(operation) not in seen:
                seen.add(id(operation))
                yield LayerCall(operation, prefix + operation.name)
                yield from walk(operation, f"{prefix}{operation.name}/")

    return walk(model, "")


def find_layer(model: keras.Model, layer: Any) -> LayerCall:
    """Return the layer that was asked for by its name, path or index, or by itself."""
    if isinstance(layer, keras.Operation):
        for known in all_layers(model):
            if known.operation is layer:
                return known
        raise ValueError(
            f"Expected `layer` to be part of model `{model.name}`. Received: layer `{layer.name}`, "
            "which isn't. Take it from `model.layers` or `model.get_layer(name)`."
        )
    if isinstance(layer, Integral) and not isinstance(layer, bool):
        return _by_index(model, int(layer))
    if isinstance(layer, str):
        return _by_name(model, layer)
    raise TypeError(
        "Expected `layer` to be None, a layer's name or path, its index in `model.layers`, a "
        "keras.layers.Layer, or a list of these. "
        f"Received: {layer!r} of type {type(layer).__name__}."
    )


def _by_index(model: keras.Model, index: int) -> LayerCall:
    count = len(model.layers)
    if not -count <= index < count:
        raise ValueError(
            f"Expected `layer` to be an index into the {count} layers of model `{model.name}`"
            + (f", {-count} to {count - 1}. " if count else ". ")
            + f"Received: {index}."
        )
    layer = model.layers[index]
    return LayerCall(layer, layer.name)


def _by_name(model: keras.Model, name: str) -> LayerCall:
    every = list(all_layers(model))
    exact = [layer for layer in every if layer.path == name]
    inside = [layer for layer in every if layer.path.endswith(f"/{name}")]
    found = exact or inside
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(
            f"Expected `layer` to name one layer of model `{model.name}`. Received: {name!r}, "
            f"which names several: {', '.join(layer.path for layer in found)}. "
            + ("Give the layer itself." if exact else "Give one of these paths.")
        )
    close = get_close_matches(name, [layer.path for layer in every], n=3)
    hint = f"Did you mean {' or '.join(map(repr, close))}?" if close else ""
    raise ValueError(
        f"Expected `layer` to name a layer of model `{model.name}`. Received: {name!r}, "
        f"which it doesn't have. {hint or '`camlight.layers(model)` lists what there is.'}"
    )
