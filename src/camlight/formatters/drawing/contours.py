"""Contour lines of a map."""

from __future__ import annotations

import contourpy
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke

from .brush import Brush

__all__ = ["contour_lines", "draw_contours"]

_FINEST = 1000
"""Points along the longer side: finer lines can't be told apart, and take long."""


def contour_lines(
    values: np.ndarray, levels: list[float], size: tuple[int, int]
) -> list[list[np.ndarray]]:
    """Return the lines of each level, arrays (N, 2) of x and y in pixels of a picture of `size`.

    A pixel's centre has whole coordinates, as in ``imshow``.

    Examples
    --------
    >>> [[line]] = contour_lines(np.array([[0.0, 1.0], [0.0, 1.0]]), [0.25], (4, 2))
    >>> sorted(line.tolist())
    [[1.0, 0.0], [1.0, 1.0]]
    """
    if min(values.shape) < 2:
        return [[] for _ in levels]
    height, width = values.shape
    x = (np.arange(width) + 0.5) * size[0] / width - 0.5
    y = (np.arange(height) + 0.5) * size[1] / height - 0.5
    generator = contourpy.contour_generator(x, y, values)
    return [list(generator.lines(level)) for level in levels]  # type: ignore[arg-type] # "Separate"


def draw_contours(
    ax: Axes, values: np.ndarray, brush: Brush, size: tuple[int, int], points: float
) -> None:
    """Draw the lines of `brush` over a picture of `size`, with text of so many points in mind.

    White on dark, to be seen on any ground; dashed for what speaks against.
    """
    scale = min(1.0, _FINEST / max(size))
    fine = (max(2, round(size[0] * scale)), max(2, round(size[1] * scale)))
    found = contour_lines(brush.enlarged(values, fine), brush.levels, size)
    width = points / 9
    for level, lines in zip(brush.levels, found, strict=True):
        collection = LineCollection(
            lines,
            colors="white",
            linewidths=width,
            linestyles="solid" if level > 0 else (0, (3, 2)),
            path_effects=[withStroke(linewidth=2 * width, foreground="#0009")],
        )
        ax.add_collection(collection, autolim=False)
