"""What a page of the tour is made of."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from camlight.base import Explanation
from camlight.demo.tour.facts import found, where_to_look
from camlight.formatters.image import format_as_image


@dataclass(frozen=True)
class Picture:
    """A picture with its caption.

    Parameters
    ----------
    name : str
        Name of its file, without ending.
    image : PIL.Image.Image
        The picture.
    label : str
        What it shows, in a few words.
    facts : tuple of str
        Lines below the label: score, layer, where to look.
    alt : str
        What one would see, for those who don't.
    """

    name: str
    image: Image.Image
    label: str
    facts: tuple[str, ...]
    alt: str


@dataclass(frozen=True)
class Answer:
    """One of the network's answers, for the table.

    Parameters
    ----------
    name : str
        Name of the class.
    probability : float
        How sure the network is, from 0 to 1.
    where : str
        Where the evidence lies.
    """

    name: str
    probability: float
    where: str


@dataclass(frozen=True)
class Step:
    """One step of the tour.

    Parameters
    ----------
    title : str
        The heading.
    text : str
        What one sees.
    code : str
        The lines of Python that made the pictures. They go on from the steps before.
    pictures : tuple of Picture
        In the order of the page.
    findings : tuple of str
        What was found, for the terminal.
    answers : tuple of Answer
        The best answers, if the step shows them.
    """

    title: str
    text: str
    code: str
    pictures: tuple[Picture, ...]
    findings: tuple[str, ...]
    answers: tuple[Answer, ...] = ()


def overlay_picture(
    name: str, label: str, expl: Explanation, image: Image.Image | None = None
) -> Picture:
    """Return an overlay with a caption that gives the explanation's facts.

    Parameters
    ----------
    name : str
        Name of its file, without ending.
    label : str
        What it shows, in a few words.
    expl : Explanation
        What the overlay is made of.
    image : PIL.Image.Image, optional
        The overlay, if not the one that `camlight.format_as_image` draws by default.

    Returns
    -------
    Picture
        With score, layer, size of the map, and where the evidence lies.
    """
    _, heatmap, score = found(expl)
    height, width = heatmap.shape
    where = f"where to look: {where_to_look(expl)}"
    facts = (f"score {score:.3f}", f"layer {expl.layer}, {height} x {width}", where)
    image = image or format_as_image(expl)
    return Picture(name, image, label, facts, f"{label}, {where}.")
