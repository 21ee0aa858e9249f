"""A sheet of cells on a figure of its own."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .brush import Brush
from .cells import Sheet, draw_bar
from .fonts import fitted, font_of

__all__ = ["page"]

_NARROWEST, _LOWEST = 16, 8
"""Times the text's size: what cells have room for at least, so that words and bar can be read."""


def page(sheet: Sheet, brush: Brush, text: float, dpi: float) -> Figure:
    """Return a figure with all cells of a sheet, a colour bar and, below, where they come from.

    Parameters
    ----------
    sheet : Sheet
    brush : Brush
        Whose colours the bar explains.
    text : float
        Size of the text, in pixels.
    dpi : float
        How many pixels are an inch.

    Notes
    -----
    Everything lies on whole pixels, so that pictures are shown pixel by pixel; but for those that
    are far longer one way than the other, which lie in a corner of their cell.
    """
    least = min(text, 1.5 * sheet.text)  # larger text than that was asked for at any price
    width = max(sheet.size[0], round(_NARROWEST * least))
    height = max(sheet.size[1], round(_LOWEST * least))
    head = round(3.6 * text)
    gap, edge = round(text), round(0.9 * text)
    foot = round(2.6 * text) if sheet.ticks else 0
    aside = round(3.6 * text) if sheet.ticks else 0
    columns = max(map(len, sheet.rows))
    right = edge + columns * (aside + width + gap)
    bar = max(8, round(0.8 * text))
    page_width = right + bar + round(5.2 * text) + edge
    page_height = len(sheet.rows) * (head + height + foot) + round(3 * text)
    figure = Figure(figsize=(page_width / dpi, page_height / dpi), dpi=dpi)
    points = text * 72 / dpi

    def axes(left: int, top: int, wide: int, high: int) -> Axes:
        bottom = page_height - top - high
        box = (left / page_width, bottom / page_height, wide / page_width, high / page_height)
        return figure.add_axes(box)

    for row, cells in enumerate(sheet.rows):
        for column, cell in enumerate(cells):
            left = edge + aside + column * (aside + width + gap)
            top = head + row * (head + height + foot)
            ax = axes(left, top, width, height)
            cell.draw(ax, points)
            cell.label(ax, points, width * 72 / dpi)
    draw_bar(axes(right, head, bar, height), brush, sheet.unit, points)
    shown = fitted(sheet.source, 0.85 * points, (page_width - 2 * edge) * 72 / dpi)
    figure.text(
        edge / page_width,
        edge / page_height,
        shown,
        alpha=0.7,
        fontproperties=font_of(shown, 0.85 * points),
        parse_math=False,
        usetex=False,
    )
    return figure
