"""The graph of a functional or Sequential model, read without running it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

import keras

__all__ = [
    "as_written",
    "calls_before",
    "calls_of",
    "crossings",
    "cuts_patches",
    "finds_features",
    "in_a_line",
    "inputs_of",
    "is_feature_map",
    "is_graph",
    "makers",
    "node_of",
    "operations_behind",
    "run_order",
    "sources_of",
    "structure_of",
    "within",
]

Node = Any
"""Keras's record of one call of one operation; it has no public name."""


def is_graph(model: Any) -> bool:
    """Say whether `model` knows its own graph: functional, or Sequential and built."""
    if isinstance(model, keras.Sequential):
        return bool(model.built) and hasattr(model, "outputs")
    return isinstance(model, keras.Model) and bool(getattr(model, "outputs", None))


def node_of(tensor: keras.KerasTensor) -> Node:
    """Return the call that gave `tensor`."""
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def run_order(model: keras.Model) -> list[Node]:
    """Return the calls in the order in which a graph makes them."""
    graph = getattr(model, "_functional", None) or model
    by_depth = graph._nodes_by_depth
    order = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
    return [node for node in order if not node.is_input]


def structure_of(model: keras.Model) -> Any:
    """Return what a graph gives, as the symbols that it was made of; one in a list comes alone."""
    structure = (getattr(model, "_functional", None) or model)._outputs_struct
    alone = isinstance(structure, (list, tuple)) and len(structure) == 1
    return structure[0] if alone else structure


def calls_of(model: keras.Model, operation: keras.Operation) -> list[tuple[Node, ...]]:
    """Return the calls that one run of a graph makes of `operation`, at whatever depth it lies.

    In the order in which they are made, each with the calls of the nested graphs around it, the
    outermost first.
    """
    found: list[tuple[Node, ...]] = []
    for node in run_order(model):
        if node.operation is operation:
            found.append((node,))
        elif is_graph(node.operation):
            found += [(node, *inner) for inner in calls_of(node.operation, operation)]
    return found


def calls_before(model: keras.Model, node: Node, operation: keras.Operation) -> int:
    """Return how often `operation` was called when a run of a graph comes to `node`."""
    return next(i for i, call in enumerate(calls_of(model, operation)) if call[0] is node)


def as_written(model: keras.Model, operation: keras.Operation) -> list[int]:
    """Return the calls of `operation`, by their number in the run, in the order of the code.

    Keras runs branches of a graph in an order of its own.
    """
    calls = calls_of(model, operation)
    chains = [tuple(id(node.operation) for node in call) for call in calls]
    nodes = [
        tuple(
            next(i for i, n in enumerate(node.operation._inbound_nodes) if n is node)
            for node in call
        )
        for call in calls
    ]
    return sorted(range(len(calls)), key=lambda i: (chains.index(chains[i]), nodes[i]))


def inputs_of(model: keras.Model, operation: keras.Operation, call: int) -> list[int]:
    """Return the positions of the model's inputs that one call of `operation` depends on.

    Empty where the graph doesn't show the call; -1 is the last one.
    """
    calls = calls_of(model, operation)
    if not -1 <= call < len(calls) or not calls:
        return []
    return sources_of(model, calls[call][0])


def sources_of(model: keras.Model, node: Node) -> list[int]:
    """Return the positions of the model's inputs that a call in its graph depends on."""
    roots = {id(earlier.operation) for earlier in _ancestors([node]) if earlier.is_input}
    symbols = enumerate(model.inputs)
    return [i for i, symbol in symbols if id(symbol._keras_history.operation) in roots]


def crossings(
    starts: Sequence[keras.KerasTensor], ends: Sequence[keras.KerasTensor]
) -> Iterator[tuple[list[Node], Node, list[Node]]]:
    """Yield the nodes that every path from the starts to the ends crosses, last first.

    Each comes with the nodes on any of these paths that lie before it and behind it. Walks back
    from the ends through the latest node that is still to visit; whenever no other one is
    waiting, all paths have met in it.
    """
    goals = {id(node_of(tensor)) for tensor in ends}
    on_the_way = _between([node_of(t) for t in starts], [node_of(t) for t in ends])
    known = set(map(id, on_the_way))
    waiting = goals & known
    for i, node in reversed(list(enumerate(on_the_way))):
        waiting.remove(id(node))
        if not waiting and not node.is_input:
            yield on_the_way[:i], node, on_the_way[i + 1 :]
        waiting.update(id(parent) for parent in node.parent_nodes if id(parent) in known)


