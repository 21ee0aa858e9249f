"""What of a model can be explained."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import keras
import numpy as np

from .capture.auto_layer import auto_layer
from .capture.from_run import candidates, outline
from .graph.layers import all_layers
from .graph.spatial import spec_of
from .inputs import read_inputs
from .options import checked_grid
from .preprocessing import checked_preprocess
from .run.forward import ForwardPass, build

__all__ = ["LayerRow", "LayerTable", "layers"]

_SIZE = 224  # pixels of the picture that is taken for a model that takes any size
_HEADINGS = ("layer", "type", "map", "")
_REASONS = (
    "the last map that every path to the output crosses",
    "the last tokens that every path crosses and whose patches have a say",
)
"""Why a layer is the automatic one, that gives a map, or tokens."""


@dataclass(frozen=True)
class LayerRow:
    """A layer that can be explained.

    Attributes
    ----------
    path, type : str
        What to pass as `layer`; the name of its class.
    size : tuple of (int or None)
        Of its map, ``(h, w)``, ``(l,)`` or ``(d, h, w)``; None where it depends on the picture.
    tokens, calls : int
        How many tokens it gives, if it does, in a grid of `size`; how often it is called.
    automatic : str
        Why it is the default layer; empty if it isn't.
    """

    path: str
    type: str
    size: tuple[int | None, ...]
    tokens: int | None = None
    calls: int = 1
    automatic: str = ""

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The row's texts, in the order of the table's columns."""
        size = " x ".join("any" if length is None else str(length) for length in self.size)
        if self.tokens is not None:
            size += f" of {self.tokens} tokens"
        notes = [f"automatic: {self.automatic}"] if self.automatic else []
        notes += [f"called {self.calls} times"] if self.calls > 1 else []
        return self.path, self.type, size, "; ".join(notes)


@dataclass(frozen=True)
class LayerTable(Sequence[LayerRow]):
    """The layers of a model that can be explained, in the order in which they run.

    Prints as a table, and shows as one in a notebook. A row, a `LayerRow`, is found by its number.

    Attributes
    ----------
    model, rows, note : str, tuple of LayerRow, str
        The model's name, its layers, and what to know of the table as a whole.

    Examples
    --------
    >>> table = LayerTable("net", (LayerRow("conv", "Conv2D", (7, 7)),))
    >>> print(table)
    Model net: 1 layer can be explained.
    <BLANKLINE>
    layer  type    map
    -----  ------  -----
    conv   Conv2D  7 x 7
    >>> table[0].size
    (7, 7)
    """

    model: str
    rows: tuple[LayerRow, ...]
    note: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number):  # type: ignore[no-untyped-def] # as a tuple's
        return self.rows[number]

    def __str__(self) -> str:
        if not self.rows:
            return self._title
        lines = [_HEADINGS, *(row.cells for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
        table.insert(1, "  ".join("-" * width for width in widths).rstrip())
        return "\n".join([self._title, "", *table])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
        body = ""
        for row in self.rows:
            path, *others = map(escape, row.cells)
            bold = ' style="font-weight: bold"' if row.automatic else ""
            texts = "".join(f"<td>{text}</td>" for text in others)
            body += f"<tr{bold}><td><code>{path}</code></td>{texts}</tr>"
        return (
            f"<p>{escape(self._title)}</p>"
            '<div style="max-height: 30em; overflow: auto" tabindex="0" role="region" '
            'aria-label="Layers"><table style="text-align: left; border-spacing: 1em 0">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    @property
    def _title(self) -> str:
        what = f"{len(self.rows)} layer{'' if len(self.rows) == 1 else 's'} can be explained"
        taken = "".join(f" By itself: {row.path}." for row in self.rows if row.automatic)
        return f"Model {self.model}: {what}.{taken}{f' {self.note}' if self.note else ''}"


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
    doc, preprocess, output, grid : optional
        As in `camlight.explain_prediction_keras`. By default `doc` is noise of the size that the
        model takes, 224 pixels where it takes any; a model that doesn't say what it takes, such
        as a subclassed one, needs a picture.

    Returns
    -------
    LayerTable
        A row for each layer: its path to pass as ``layer``, its type, the size of its map, and
        whether it is the automatic one and why.

    Raises
    ------
    TypeError, ValueError
        If `model` is no Keras model; if `doc` is needed and missing, or doesn't fit it.

    Examples
    --------
    >>> from camlight import demo
    >>> table = layers(demo.efficientnet_lite0())
    >>> [(row.path, row.size) for row in table if row.automatic]
    [('top_activation', (7, 7))]
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"Expected a Keras model. Received: {type(model).__name__}.")
    given = _noise(model) if doc is None else doc
    inputs = read_inputs(model, given, checked_preprocess(preprocess))
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
            _REASONS[bool(chosen.grid)] if chosen and layer.operation is chosen.operation else "",
        )
    notes = [] if chosen else ["None of them suits as the automatic one."]
    if doc is None and any(None in symbol.shape[1:-1] for symbol in model.inputs):
        notes.append(f"Sizes are for pictures of {_SIZE} x {_SIZE} pixels.")
    return LayerTable(model.name, tuple(rows.values()), " ".join(notes))


def _noise(model: keras.Model) -> list[np.ndarray]:
    """Return an input of noise, for a model that says what it takes."""
    symbols = getattr(model, "inputs", None)
    if not symbols:
        raise ValueError(
            f"Expected `doc` along with model `{model.name}`, which doesn't say what it takes. "
            "Received: None. Pass a picture: `camlight.layers(model, doc)`."
        )
    rng = np.random.default_rng(0)
    shapes = [[_SIZE if n is None else n for n in symbol.shape[1:]] for symbol in symbols]
    return [rng.uniform(size=(1, *shape)).astype("float32") for shape in shapes]
