"""Which layers to explain: those that were asked for, or the one that suits the model."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import Any

from .automatic import automatic_layer, seen_by
from .graph import as_written, inputs_of, is_graph
from .places import Place, place_of
from .running import Run
from .tokens import checked_grid

__all__ = ["drawn_input", "find_layers"]


def find_layers(run: Run, layer: Any, call: Any = None, grid: Any = None) -> list[Place]:
    """Return the layers that were asked for; for None the automatic one, or none if there is none.

    Parameters
    ----------
    run : Run
        Of a built model: one without a graph, such as a subclassed one, is run to find out.
    layer, call, grid
        As in `camlight.explain_prediction_keras`.

    Raises
    ------
    TypeError
        If an argument is of another type.
    ValueError
        If the model has no such layer, or none was named.
    """
    grid = checked_grid(grid)
    if not (call is None or (isinstance(call, Integral) and not isinstance(call, bool))):
        raise TypeError(
            "Expected `call` to be an integer, which of the layer's calls to explain. "
            f"Received: {call!r} of type {type(call).__name__}."
        )
    found = _found(run, layer, grid)
    if grid is not None:
        found = [replace(place, grid=grid) for place in found]
    asked = -1 if call is None and layer is not None else call
    return found if asked is None else [_at_call(run, place, int(asked)) for place in found]


def _at_call(run: Run, place: Place, call: int) -> Place:
    """Return a place at one of its calls, which are numbered as they are written in the code."""
    order = as_written(run.model, place.operation) if is_graph(run.model) else []
    known = -1 <= call < len(order) and len(order) > 1
    return replace(place, call=order[call] if known else call)


def drawn_input(run: Run, place: Place) -> int:
    """Return which of the flattened inputs a layer's map belongs to.

    It is a picture that the explained call of the layer depends on; the run's own one where the
    graph doesn't tell.
    """
    if not is_graph(run.model):
        return run.picture
    return seen_by(run, inputs_of(run.model, place.operation, place.call))


def _found(run: Run, layer: Any, grid: Any) -> list[Place]:
    if layer is None:
        found = automatic_layer(run, grid)
        return [] if found is None else [found]
    if not isinstance(layer, (list, tuple)):
        return [place_of(run.model, layer)]
    if not layer:
        raise ValueError("Expected `layer` to name at least one layer. Received: an empty list.")
    return [place_of(run.model, one) for one in layer]
