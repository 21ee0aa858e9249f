"""An explanation as a figure of matplotlib's, for papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import make_axes, make_axes_gridspec
from matplotlib.font_manager import FontProperties
from PIL import Image

from .drawing.brush import Brush
from .drawing.cells import draw_bar
from .drawing.colours import VIRIDIS, Colormap
from .drawing.layouts import check_text_size, layout_of
from .drawing.pages import page
from .drawing.sheets import sheet_of
from .given import check_explanation

if TYPE_CHECKING:
    from camlight.base import Explanation

__all__ = ["format_as_figure"]

_DPI = 200
_POINTS = 8.0
_INCHES = {"signal": 5.0}
_INCHES_OF_A_PICTURE = 2.4


def format_as_figure(
    expl: Explanation,
    ax: Any = None,
    *,
    resampling_filter: int | None = Image.Resampling.LANCZOS,
    colormap: Colormap | str = VIRIDIS,
    alpha_limit: float | None = 0.65,
    layout: str | None = None,
    signed: bool = False,
    contours: int = 0,
    text_size: float | None = None,
) -> Any:
    """Draw an explanation with matplotlib; in a PDF or SVG its text and lines stay sharp.

    Parameters
    ----------
    expl : Explanation
        As in `camlight.format_as_image`.
    ax : matplotlib.axes.Axes, or a list or an array of them, optional
        Where to draw: one for each target, in the layout ``"panels"`` three, of a volume one for
        each slice. They give some room to the colour bar. By default a new figure, made without
        pyplot.
    resampling_filter, colormap, alpha_limit, layout, signed, contours
        As in `camlight.format_as_image`; ``"overlay"`` is a grid of one.
    text_size : float, optional
        In points. Default 8 in a figure of its own, else matplotlib's ``"font.size"``.

    Returns
    -------
    matplotlib.figure.Figure
        The new one, its pictures 2.4 inches along the longer side and at 200 dots an inch. If
        `ax` was given, `ax`.

    Raises
    ------
    TypeError
        If `ax` holds something else than Axes, or as `camlight.format_as_image` does.
    ValueError
        If there are more or fewer Axes than drawings, the explanation has no targets, or as
        `camlight.format_as_image` does.

    Notes
    -----
    ``figure.savefig("where.pdf")`` writes the text as text and contour lines as curves. Each
    picture has the pixels of `expl.image` for coordinates.

    Examples
    --------
    >>> from camlight import Explanation, TargetExplanation
    >>> target = TargetExplanation(1, heatmap=np.array([[0.0, 1.0]]))
    >>> expl = Explanation("net", targets=[target], image=Image.new("RGB", (20, 10)))
    >>> figure = format_as_figure(expl)
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['', 'evidence (1 = strongest)']
    """
    check_explanation(expl)
    brush = Brush(resampling_filter, colormap, alpha_limit, signed, contours)
    check_text_size(text_size)
    kind = layout_of(expl, layout, contours)
    if kind == "picture":
        raise ValueError("Expected an explanation with targets to draw. Received: none.")
    sheet = sheet_of(expl, brush, kind)
    if ax is None:
        sheet = sheet.resized(round(_INCHES.get(kind, _INCHES_OF_A_PICTURE) * _DPI))
        return page(sheet, brush, (text_size or _POINTS) * _DPI / 72, _DPI)
    given = _axes(ax, len(sheet.cells))
    points = text_size or float(FontProperties().get_size_in_points())
    bar = _room_beside(given)
    draw_bar(bar, brush, sheet.unit, points)
    for axes, cell in zip(given, sheet.cells, strict=True):
        cell.draw(axes, points)
    figure = bar.figure.figure  # of a part of a figure the whole
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()  # only then do the Axes have the width they will have
    for axes, cell in zip(given, sheet.cells, strict=True):
        cell.label(axes, points, axes.get_window_extent().width * 72 / figure.dpi)
    return ax


def _axes(ax: Any, number: int) -> list[Axes]:
    """Return the Axes that were given, once there are as many as drawings."""
    given = list(np.ravel(np.asarray(ax, dtype=object)))
    for one in given:
        if not isinstance(one, Axes):
            raise TypeError(
                "Expected `ax` to be matplotlib Axes, or a list or an array of them, such as "
                f"`plt.subplots(1, {number})` returns. Received: {type(one).__name__}."
            )
    if len(given) != number:
        raise ValueError(
            f"Expected `ax` to hold one Axes for each drawing, {number} in all. "
            f"Received: {len(given)}."
        )
    return given


def _room_beside(given: list[Axes]) -> Axes:
    """Return new Axes for the bar, made in the way that the figure's layout can deal with."""
    first = given[0]
    engine = first.figure.get_layout_engine()
    in_a_grid = len(given) == 1 and first.get_subplotspec() is not None
    if in_a_grid and (engine is None or engine.colorbar_gridspec):
        return make_axes_gridspec(first)[0]
    return make_axes(given)[0]
