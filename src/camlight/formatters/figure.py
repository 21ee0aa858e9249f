"""An explanation as a figure of matplotlib's, and all else that is drawn with matplotlib."""

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from PIL import Image

from camlight.base import Explanation

from .fields import check_explanation
from .labels import caption, fitted, told, warn_below
from .overlay import VIRIDIS, Colormap, Style
from .panels import Page, Panel, layout_of, page_of, sized

_DPI, _POINTS = 200, 8.0
_INCHES, _INCHES_OF_A_SIGNAL = 2.4, 5.0
_NARROWEST, _LOWEST = 16, 9  # times the text's size: for words above, for a bar beside
_FINEST = 1000  # points of contour lines along the longer side: more take long, and aren't seen


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

    The other arguments are those of `format_as_image`; ``"overlay"`` is a grid of one. Each picture
    has the pixels of `expl.image` for coordinates. An SVG keeps text as text with
    ``matplotlib.rcParams["svg.fonttype"] = "none"``.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, or a list or an array of them, optional
        Where to draw: one for each target, in the layout ``"panels"`` three, of a volume one for
        each slice. They give some room to the colour bar. By default a new figure without pyplot.
    text_size : float, optional
        In points. Default 8 in a figure of its own, else matplotlib's ``"font.size"``.

    Returns
    -------
    matplotlib.figure.Figure
        Its pictures 2.4 inches along the longer side and at 200 dots an inch, under matplotlib's
        constrained layout. If `ax` was given, `ax`.

    Raises
    ------
    TypeError, ValueError
        As from `format_as_image`; without targets; or if `ax` isn't an Axes for each drawing.

    Examples
    --------
    >>> from camlight import Explanation, TargetExplanation
    >>> target = TargetExplanation(1, heatmap=np.array([[0.0, 1.0]]))
    >>> expl = Explanation("net", targets=[target], image=Image.new("RGB", (20, 10)))
    >>> len(format_as_figure(expl).axes)  # that of the colour bar too
    2
    """
    check_explanation(expl)
    style = Style(resampling_filter, colormap, alpha_limit, signed, contours, text_size)
    kind = layout_of(expl, layout, contours)
    if kind == "picture":
        raise ValueError("Expected an explanation with targets to draw. Received: none.")
    page = page_of(expl, style, kind)
    if ax is None:
        longer = _DPI * (_INCHES_OF_A_SIGNAL if kind == "signal" else _INCHES)
        page = replace(page, size=sized(page.size, longer, longer))
        figure = _figure_of(page, style, (text_size or _POINTS) * _DPI / 72, _DPI)
        figure.draw_without_rendering()  # which gives the Axes the places they will have
        return figure
    given = _axes(ax, len(page.panels))
    points = text_size or float(FontProperties().get_size_in_points())
    for axes, panel in zip(given, page.panels, strict=True):
        _draw(axes, panel, style, points)
    beside = given if len(given) > 1 else given[0]
    _draw_bar(given[0].figure, style, page.unit, points, ax=beside)
    figure = given[0].figure.figure  # of a part of a figure the whole
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()  # only then do the Axes have the width they will have
    for axes, panel in zip(given, page.panels, strict=True):
        room = axes.get_window_extent().width * 72 / figure.dpi
        caption(axes, panel.words, points, room)
    warn_below(axes, page.warnings, points, room, lines=2.5 if kind == "signal" else 0.5)
    return ax


def page_as_image(page: Page, style: Style) -> Image.Image:
    """Return a page as a picture, mode RGBA, whose panels have the size that the page says."""
    figure = _figure_of(page, style, style.text_size or page.text, dpi=100)
    figure.set_layout_engine("none")  # it has been laid out, on whole pixels
    for image in (image for ax in figure.axes for image in ax.images):
        image.set_interpolation("nearest")  # each of its pixels is one of the page's
    return _as_image(figure)


def annotated(image: Image.Image, values: np.ndarray, style: Style) -> Image.Image:
    """Return a bare overlay, mode RGBA, with contour lines; if signed with a key, where it fits."""
    width, height = image.size
    text = style.text_size or max(10.0, max(image.size) / 28)
    figure = Figure((width / 72, height / 72), dpi=72, facecolor="none")  # a point is a pixel
    ax = figure.add_axes((0, 0, 1, 1), xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    ax.set_axis_off()
    _draw_contours(ax, values, style, image.size, text)
    if style.signed and width >= 8 * text and height >= 6 * text:
        against, *_, strongly_for = style.palette()
        handles = [Patch(color=strongly_for, label="for"), Patch(color=against, label="against")]
        ax.legend(handles=handles, loc="lower left", fontsize=text)
    return Image.alpha_composite(image, _as_image(figure))


def _as_image(figure: Figure) -> Image.Image:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call] # matplotlib's own
    return Image.fromarray(np.array(canvas.buffer_rgba()))  # type: ignore[no-untyped-call]


def _axes(ax: Any, number: int) -> list[Axes]:
    """Return the Axes that were given, once there are as many as drawings."""
    given = list(np.ravel(np.asarray(ax, dtype=object)))
    if others := [type(one).__name__ for one in given if not isinstance(one, Axes)]:
        raise TypeError(
            "Expected `ax` to be matplotlib Axes, or a list or an array of them, such as "
            f"`plt.subplots(1, {number})` returns. Received: {others[0]}."
        )
    if len(given) != number:
        raise ValueError(
            f"Expected `ax` to hold one Axes for each drawing, {number} in all. "
            f"Received: {len(given)}."
        )
    return given


def _figure_of(page: Page, style: Style, text: float, dpi: float) -> Figure:
    """Return a figure with all panels of a page, of the size that it says, and text in pixels."""
    least = min(text, 1.5 * page.text)  # larger text than that was asked for at any price
    width, height = max(page.size[0], round(_NARROWEST * least)), page.size[1]
    flat = height < _LOWEST * least
    bar = max(8, round(0.8 * text))
    widths = [width] * max(map(len, page.rows)) + [bar] * (not flat)
    heights = [height] * len(page.rows) + [bar] * flat
    points, pad, room = text * 72 / dpi, text / 2, sum(widths) * 72 / dpi
    warnings, red = told(page.warnings, least * 72 / dpi, room)
    margins = 9 * text * len(widths), 12 * text * len(heights) + 2 * least * warnings.count("\n")
    inches = [(sum(s) + more) / dpi for s, more in zip((widths, heights), margins, strict=True)]
    engine = ConstrainedLayoutEngine(w_pad=pad / dpi, h_pad=pad / dpi, wspace=0, hspace=0)
    figure = Figure((inches[0], inches[1]), dpi=dpi, layout=engine)
    FigureCanvasAgg(figure)  # measures text without a trial print
    ratios = {"width_ratios": widths, "height_ratios": heights}
    grid = figure.add_gridspec(len(heights), len(widths), **ratios)
    for row, panels in enumerate(page.rows):
        for column, panel in enumerate(panels):
            ax = figure.add_subplot(grid[row, column])
            _draw(ax, panel, style, points)
            caption(ax, panel.words, points, width * 72 / dpi)
    cax = figure.add_subplot(grid[-1, 0] if flat else grid[0, -1])
    way = "horizontal" if flat else "vertical"
    _draw_bar(figure, style, page.unit, points, cax=cax, orientation=way)
    source, how = fitted([page.source], 0.85 * points, room, most=2)
    below = figure.supxlabel(source, x=0, ha="left", alpha=0.7, **how)
    above = figure.suptitle(warnings, x=0, ha="left", in_layout=bool(warnings), **red)
    engine.execute(figure)
    _settle(figure, widths, heights)
    whole = figure.bbox
    below.set_position((pad / whole.width, pad / whole.height))
    above.set_position((pad / whole.width, 1 - pad / whole.height))
    return figure


def _settle(figure: Figure, widths: list[int], heights: list[int]) -> None:
    """Give the drawings of a page that is laid out these sizes, and whole pixels to lie on."""
    old = np.array(figure.bbox.size)
    places = [(ax, ax.get_position(original=True)) for ax in figure.axes]
    lacking = 1 - np.array(places[0][1].size) * old / (widths[0], heights[0])
    new = np.ceil(old + lacking * (sum(widths), sum(heights)))
    figure.set_size_inches(new / figure.dpi)
    for ax, place in places:
        spec = ax.get_subplotspec()
        assert spec is not None
        column, row = spec.colspan.start, spec.rowspan.start
        before = np.array([sum(widths[:column]), sum(heights[row + 1 :])])
        corner = np.rint(place.min * old + lacking * before)
        ax.set_position((*(corner / new), widths[column] / new[0], heights[row] / new[1]))
        ax.set_in_layout(True)  # still, when the figure changes its size


def _draw(ax: Axes, panel: Panel, style: Style, points: float) -> None:
    """Draw a picture without ticks, or a signal's curves with their axes."""
    (width, height), picture = panel.extent, panel.picture(style)
    if panel.curves is None:
        ax.imshow(picture, extent=(-0.5, width - 0.5, height - 0.5, -0.5))
        if panel.values is not None:
            _draw_contours(ax, panel.values, style, panel.extent, points)
        ax.set_anchor("NW")  # under its title, where there is more room than it takes
        ax.set_axis_off()
        return
    colour, channels = ax.xaxis.label.get_color(), panel.curves.T
    for number, curve in enumerate(channels):
        fade = 1 - 0.7 * number / len(channels)
        ax.plot(curve, color=colour, alpha=fade, linewidth=points / 9)
    extent = (-0.5, width - 0.5, *ax.get_ylim())
    ax.imshow(picture, extent=extent, aspect="auto", zorder=0)
    ax.set(xlim=extent[:2], ylim=extent[2:])
    ax.tick_params(labelsize=0.85 * points, length=0.3 * points, pad=0.25 * points)
    ax.set_xlabel(panel.axis, fontsize=0.85 * points, labelpad=0.2 * points)


