"""The layer that suits a model, read from its graph where that tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras

from .graph import (
    calls_before,
    calls_of,
    crossings,
    cuts_patches,
    finds_features,
    is_feature_map,
    is_graph,
    makers,
    node_of,
    run_order,
    sources_of,
    structure_of,
    within,
)
from .maps import Maps, maps_of
from .outputs import choose_output
from .places import Place
from .running import Run
from .search import last_seen
from .tokens import Grid, fits

__all__ = ["automatic_layer", "seen_by"]


def automatic_layer(run: Run, grid: Grid | None = None) -> Place | None:
    """Return the last feature map that every path from the picture to the output crosses.

    Among the tokens of a vision transformer, it is the last whose patches still have a say in
    the output; where the output is itself a map, as in a segmentation, it is one before the layer
    that makes it. None where there is no such layer.

    Parameters
    ----------
    run : Run
        Of a built model.
    grid : tuple of int, optional
        How the tokens of a vision transformer lie in the picture, where the user says so.
    """
    model, maps = run.model, maps_of(run.model, run.size)
    if not model.layers:
        return None
    if is_graph(model):
        end = choose_output(model, structure_of(model), run.output).tensor
        run = replace(run, picture=seen_by(run, sources_of(model, node_of(end))))
        walk = _Walk(maps, makers(end) if maps.is_spatial(end.shape) else [])
        found = walk.last(model, [model.inputs[run.picture]], [end])
        if walk.certain:
            return found
    return last_seen(run, maps, grid)


def seen_by(run: Run, sources: Sequence[int]) -> int:
    """Return which picture is among the inputs `sources`: the run's own one, or else the first."""
    rank = len(run.model.inputs[run.picture].shape)
    pictures = [i for i in sources if len(run.model.inputs[i].shape) == rank]
    return pictures[0] if pictures and run.picture not in pictures else run.picture


class _Walk:
    """A walk back through a graph, from its output to the last map that all paths cross.

    Attributes
    ----------
    certain : bool
        Whether the graph showed all that matters: no map is hidden inside a layer, and the model
        doesn't go on with the map as a sequence of tokens.
    """

    def __init__(self, maps: Maps, left_out: Sequence[Any]) -> None:
        self.certain = True
        self._maps = maps
        self._left_out = set(map(id, left_out))

    def last(
        self,
        model: keras.Model,
        starts: Sequence[keras.KerasTensor],
        ends: Sequence[keras.KerasTensor],
        sequences: Sequence[int | None] = (),
    ) -> Place | None:
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
            if len(node.output_tensors) == 1 and self._maps.is_spatial(shape):
                if not is_feature_map(node):
                    break
                self.certain = self.certain and not (
                    self._goes_on_as_tokens(shape, later) or (later and cuts_patches(operation))
                )
                several = len(calls_of(model, operation)) > 1
                call = calls_before(model, node, operation) if several else -1
                return Place(operation, operation.name, call)
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
                found += [shape[1] for shape in shapes if len(shape) == 3 != self._maps.rank + 2]
        return found

    def _goes_on_as_tokens(
        self, shape: Sequence[int | None], sequences: Sequence[int | None]
    ) -> bool:
        sizes = self._maps.cells(shape)
        if None in sizes or None in sequences:
            return bool(sequences)
        return any(length and fits(sizes, length) for length in sequences)


def _outside(model: keras.Model, node: Any, inner: Place) -> Place:
    """Return a place inside a nested graph as seen from the graph around it."""
    call, operation = -1, inner.operation
    if len(calls_of(model, operation)) > 1:
        last = len(calls_of(node.operation, operation)) - 1
        call = calls_before(model, node, operation) + (last if inner.call < 0 else inner.call)
    return replace(inner, path=f"{node.operation.name}/{inner.path}", call=call)


def _hides_maps(operation: keras.Operation) -> bool:
    """Say whether convolutions run inside an operation where the graph doesn't show them."""
    if is_graph(operation) or not isinstance(operation, keras.layers.Layer):
        return False
    inner = operation._flatten_layers(include_self=False)
    return any(hasattr(layer, "kernel_size") for layer in inner)
