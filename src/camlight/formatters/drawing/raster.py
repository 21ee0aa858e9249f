"""Figures as pictures."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

__all__ = ["as_image"]


def as_image(figure: Figure) -> Image.Image:
    """Return a figure as a picture, mode RGBA, one pixel for each of its dots."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call] # matplotlib's own
    return Image.fromarray(np.array(canvas.buffer_rgba()))  # type: ignore[no-untyped-call]