def within(
    before: Sequence[Node], node: Node, behind: Sequence[Node], ends: Sequence[keras.KerasTensor]
) -> tuple[list[keras.KerasTensor], list[keras.KerasTensor]]:
    """Return the inputs and the outputs of a nested graph that the paths take when it is called.

    Parameters
    ----------
    before, node, behind
        The call of the nested graph among the nodes on the way, as `crossings` yields them.
    ends : sequence of KerasTensor
        Where the paths end.
    """
    inner = node.operation
    earlier = set(map(id, before))
    entered = [id(node_of(tensor)) in earlier for tensor in node.input_tensors]
    starts = [t for t, used in zip(inner.inputs, entered, strict=False) if used]
    taken = {id(t) for t in ends} | {id(t) for later in behind for t in later.input_tensors}
    leaving = [id(tensor) in taken for tensor in node.output_tensors]
    goals = [t for t, used in zip(inner.outputs, leaving, strict=False) if used]
    return starts or list(inner.inputs), goals or list(inner.outputs)


def makers(tensor: keras.KerasTensor) -> list[Node]:
    """Return the calls that give `tensor` its values.

    These are the last layer with weights, and what follows it in a line.
    """
    node = node_of(tensor)
    if is_graph(node.operation):
        return [node, *makers(node.operation.outputs[tensor._keras_history.tensor_index])]
    if getattr(node.operation, "weights", None) or len(node.input_tensors) != 1:
        return [node]
    return [node, *makers(node.input_tensors[0])]


def operations_behind(tensor: keras.KerasTensor) -> set[int]:
    """Return the ids of all operations that `tensor` comes from, also inside nested graphs."""
    found, known, waiting = set[int](), set[int](), [tensor]
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in known:
            continue
        known.add(id(tensor))
        node = node_of(tensor)
        found.add(id(node.operation))
        waiting += node.input_tensors
        if is_graph(node.operation):
            waiting.append(node.operation.outputs[tensor._keras_history.tensor_index])
    return found


def in_a_line(tensor: keras.KerasTensor) -> Generator[keras.Operation, None, bool]:
    """Yield the operations that `tensor` comes from, the last first, while each has one input.

    Of a nested graph it yields that itself, those inside, and then those before it. Returns
    whether the line goes back to an input.
    """
    node = node_of(tensor)
    if node.is_input:
        return True
    yield node.operation
    through = True
    if is_graph(node.operation):
        inner = node.operation.outputs[tensor._keras_history.tensor_index]
        through = yield from in_a_line(inner)
    if not through or len(node.input_tensors) != 1:
        return False
    return (yield from in_a_line(node.input_tensors[0]))


def is_feature_map(node: Node) -> bool:
    """Say whether something was computed from the picture here, beyond preparing it.

    True once an operation that finds features lies at or before the node.
    """
    return any(finds_features(earlier.operation) for earlier in _ancestors([node]))


def finds_features(operation: keras.Operation) -> bool:
    """Say whether an operation pools or has weights, other than a `Normalization` of the input."""
    if isinstance(operation, keras.layers.Normalization):
        return False
    return hasattr(operation, "pool_size") or bool(getattr(operation, "weights", None))


def cuts_patches(operation: keras.Operation) -> bool:
    """Say whether an operation is a convolution whose windows lie side by side."""
    window = tuple(getattr(operation, "kernel_size", ()))
    return max(window, default=1) > 1 and window == tuple(getattr(operation, "strides", ()))


def _between(starts: Sequence[Node], ends: Sequence[Node]) -> list[Node]:
    """Return the nodes on any path from a start to an end, each after all its parents."""
    reached, on_the_way = set(map(id, starts)), []
    for node in _ancestors(ends):
        if id(node) in reached or any(id(parent) in reached for parent in node.parent_nodes):
            reached.add(id(node))
            on_the_way.append(node)
    return on_the_way


def _ancestors(ends: Sequence[Node]) -> list[Node]:
    """Return `ends` and all that leads to them, each node after all its parents."""
    ordered: list[Node] = []
    seen: set[int] = set()
    stack = [(end, False) for end in ends]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            ordered.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parent_nodes)
    return ordered