def _draw_contours(
    ax: Axes, values: np.ndarray, style: Style, size: tuple[int, int], points: float
) -> None:
    """Draw the contour lines of a map over a picture of `size`: white on dark, below 0 dashed."""
    large = style.enlarged(values, sized(size, most=_FINEST))
    levels = [level for level in style.levels if large.min() < level < large.max()]
    if not levels or min(large.shape) < 2:
        return
    lines = ax.contour(
        large,
        levels=levels,
        origin="lower",
        extent=(-0.5, size[0] - 0.5, -0.5, size[1] - 0.5),
        colors="white",
        linewidths=points / 9,
        linestyles=["solid" if level > 0 else (0, (3, 2)) for level in levels],
    )
    lines.set_path_effects([withStroke(linewidth=points / 4.5, foreground="#0009")])


def _draw_bar(figure: Any, style: Style, unit: str, points: float, **where: Any) -> None:
    """Show which colour stands for what, in Axes of its own or beside those that are given."""
    mappable = ScalarMappable(Normalize(style.lowest, 1.0), ListedColormap(style.palette()))
    ticks, words = [0.0, 0.25, 0.5, 0.75, 1.0], ["0", "0.25", "0.5", "0.75", "1"]
    if style.signed:
        ticks = [-1.0, -0.5, 0.0, 0.5, 1.0]
        words = ["\u22121 against", "\u22120.5", "0", "0.5", "1 for"]
    bar = figure.colorbar(mappable, **where)
    bar.set_ticks(ticks, labels=words)
    bar.ax.tick_params(labelsize=0.85 * points, length=0.3 * points, pad=0.25 * points)
    bar.set_label(unit, fontsize=0.85 * points, labelpad=0.4 * points)
    if lines := len(style.levels):
        bar.add_lines(style.levels, ["white"] * lines, [points / 9] * lines)
