"""From the networks to the finished page."""

from collections.abc import Callable
from pathlib import Path

from camlight.demo.tour.banner import banner
from camlight.demo.tour.first_steps import another_class, first_look, three_layers
from camlight.demo.tour.further_steps import colours, heatmap_alone, softmax, two_networks
from camlight.demo.tour.page import page
from camlight.demo.tour.parts import Step
from camlight.demo.tour.png import png_bytes
from camlight.demo.tour.scene import Scene

STEPS: tuple[Callable[[Scene], Step], ...] = (
    first_look,
    another_class,
    three_layers,
    heatmap_alone,
    colours,
    softmax,
    two_networks,
)


def run(folder: Path, say: Callable[[str], None]) -> Path:
    """Take all steps and write the page and its pictures.

    Parameters
    ----------
    folder : Path
        An existing folder. Files of the same names are replaced.
    say : callable
        Is given each line of progress, as it is done.

    Returns
    -------
    Path
        The page.
    """
    say("Loading a photo and two pretrained networks; nothing is downloaded.")
    scene = Scene.load()
    steps = []
    for number, take in enumerate(STEPS, start=1):
        step = take(scene)
        steps.append(step)
        say(f"Step {number} of {len(STEPS)}: {step.title}")
        for line in step.findings:
            say(f"    {line}")
    pictures = {picture.name: picture.image for step in steps for picture in step.pictures}
    for name, image in pictures.items():
        (folder / f"{name}.png").write_bytes(png_bytes(image))
    (folder / "readme.png").write_bytes(png_bytes(banner(scene), palette=False))
    path = folder / "index.html"
    path.write_text(page(steps), encoding="utf-8")
    return path
