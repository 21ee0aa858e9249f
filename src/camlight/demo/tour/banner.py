"""The picture for the top of the README: a photo, two answers, and what each rests on."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from camlight import demo
from camlight.demo.tour.facts import found, percent
from camlight.demo.tour.scene import Scene
from camlight.formatters.drawing.brush import Brush
from camlight.formatters.drawing.cells import Cell, Sheet, draw_picture
from camlight.formatters.drawing.colours import VIRIDIS
from camlight.formatters.drawing.labels import source_of
from camlight.formatters.drawing.pages import page
from camlight.formatters.drawing.raster import as_image
from camlight.formatters.drawing.scale import on_one_scale

WIDTH, TEXT, DPI = 256, 15, 100

BRUSH = Brush(Image.Resampling.LANCZOS, VIRIDIS, 0.65, contours=1)


def banner(scene: Scene) -> Image.Image:
    """Draw the photo and the overlays of two answers in a row, of one scale.

    Parameters
    ----------
    scene : Scene
        Whose photo and explanations are shown.

    Returns
    -------
    PIL.Image.Image
        On white, about 900 pixels wide.
    """
    answers = [scene.cat, scene.espresso]
    maps = on_one_scale([expl.targets[0] for expl in answers if expl.targets], signed=False)
    row = [Cell("One photo", "the network answers:", partial(_draw, scene.photo, None))]
    for expl, values in zip(answers, maps, strict=True):
        target, _, score = found(expl)
        title = f"{percent(score)} {demo.class_name(target)}"
        row.append(Cell(title, "because of this", partial(_draw, scene.photo, values)))
    height = WIDTH * scene.photo.height // scene.photo.width
    sheet = Sheet([row], (WIDTH, height), "evidence", source_of(scene.cat))
    return as_image(page(sheet, BRUSH, TEXT, DPI))


def _draw(photo: Image.Image, values: np.ndarray | None, ax: Axes, points: float) -> None:
    shown = photo if values is None else BRUSH.over(photo, values)
    draw_picture(ax, shown, photo.size, values, BRUSH, points)
