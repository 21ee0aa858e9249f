"""The graph of a functional or Sequential model, read without running it.

Only this file and `camlight.keras.run.hooks` use private names of Keras.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras

Node = Any
"""Keras's record of one call of one operation."""


@dataclass(frozen=True)
class LayerCall:
    """One call of an operation of a model: what a map is taken of."""

    operation: keras.Operation
    path: str  # the names of the models around it and its own, "backbone/out_relu"
    call: int = -1  # which of its calls is meant, where there are several; -1 for the last
    grid: tuple[int, ...] | None = None  # rows and columns of its tokens, where it gives some
    inside: str = ""  # a function of it, "activation": then what that is given is meant


PICTURE = LayerCall(keras.Operation(name="picture"), "")
"""The explained picture itself, as the model is given it: a layer of every model."""

ATTENTION = LayerCall(keras.Operation(name="attention"), "")
"""Stands for whatever gives attention; the number of its call says which time it does."""


def is_graph(model: Any) -> bool:
    """Say whether `model` knows its own graph: functional, or Sequential and built."""
    if isinstance(model, keras.Sequential):
        return bool(model.built) and hasattr(model, "outputs")
    return isinstance(model, keras.Model) and bool(getattr(model, "outputs", None))


def form_of(model: keras.Model) -> str:
    """Return in words how the model was written."""
    if isinstance(model, keras.Sequential):
        return "a Sequential model"
    return (
        "a functional model" if is_graph(model) else f"a subclassed model ({type(model).__name__})"
    )


def members_of(operation: Any) -> list[keras.Operation]:
    """Return the operations right inside a model or layer."""
    if isinstance(operation, keras.Sequential):
        return list(operation.layers)
    if hasattr(operation, "operations"):
        return list(operation.operations)
    if isinstance(operation, keras.layers.Layer):
        return list(operation._flatten_layers(include_self=False, recursive=False))
    return []


def inner_layers(layer: keras.layers.Layer, include_self: bool = False) -> list[Any]:
    """Return all layers inside a layer or model, at whatever depth."""
    return list(layer._flatten_layers(include_self=include_self))


def has_lost_its_value(variable: keras.Variable) -> bool:
    """Say whether a variable had a value that was taken away."""
    return variable._value is None and variable._initializer is None


def node_of(tensor: keras.KerasTensor) -> Node:
    """Return the call that gave `tensor`."""
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def origin_of(tensor: keras.KerasTensor) -> keras.Operation:
    """Return the operation that gave `tensor`."""
    return tensor._keras_history.operation


def inner_output(tensor: keras.KerasTensor) -> keras.KerasTensor:
    """Return the tensor inside a nested graph that comes out of it as `tensor`."""
    history = tensor._keras_history
    return history.operation.outputs[history.tensor_index]


def run_order(model: keras.Model) -> list[Node]:
    """Return the calls in the order in which a graph makes them."""
    by_depth = _function_of(model)._nodes_by_depth
    order = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
    return [node for node in order if not node.is_input]


def input_structure(model: keras.Model) -> Any:
    """Return what a graph takes, as the symbols that it was made of."""
    return _function_of(model)._inputs_struct


def output_structure(model: keras.Model) -> Any:
    """Return what a graph gives, as the symbols that it was made of; one in a list comes alone."""
    structure = _function_of(model)._outputs_struct
    alone = isinstance(structure, (list, tuple)) and len(structure) == 1
    return structure[0] if alone else structure


def _function_of(model: keras.Model) -> Any:
    return getattr(model, "_functional", None) or model


def run_through(function: keras.Function, inputs: list[Any], called: Callable[..., Any]) -> Any:
    """Return what a graph gives of `inputs`, each operation called as ``called(operation)`` is."""
    return function._run_through_graph(inputs, called)


def takes_context(operation: keras.Operation, name: str) -> bool:
    """Say whether Keras hands an argument such as ``"training"`` down to the operation."""
    return name in getattr(operation, "_call_context_args", ())


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


def inputs_of(model: keras.Model, layer: LayerCall) -> list[int]:
    """Return the positions of the model's inputs that a call of a layer depends on.

    Empty where the graph doesn't show the call.
    """
    calls = calls_of(model, layer.operation)
    if not -1 <= layer.call < len(calls) or not calls:
        return []
    return sources_of(model, calls[layer.call][0])


def sources_of(model: keras.Model, node: Node) -> list[int]:
    """Return the positions of the model's inputs that a call in its graph depends on."""
    roots = {id(earlier.operation) for earlier in ancestors([node]) if earlier.is_input}
    return [i for i, symbol in enumerate(model.inputs) if id(origin_of(symbol)) in roots]


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

    `before`, `node` and `behind` are the call of the nested graph among the nodes on the way, as
    `crossings` yields them; `ends` is where the paths end.
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
    """Return the calls that make `tensor`: the last layer with weights, and what follows it."""
    node = node_of(tensor)
    if is_graph(node.operation):
        return [node, *makers(inner_output(tensor))]
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
            waiting.append(inner_output(tensor))
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
        through = yield from in_a_line(inner_output(tensor))
    if not through or len(node.input_tensors) != 1:
        return False
    return (yield from in_a_line(node.input_tensors[0]))


def _between(starts: Sequence[Node], ends: Sequence[Node]) -> list[Node]:
    """Return the nodes on any path from a start to an end, each after all its parents."""
    reached, on_the_way = set(map(id, starts)), []
    for node in ancestors(ends):
        if id(node) in reached or any(id(parent) in reached for parent in node.parent_nodes):
            reached.add(id(node))
            on_the_way.append(node)
    return on_the_way


def ancestors(ends: Sequence[Node]) -> list[Node]:
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
