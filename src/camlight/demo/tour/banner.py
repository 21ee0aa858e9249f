"""The picture for the top of the README: photo, one answer, another answer."""

from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from camlight import Explanation, demo, format_as_image
from camlight.demo.tour.facts import found, percent
from camlight.demo.tour.scene import Scene

WIDTH, GAP, HEADING = 288, 16, 58


def banner(scene: Scene) -> Image.Image:
    """Draw the photo and two overlays in a row, with their classes and scores above them.

    Parameters
    ----------
    scene : Scene
        Whose photo and explanations are shown.

    Returns
    -------
    PIL.Image.Image
        On white, about 900 pixels wide.
    """
    panels = (
        (scene.photo, "One photo", "what does the network see?"),
        *(_panel(expl) for expl in (scene.cat, scene.espresso)),
    )
    height = WIDTH * scene.photo.height // scene.photo.width
    size = (WIDTH + GAP) * len(panels) + GAP, GAP + HEADING + height + GAP
    drawn = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(drawn)
    for number, (image, title, subtitle) in enumerate(panels):
        left = GAP + number * (WIDTH + GAP)
        small = image.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
        drawn.paste(small, (left, GAP + HEADING))
        draw.text((left, GAP), title, "#111", _font("DejaVuSans-Bold", 20))
        draw.text((left, GAP + 28), subtitle, "#555", _font("DejaVuSans", 15))
    return drawn


def _panel(expl: Explanation) -> tuple[Image.Image, str, str]:
    target, _, score = found(expl)
    return format_as_image(expl), f"{demo.class_name(target)}?", f"{percent(score)}: it looked here"


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")
    return ImageFont.truetype(path, size)
