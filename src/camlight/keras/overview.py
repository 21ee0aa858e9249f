"""What of a model can be explained."""

from __future__ import annotations

from collections import Counter
from typing import Any

import keras
import numpy as np

from camlight.layer_table import LayerRow, LayerTable

from .automatic import automatic_layer
from .inputs import read_inputs
from .maps import maps_of
from .places import Place, places
from .preprocessing import checked_preprocess
from .running import Run, build
from .search import candidates, outline
from .tokens import checked_grid

__all__ = ["layers"]

_SIZE = 224
"""How large a picture is taken for a model that takes any size, in pixels."""


def layers(
    model: keras.Model,
    doc: Any = None,
    *,
    preprocess: Any = None,
    output: int | str | None = None,
    grid: tuple[int, int] | None = None,
) -> LayerTable:
    """Return the layers of a model whose maps can be explained.

    Parameters
    ----------
    model : keras.Model
        It is run once to see which maps it makes.
    doc : optional
        A picture, as in `camlight.explain_prediction_keras`. By default noise of the size that
        the model takes, 224 pixels where it takes any; needed by a model that doesn't say what
        it takes, such as a subclassed one.
    preprocess, output, grid
        As there.

    Returns
    -------
    LayerTable
        A row for each layer: its path to pass as ``layer``, its type, the size of its map, and
        whether it is the automatic one and why. It prints, and shows in a notebook, as a table.

    Raises
    ------
    TypeError
        If `model` is no Keras model.
    ValueError
        If `doc` is needed and missing, or doesn't fit the model.

    Examples
    --------
    >>> from camlight import demo
    >>> table = layers(demo.efficientnet_lite0())
    >>> [(row.path, row.size) for row in table if row.automatic]
    [('top_activation', (7, 7))]
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"Expected a Keras model. Received: {type(model).__name__}.")
    inputs = read_inputs(
        model, _noise(model) if doc is None else doc, checked_preprocess(preprocess)
    )
    run = Run(model, inputs.values, inputs.picture, output)
    build(run)
    maps, known = maps_of(model, run.size), checked_grid(grid)
    every = {id(place.operation): place for place in places(model)}
    calls, _ = outline(run, [place.operation for place in every.values()])
    counts = Counter(id(call.operation) for call in calls)
    chosen = automatic_layer(run, known)
    rows: dict[str, LayerRow] = {}
    for call, tokens in candidates(calls, run, maps, known):
        place, shape = every[id(call.operation)], tuple(call.output.shape)
        rows[place.path] = LayerRow(
            place.path,
            type(call.operation).__name__,
            tokens or maps.cells(shape),
            shape[1] if tokens else None,
            counts[id(call.operation)],
            _reason(place, chosen),
        )
    return LayerTable(model.name, tuple(rows.values()), _note(model, chosen, doc))


def _noise(model: keras.Model) -> list[np.ndarray]:
    symbols = getattr(model, "inputs", None)
    if not symbols:
        raise ValueError(
            f"Expected `doc` along with model `{model.name}`, which doesn't say what it takes. "
            "Received: None. Pass a picture: `camlight.layers(model, doc)`."
        )
    rng = np.random.default_rng(0)
    shapes = [[_SIZE if n is None else n for n in symbol.shape[1:]] for symbol in symbols]
    return [rng.uniform(size=(1, *shape)).astype("float32") for shape in shapes]


def _reason(place: Place, chosen: Place | None) -> str:
    if chosen is None or place.operation is not chosen.operation:
        return ""
    if chosen.grid:
        return "the last tokens that every path crosses and whose patches have a say"
    return "the last map that every path to the output crosses"


def _note(model: keras.Model, chosen: Place | None, doc: Any) -> str:
    notes = [] if chosen else ["None of them suits as the automatic one."]
    if doc is None and any(None in symbol.shape[1:-1] for symbol in model.inputs):
        notes.append(f"Sizes are for pictures of {_SIZE} x {_SIZE} pixels.")
    return " ".join(notes)
