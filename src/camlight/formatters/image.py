"""An explanation as a picture: the map is coloured, resized and blended over the image."""

from PIL import Image

from camlight.base import Explanation

from .fields import check_explanation
from .overlay import VIRIDIS, Colormap, Style, expand_heatmap, heatmap_to_image, maps_of, to_rgba
from .panels import layout_of, page_of

__all__ = ["expand_heatmap", "format_as_image", "heatmap_to_image"]


def format_as_image(
    expl: Explanation,
    resampling_filter: int | None = Image.Resampling.LANCZOS,
    colormap: Colormap | str = VIRIDIS,
    alpha_limit: float | None = 0.65,
    *,
    layout: str | None = None,
    signed: bool = False,
    contours: int = 0,
    text_size: float | None = None,
) -> Image.Image:
    """Return the explained picture with its heatmap over it, or a page of several.

    Each cell is coloured, its opacity set to ``min(heat, alpha_limit)``; the map is resized to the
    picture and blended over it, to the pixels of ELI5, whose interface this is. In the labelled
    layouts it is resized first and then coloured, so that each colour stands on the bar.

    Parameters
    ----------
    expl : Explanation
        With targets whose ``heatmap`` lies in [0, 1], and an ``image``. Without one: a signal,
        drawn as a curve before its map, or the slices of a volume with the strongest evidence.
    resampling_filter : int or None
        One of `PIL.Image.Resampling`. Default ``LANCZOS``; ``BOX`` shows the cells as they are.
    colormap : callable or str
        Takes an array of shape (H, W) and returns RGBA of shape (H, W, 4), both in [0, 1]; or the
        name of one of matplotlib's. Default viridis; of signed maps ``"bwr"``, red for and blue
        against. The colour-blind can read both.
    alpha_limit : float or None
        Greatest opacity, from 0 (only the picture) to 1; None for no limit. Default 0.65.
    layout : {"overlay", "panels", "grid"}, optional
        The map over the picture and nothing else; photo, map and overlay side by side, a row for
        each target; or the overlays of all targets. The last two are labelled, beside a colour
        bar, on one scale: 1 is the strongest cell of all raw maps. Default ``"overlay"`` for one
        target, ``"grid"`` for several.
    signed : bool
        Draw the raw map: what speaks for the target and what against it. Default False.
    contours : int
        How many contour lines, evenly between 0 and 1; signed as many below 0. Default 0.
    text_size : float, optional
        In pixels. By default it goes with the picture's size. The font is matplotlib's.

    Returns
    -------
    PIL.Image.Image
        Mode RGBA, of the picture's size if ``"overlay"``; else pictures are brought to between 320
        and 2,000 pixels along the longer side. Without targets the picture alone.

    Raises
    ------
    TypeError, ValueError
        If an argument or a heatmap is of another type or out of range, `layout` doesn't suit, or
        `signed` is asked of targets without a raw map.

    Examples
    --------
    >>> import numpy as np
    >>> from camlight import Explanation, TargetExplanation
    >>> target = TargetExplanation(1, heatmap=np.array([[0.0, 1.0]]))
    >>> expl = Explanation("net", targets=[target], image=Image.new("RGB", (20, 10)))
    >>> format_as_image(expl).size
    (20, 10)
    """
    check_explanation(expl)
    style = Style(resampling_filter, colormap, alpha_limit, signed, contours, text_size)
    kind = layout_of(expl, layout, contours)
    if kind == "picture":
        return to_rgba(expl.image)  # type: ignore[arg-type] # it has one, says the layout
    if kind == "overlay":
        [values], _ = maps_of(expl.targets or [], signed=signed)
        drawn = style.over(expl.image, values)  # type: ignore[arg-type]
        if not (signed or contours):
            return drawn
        from .figure import annotated  # so that a bare overlay doesn't wait for all of matplotlib

        return annotated(drawn, values, style)
    from .figure import page_as_image

    return page_as_image(page_of(expl, style, kind), style)
