"""Contour lines and a key over a picture that keeps its size."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from PIL import Image

from .brush import Brush
from .contours import draw_contours
from .raster import as_image

__all__ = ["annotated"]

_DPI = 72  # a point is a pixel


def annotated(image: Image.Image, values: np.ndarray, brush: Brush, text: float) -> Image.Image:
    """Return `image`, mode RGBA, under the lines of `brush`; if it is signed with a key.

    Parameters
    ----------
    image : PIL.Image.Image
    values : ndarray, shape (H, W)
    brush : Brush
    text : float
        Size of the key's text, in pixels. There is no key where it would hide a third of the
        picture's width or height.
    """
    width, height = image.size
    figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor="none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    ax.set_axis_off()
    if brush.contours:
        draw_contours(ax, values, brush, image.size, text)
    if brush.signed and width >= 8 * text and height >= 6 * text:
        against, _, strongly_for = brush.colours(np.array([[-1.0, 0.0, 1.0]]))[0]
        handles = [Patch(color=strongly_for, label="for"), Patch(color=against, label="against")]
        ax.legend(handles=handles, loc="lower left", fontsize=text)
    return Image.alpha_composite(image, as_image(figure))
