"""What a page shows of an explanation: pictures, signals or slices of volumes."""

from __future__ import annotations

from functools import partial
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from .brush import Brush
from .cells import Cell, Sheet, draw_picture
from .fonts import drawable
from .labels import numbers_of, source_of, title_of
from .overlay import to_rgba
from .scale import on_one_scale, share_a_scale
from .signals import signal_cell
from .volumes import volume_cells

if TYPE_CHECKING:
    from camlight.base import Explanation, TargetExplanation

__all__ = ["sheet_of"]

_SMALLEST, _LARGEST = 320, 2000
"""Pixels along the longer side of a picture with words around it."""

_SIGNAL = (800, 200)


def sheet_of(expl: Explanation, brush: Brush, layout: str) -> Sheet:
    """Return what a page shows.

    Parameters
    ----------
    expl : Explanation
        With at least one target.
    brush : Brush
    layout : {"overlay", "grid", "panels", "signal", "volume"}
        As `camlight.formatters.drawing.layouts.layout_of` returns it.
    """
    targets = expl.targets or []
    maps = on_one_scale(targets, brush.signed)
    shared = len(targets) > 1 and share_a_scale(targets)
    unit = "evidence (1 = strongest of all)" if shared else "evidence (1 = strongest)"
    words = [_words(target, values, shared) for target, values in zip(targets, maps, strict=True)]
    source = source_of(expl)
    data = getattr(expl, "data", None)  # ELI5's own explanations have none
    if layout == "signal":
        rows = [[signal_cell(*w, data, m, brush)] for w, m in zip(words, maps, strict=True)]
        return Sheet(rows, _SIGNAL, unit, source, ticks=True)
    if layout == "volume":
        rows, size = volume_cells(words, data, maps, brush)
        return Sheet(rows, _sized(size), unit, source)
    assert expl.image is not None
    pixels, size = expl.image.size, _sized(expl.image.size)
    image = to_rgba(expl.image).resize(size, Image.Resampling.LANCZOS)
    if layout == "panels":
        rows = [_panels(image, pixels, *w, m, brush) for w, m in zip(words, maps, strict=True)]
        return Sheet(rows, size, unit, source)
    cells = [
        Cell(*w, partial(_overlay, image, pixels, m, brush))
        for w, m in zip(words, maps, strict=True)
    ]
    columns = len(cells) if len(cells) <= 3 else ceil(sqrt(len(cells)))
    rows = [cells[first : first + columns] for first in range(0, len(cells), columns)]
    return Sheet(rows, size, unit, source)


def _words(target: TargetExplanation, values: np.ndarray, shared: bool) -> tuple[str, str]:
    """Return a target's name and numbers; of several on one scale also how strong its map is."""
    numbers = numbers_of(target)
    if shared:
        strongest = f"peak {max(float(values.max()), 0.0):.2g}"
        numbers = f"{numbers}, {strongest}" if numbers else strongest
    title = title_of(target)
    if not (drawable(title) or isinstance(target.target, str)):
        title = f"y={target.target}"  # better than a row of question marks
    return title, numbers


def _sized(size: tuple[int, int]) -> tuple[int, int]:
    longer = max(size)
    scale = min(max(longer, _SMALLEST), _LARGEST) / longer
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _panels(
    image: Image.Image,
    size: tuple[int, int],
    title: str,
    numbers: str,
    values: np.ndarray,
    brush: Brush,
) -> list[Cell]:
    def photo(ax: Axes, points: float) -> None:
        draw_picture(ax, image, size, None, brush, points)

    def alone(ax: Axes, points: float) -> None:
        draw_picture(ax, brush.alone(image, values), size, values, brush, points)

    return [
        Cell("Photo", f"{size[0]} x {size[1]} pixels", photo),
        Cell(f"Map: {title}", numbers, alone),
        Cell(
            "Map over photo",
            "the stronger, the more opaque",
            partial(_overlay, image, size, values, brush),
        ),
    ]


def _overlay(
    image: Image.Image,
    size: tuple[int, int],
    values: np.ndarray,
    brush: Brush,
    ax: Axes,
    points: float,
) -> None:
    draw_picture(ax, brush.over(image, values), size, values, brush, points)
