"""What of a model can be explained."""

from __future__ import annotations

from collections import Counter
from typing import Any

import keras
import numpy as np

from camlight.layer_table import LayerRow, LayerTable

from .capture.auto_layer import auto_layer
from .capture.from_run import candidates, outline
from .graph.layers import all_layers
from .graph.nodes import LayerCall
from .graph.spatial import spec_of
from .inputs import read_inputs
from .options import checked_grid
from .preprocessing import checked_preprocess
from .run.forward import ForwardPass, build

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
    run = ForwardPass(model, inputs.values, inputs.picture, output)
    build(run)
    spec, known = spec_of(model, run.size), checked_grid(grid)
    every = {id(layer.operation): layer for layer in all_layers(model)}
    calls, _ = outline(run, [layer.operation for layer in every.values()])
    counts = Counter(id(call.operation) for call in calls)
    chosen = auto_layer(run, known)
    rows: dict[str, LayerRow] = {}
    for call, tokens in candidates(calls, run, spec, known):
        layer, shape = every[id(call.operation)], tuple(call.output.shape)
        rows[layer.path] = LayerRow(
            layer.path,
            type(call.operation).__name__,
            tokens or spec.cells(shape),
            shape[1] if tokens else None,
            counts[id(call.operation)],
            _reason(layer, chosen),
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


def _reason(layer: LayerCall, chosen: LayerCall | None) -> str:
    if chosen is None or layer.operation is not chosen.operation:
        return ""
    if chosen.grid:
        return "the last tokens that every path crosses and whose patches have a say"
    return "the last map that every path to the output crosses"


def _note(model: keras.Model, chosen: LayerCall | None, doc: Any) -> str:
    notes = [] if chosen else ["None of them suits as the automatic one."]
    if doc is None and any(None in symbol.shape[1:-1] for symbol in model.inputs):
        notes.append(f"Sizes are for pictures of {_SIZE} x {_SIZE} pixels.")
    return " ".join(notes)
