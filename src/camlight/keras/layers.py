"""Which layer to explain: the one that was asked for, or the one that suits the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from numbers import Integral
from typing import Any

import keras
import numpy as np

from .backends import load_backend
from .graph import crossings, finds_features, is_feature_map, is_graph
from .running import outputs_of

__all__ = ["Place", "data_format_of", "find_layer", "takes_pictures"]


@dataclass(frozen=True)
class Place:
    """An operation in a model, and what is known of its place there.

    Attributes
    ----------
    operation : keras.Operation
    path : str
        Names of the models around it and its own, such as ``"backbone/out_relu"``.
    tokens : int, optional
        Length of the sequence that the model goes on with behind it, as vision transformers do.
    """

    operation: keras.Operation
    path: str
    tokens: int | None = None


def find_layer(model: keras.Model, layer: Any, doc: np.ndarray) -> Place | None:
    """Return the layer that was asked for; for None the automatic one, or None if there is none.

    Parameters
    ----------
    model : keras.Model
    layer : None, int, str or keras.layers.Layer
        As in `camlight.explain_prediction_keras`.
    doc : ndarray, shape (1, H, W, C)
        An input: a model without a graph, such as a subclassed one, is run on it to find out.

    Raises
    ------
    TypeError
        If `layer` is of another type.
    ValueError
        If the model has no such layer.
    """
    if layer is None:
        return _automatic(model, doc)
    if isinstance(layer, keras.Operation):
        return _by_instance(model, layer)
    if isinstance(layer, Integral) and not isinstance(layer, bool):
        return _by_index(model, int(layer))
    if isinstance(layer, str):
        return _by_name(model, layer)
    raise TypeError(
        "Expected `layer` to be None, a layer's name or path, its index in `model.layers`, or a "
        f"keras.layers.Layer. Received: {layer!r} of type {type(layer).__name__}."
    )


def data_format_of(model: keras.Model) -> str:
    """Return ``"channels_last"`` or ``"channels_first"``: what the model's own layers say."""
    for place in _places(model):
        data_format = getattr(place.operation, "data_format", None)
        if data_format in ("channels_last", "channels_first"):
            return str(data_format)
    return str(keras.config.image_data_format())


def takes_pictures(model: keras.Model) -> bool:
    """Say whether a convolution or a pooling layer is anywhere in the model."""
    windows = ("kernel_size", "pool_size")
    return any(hasattr(p.operation, window) for p in _places(model) for window in windows)


def _automatic(model: keras.Model, doc: np.ndarray) -> Place | None:
    if not model.layers:
        return None
    data_format = data_format_of(model)
    if is_graph(model):
        found = _last_crossing(model, data_format)
        if found is not None or all(is_graph(inner) for inner in _inner_models(model)):
            return found
    return _last_seen(model, doc, data_format)


def _last_crossing(model: keras.Model, data_format: str) -> Place | None:
    """Return the last feature map that every path to the output crosses."""
    tokens = None
    for node in crossings(model):
        operation = node.operation
        if is_graph(operation):
            inner = _last_crossing(operation, data_format)
            if inner is not None:
                path = f"{operation.name}/{inner.path}"
                return replace(inner, path=path, tokens=tokens or inner.tokens)
        shape = node.output_tensors[0].shape
        if len(node.output_tensors) == 1 and _is_spatial(shape, data_format):
            return Place(operation, operation.name, tokens) if is_feature_map(node) else None
        if len(shape) == 3 and (finds_features(operation) or len(node.parent_nodes) > 1):
            tokens = shape[1]
    return None


def _last_seen(model: keras.Model, doc: np.ndarray, data_format: str) -> Place | None:
    """Run the model, and return the last map that came by and that every path crosses."""
    places = {id(place.operation): place for place in _places(model)}
    seen = outputs_of(model, [place.operation for place in places.values()], doc)
    learned = False
    maps = []
    for operation, shape in seen:
        learned = learned or finds_features(operation)
        if learned and _is_spatial(shape, data_format):
            maps.append(operation)
    backend = load_backend()
    for operation in reversed(maps):
        if backend.all_paths_cross(model, operation, doc):
            return places[id(operation)]
    return None


def _is_spatial(shape: tuple[int | None, ...], data_format: str) -> bool:
    if len(shape) != 4:
        return False
    return (shape[1:3] if data_format == "channels_last" else shape[2:4]) != (1, 1)


def _by_instance(model: keras.Model, layer: keras.Operation) -> Place:
    for place in _places(model):
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
    places = list(_places(model))
    exact = [place for place in places if place.path == name]
    inside = [place for place in places if place.path.endswith(f"/{name}")]
    if exact or len(inside) == 1:
        return (exact or inside)[0]
    if inside:
        raise ValueError(
            f"Expected `layer` to name one layer of model `{model.name}`. Received: {name!r}, "
            f"which names several: {', '.join(place.path for place in inside)}. "
            "Give one of these paths."
        )
    close = get_close_matches(name, [place.path for place in places], n=3)
    hint = f"Did you mean {' or '.join(map(repr, close))}?" if close else "See `model.summary()`."
    raise ValueError(
        f"Expected `layer` to name a layer of model `{model.name}`. Received: {name!r}, "
        f"which it doesn't have. {hint}"
    )


def _places(model: keras.Model) -> Iterator[Place]:
    """Yield every layer and operation of `model`, also inside nested models and layers, once."""
    seen: set[int] = set()

    def walk(parent: Any, prefix: str) -> Iterator[Place]:
        for operation in _members(parent):
            if id(operation) not in seen:
                seen.add(id(operation))
                yield Place(operation, prefix + operation.name)
                yield from walk(operation, f"{prefix}{operation.name}/")

    return walk(model, "")


def _members(operation: Any) -> list[keras.Operation]:
    if isinstance(operation, keras.Sequential):
        return list(operation.layers)
    if hasattr(operation, "operations"):
        return list(operation.operations)
    if isinstance(operation, keras.layers.Layer):
        return list(operation._flatten_layers(include_self=False, recursive=False))
    return []


def _inner_models(model: keras.Model) -> list[keras.Model]:
    return [p.operation for p in _places(model) if isinstance(p.operation, keras.Model)]
