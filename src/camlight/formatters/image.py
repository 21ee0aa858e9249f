"""An explanation as a picture: the map is coloured, resized and blended over the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from .fields import check_explanation
from .overlay import VIRIDIS, Colormap, Style, expand_heatmap, heatmap_to_image, maps_of, to_rgba
from .panels import layout_of, page_of

if TYPE_CHECKING:
    from camlight.base import Explanation

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

    The heatmap is coloured, each cell's opacity set to ``min(heat, alpha_limit)``, resized to
    the picture and blended over it. Neither the explanation nor its picture changes.

    Parameters
    ----------
    expl : Explanation
        With an ``image``, and targets whose ``heatmap`` lies in [0, 1]. Without an image: a
        signal, which is drawn as a curve before its map, or a volume, of which the slices with
        the strongest evidence are drawn; both with the map alone where there is no ``data``.
    resampling_filter : int or None
        One of `PIL.Image.Resampling`: how the heatmap is enlarged. Default ``LANCZOS``; ``BOX``
        shows the cells as they are.
    colormap : callable or str
        Takes an array of shape (H, W) in [0, 1], returns RGBA of shape (H, W, 4) in [0, 1], as
        the colour maps of matplotlib do; or the name of one of these. Default viridis; of signed
        maps ``"bwr"``, red for and blue against. The colour-blind can read both.
    alpha_limit : float or None
        Greatest opacity, from 0 (only the picture) to 1; None for no limit. Default 0.65.
    layout : {"overlay", "panels", "grid"}, optional
        The map over the picture and nothing else; photo, map and overlay side by side, a row for
        each target; or the overlays of all targets. But for ``"overlay"`` they are labelled with
        class, score and probability, beside a colour bar, and of one scale: 1 is the strongest
        cell of all targets' raw maps. Default ``"overlay"`` for one target, ``"grid"`` for several.
    signed : bool
        Draw the raw map, in two colours: what speaks for the target and what against it, both as
        opaque as they are strong. Default False.
    contours : int
        How many contour lines to draw, evenly between 0 and 1; signed as many again below 0,
        dashed. Default 0.
    text_size : float, optional
        In pixels. By default it goes with the picture's size.

    Returns
    -------
    PIL.Image.Image
        Mode RGBA; of the picture's size if ``"overlay"``. In the other layouts pictures are
        enlarged or reduced to between 320 and 2,000 pixels along the longer side. Without
        targets the picture alone.

    Raises
    ------
    TypeError
        If `expl` is no explanation, its picture no Pillow image, its heatmap no array, or an
        argument of another type.
    ValueError
        If the heatmap or `alpha_limit` lies outside [0, 1], `colormap` returns another shape,
        there is no such `layout` or it doesn't suit, `contours` or `text_size` is too small, or
        `signed` is asked of targets without a raw map.

    Notes
    -----
    The interface and the bare overlay's pixels are ELI5's; in the other layouts a map is enlarged
    first and then coloured, so that each colour stands on the bar, and warnings are written above.
    Text is in ``matplotlib.rcParams["font.family"]``, or an installed font that has the letters.

    Examples
    --------
    >>> import numpy as np
    >>> from camlight import Explanation, TargetExplanation
    >>> target = TargetExplanation(1, heatmap=np.array([[0.0, 1.0]]))
    >>> expl = Explanation("net", targets=[target], image=Image.new("RGB", (20, 10)))
    >>> drawn = format_as_image(expl)
    >>> drawn.mode, drawn.size
    ('RGBA', (20, 10))
    >>> labelled = format_as_image(expl, layout="panels", signed=False, contours=2)
    >>> labelled.width > 3 * 320
    True
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
