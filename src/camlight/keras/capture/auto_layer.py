"""The layer that suits a model: the last map that everything seen in the picture goes through.

The rules are the same for a graph, which is read, and for any other model, which is run:

* something was learned of the picture there: a layer that pools or has weights lies before;
* it is a map of more than one cell, or tokens that lie in a grid;
* every path from the picture to the output crosses it, and its patches have a say in the output;
* the model goes on with it as a map, not as a sequence of tokens;
* where the output is itself a map, it lies before the layer that makes the output.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras

from camlight.keras.graph.nodes import (
    LayerCall,
    ancestors,
    calls_before,
    calls_of,
    crossings,
    inner_layers,
    is_graph,
    makers,
    node_of,
    output_structure,
    run_order,
    sources_of,
    within,
)
from camlight.keras.graph.outputs import choose_output
from camlight.keras.graph.spatial import FeatureMapSpec, Grid, fits, spec_of
from camlight.keras.run.forward import ForwardPass

from .from_run import cuts_patches, finds_features, layer_from_run


def auto_layer(run: ForwardPass, grid: Grid | None = None) -> LayerCall | None:
    """Return the layer that suits a built model; None where there is none.

    `grid` says how the tokens of a vision transformer lie in the picture, if the user does.
    """
    model, spec = run.model, spec_of(run.model, run.size)
    if not model.layers:
        return None
    if is_graph(model):
        end = choose_output(model, output_structure(model), run.output).tensor
        run = run.seeing(sources_of(model, node_of(end)))
        walk = _Walk(spec, makers(end) if spec.is_spatial(end.shape) else [])
        found = walk.last(model, [model.inputs[run.picture]], [end])
        if walk.certain:
            return found
    return layer_from_run(run, spec, grid)


class _Walk:
    """A walk back through a graph, from its output to the last map that all paths cross.

    It is `certain` unless a map is hidden inside a layer, or the model goes on with the map as
    a sequence of tokens.
    """

    def __init__(self, spec: FeatureMapSpec, left_out: Sequence[Any]) -> None:
        self.certain = True
        self._spec = spec
        self._left_out = set(map(id, left_out))

    def last(
        self,
        model: keras.Model,
        starts: Sequence[keras.KerasTensor],
        ends: Sequence[keras.KerasTensor],
        sequences: Sequence[int | None] = (),
    ) -> LayerCall | None:
        """Return the last map between `starts` and `ends`; None if there is none.

        `sequences` are the lengths of those that are computed of behind a nested model.
        """
        for before, node, behind in crossings(starts, ends):
            operation, shape = node.operation, node.output_tensors[0].shape
            later = [*sequences, *self._sequences(behind)]
            if is_graph(operation):
                inner = self.last(operation, *within(before, node, behind, ends), later)
                if inner is not None:
                    return _outside(model, node, inner)
            if id(node) in self._left_out:
                continue
            if len(node.output_tensors) == 1 and self._spec.is_spatial(shape):
                if not any(finds_features(earlier.operation) for earlier in ancestors([node])):
                    break
                self.certain = self.certain and not (
                    self._goes_on_as_tokens(shape, later) or (later and cuts_patches(operation))
                )
                several = len(calls_of(model, operation)) > 1
                call = calls_before(model, node, operation) if several else -1
                return LayerCall(operation, operation.name, call)
            if _hides_maps(operation):
                self.certain = False
        self.certain = self.certain and not self._sequences(run_order(model))
        return None

    def _sequences(self, nodes: Sequence[Any]) -> list[int | None]:
        """Return the lengths of the sequences that something is computed of at the nodes."""
        found: list[int | None] = []
        for node in nodes:
            if is_graph(node.operation):
                found += self._sequences(run_order(node.operation))
            elif finds_features(node.operation) or len(node.parent_nodes) > 1:
                shapes = [tensor.shape for tensor in node.output_tensors]
                found += [shape[1] for shape in shapes if len(shape) == 3 != self._spec.rank + 2]
        return found

    def _goes_on_as_tokens(
        self, shape: Sequence[int | None], sequences: Sequence[int | None]
    ) -> bool:
        sizes = self._spec.cells(shape)
        if None in sizes or None in sequences:
            return bool(sequences)
        return any(length and fits(sizes, length) for length in sequences)


def _outside(model: keras.Model, node: Any, inner: LayerCall) -> LayerCall:
    """Return a layer inside a nested graph as seen from the graph around it."""
    call, operation = -1, inner.operation
    if len(calls_of(model, operation)) > 1:
        last = len(calls_of(node.operation, operation)) - 1
        call = calls_before(model, node, operation) + (last if inner.call < 0 else inner.call)
    return replace(inner, path=f"{node.operation.name}/{inner.path}", call=call)


def _hides_maps(operation: keras.Operation) -> bool:
    """Say whether convolutions run inside an operation where the graph doesn't show them."""
    if is_graph(operation) or not isinstance(operation, keras.layers.Layer):
        return False
    return any(hasattr(layer, "kernel_size") for layer in inner_layers(operation))
