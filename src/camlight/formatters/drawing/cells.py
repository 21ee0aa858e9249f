"""What a page is made of: cells, each with words above it and something drawn in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from .brush import Brush
from .contours import draw_contours
from .fonts import fitted, fitting_size, font_of

__all__ = ["Cell", "Sheet", "draw_bar", "draw_picture"]


@dataclass(frozen=True)
class Cell:
    """One drawing.

    Parameters
    ----------
    title, subtitle : str
        Two lines above it, either of them may be empty.
    draw : callable
        Takes the Axes to draw in, and the size of the text in points.
    span : int
        Over how many cells the title may reach. Default 1.
    """

    title: str
    subtitle: str
    draw: Callable[[Axes, float], None]
    span: int = 1

    def label(self, ax: Axes, points: float, width: float) -> None:
        """Write the words above `ax`, of so many points in size and in width at most."""
        height = 0.4 * points
        small = fitting_size(self.subtitle, points, width)  # numbers are lost when cut off
        for text, size, bold, span in (
            (self.subtitle, small, False, 1),
            (self.title, 1.1 * points, True, self.span),
        ):
            shown = fitted(text, size, span * width, bold)
            ax.annotate(
                shown,
                (0, 1),
                (0, height),
                xycoords="axes fraction",
                textcoords="offset points",
                va="baseline",
                annotation_clip=False,
                fontproperties=font_of(shown, size, bold),
                parse_math=False,
                usetex=False,
            )
            height += 1.35 * points  # so that titles lie in one line


@dataclass(frozen=True)
class Sheet:
    """All cells of a page.

    Parameters
    ----------
    rows : list of list of Cell
    size : tuple of int
        Width and height of a cell, in pixels.
    unit : str
        What 1 stands for on the colour bar.
    source : str
        Where the maps come from.
    ticks : bool
        Whether the cells have axes with numbers.
    """

    rows: list[list[Cell]]
    size: tuple[int, int]
    unit: str
    source: str
    ticks: bool = False

    @property
    def cells(self) -> list[Cell]:
        """All of them, row after row."""
        return [cell for row in self.rows for cell in row]

    @property
    def text(self) -> float:
        """The size of the text that goes with the cells, in pixels."""
        return 15.0 if self.ticks else max(13.0, max(self.size) / 28)

    def resized(self, longer: int) -> Sheet:
        """Return the sheet with cells of so many pixels along the longer side."""
        width, height = (max(1, round(side * longer / max(self.size))) for side in self.size)
        return replace(self, size=(width, height))


def draw_picture(
    ax: Axes,
    image: Image.Image,
    size: tuple[int, int],
    values: np.ndarray | None,
    brush: Brush,
    points: float,
) -> None:
    """Show an image whose coordinates are the pixels of a picture of `size`, without ticks.

    With `values` the contour lines of that map are drawn over it.
    """
    width, height = size
    ax.imshow(image, extent=(-0.5, width - 0.5, height - 0.5, -0.5))
    if values is not None and brush.contours:
        draw_contours(ax, values, brush, size, points)
    ax.set_anchor("NW")  # under its title, where there is more room than it takes
    ax.set_axis_off()


def draw_bar(ax: Axes, brush: Brush, unit: str, points: float) -> None:
    """Show in `ax` which colour stands for what."""
    lowest = -1 if brush.signed else 0
    values = np.linspace(lowest, 1, 256)[:, np.newaxis]
    ax.imshow(brush.colours(values), extent=(0, 1, lowest, 1), aspect="auto", origin="lower")
    ticks = [-1.0, -0.5, 0.0, 0.5, 1.0] if brush.signed else [0.0, 0.25, 0.5, 0.75, 1.0]
    ax.set_xticks([])
    ax.yaxis.tick_right()
    ax.yaxis.set_label_position("right")
    ax.set_yticks(ticks, [f"{tick:g}".replace("-", "\u2212") for tick in ticks])
    ax.tick_params(labelsize=0.85 * points, length=0.3 * points, pad=0.25 * points)
    ax.set_ylabel(unit, fontsize=0.85 * points, labelpad=0.4 * points)
    for level in brush.levels:
        ax.axhline(level, color="white", linewidth=points / 9)
    if brush.signed:
        ax.set_title("for", fontsize=points, pad=0.4 * points)
        ax.set_xlabel("against", fontsize=points, labelpad=0.4 * points)
