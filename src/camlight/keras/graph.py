"""The graph of a functional or Sequential model, read without running it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

__all__ = ["crossings", "finds_features", "head_activation", "is_feature_map", "is_graph"]

Node = Any
"""Keras's record of one call of one operation; it has no public name."""


def is_graph(model: Any) -> bool:
    """Say whether `model` knows its own graph: functional, or Sequential and built."""
    if isinstance(model, keras.Sequential):
        return bool(model.built) and hasattr(model, "outputs")
    return isinstance(model, keras.Model) and bool(getattr(model, "outputs", None))


def crossings(model: keras.Model) -> Iterator[Node]:
    """Yield the nodes that every path from the picture to the output crosses, last first.

    Walks back from the output through the latest node that is still to visit; whenever no other
    one is waiting, all paths have met in it.
    """
    on_the_way = _between(_node_of(_picture_input(model)), _node_of(model.outputs[0]))
    known = set(map(id, on_the_way))
    waiting = {id(node) for node in on_the_way[-1:]}
    for node in reversed(on_the_way):
        waiting.remove(id(node))
        if not waiting and not node.is_input:
            yield node
        waiting.update(id(parent) for parent in node.parent_nodes if id(parent) in known)


def head_activation(model: keras.Model) -> str:
    """Return ``"softmax"`` or ``"sigmoid"`` where the model's graph ends in one, else ``""``."""
    if not is_graph(model):
        return ""
    operation = _node_of(model.outputs[0]).operation
    if is_graph(operation):
        return head_activation(operation)
    activation = getattr(operation, "activation", operation)
    name = getattr(activation, "__name__", type(activation).__name__).lower()
    return name if name in ("softmax", "sigmoid") else ""


def is_feature_map(node: Node) -> bool:
    """Say whether something was computed from the picture here, beyond preparing it.

    True once an operation that finds features lies at or before the node.
    """
    pending, seen = [node], set()
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if finds_features(node.operation):
            return True
        pending.extend(node.parent_nodes)
    return False


def finds_features(operation: keras.Operation) -> bool:
    """Say whether an operation pools or has weights, other than a `Normalization` of the input."""
    if isinstance(operation, keras.layers.Normalization):
        return False
    return hasattr(operation, "pool_size") or bool(getattr(operation, "weights", None))


def _picture_input(model: keras.Model) -> keras.KerasTensor:
    pictures = [tensor for tensor in model.inputs if len(tensor.shape) == 4]
    return (pictures or model.inputs)[0]


def _node_of(tensor: keras.KerasTensor) -> Node:
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def _between(start: Node, end: Node) -> list[Node]:
    """Return the nodes on any path from `start` to `end`, each after all its parents."""
    reached, on_the_way = {id(start)}, []
    for node in _ancestors(end):
        if node is start or any(id(parent) in reached for parent in node.parent_nodes):
            reached.add(id(node))
            on_the_way.append(node)
    return on_the_way


def _ancestors(end: Node) -> list[Node]:
    """Return `end` and all that leads to it, each node after all its parents."""
    ordered: list[Node] = []
    seen, stack = set(), [(end, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            ordered.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parent_nodes)
    return ordered
