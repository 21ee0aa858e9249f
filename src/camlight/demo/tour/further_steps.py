"""Steps 4 to 7: the heatmap alone, colours, softmax, another network."""

from dataclasses import replace

import matplotlib
from PIL import Image

from camlight import demo, format_as_image
from camlight.demo.tour.facts import found
from camlight.demo.tour.first_steps import cat_overlay
from camlight.demo.tour.parts import Picture, Step, overlay_picture
from camlight.demo.tour.scene import CAT, TIGER_CAT, Scene
from camlight.formatters.image import expand_heatmap, heatmap_to_image

CELL = 50

_HEATMAP_ALONE = f"""\
import matplotlib
from camlight.formatters.image import expand_heatmap, heatmap_to_image

heatmap = expl.targets[0].heatmap  # an array of 7 x 7 numbers from 0 to 1
viridis = matplotlib.colormaps["viridis"]

cells = heatmap_to_image(heatmap).resize(({7 * CELL}, {7 * CELL}), Image.Resampling.NEAREST)
boxes = expand_heatmap(heatmap, photo, Image.Resampling.BOX)
smooth = expand_heatmap(heatmap, photo, Image.Resampling.LANCZOS)
coloured = expand_heatmap(viridis(heatmap), photo)  # LANCZOS is the default"""

_COLOURS = """\
magma = eli5.format_as_image(expl, colormap=matplotlib.colormaps["magma"])
turbo = eli5.format_as_image(expl, colormap=matplotlib.colormaps["turbo"])
faint = eli5.format_as_image(expl, alpha_limit=0.3)
strong = eli5.format_as_image(expl, alpha_limit=1.0)"""

_SOFTMAX = """\
logits = demo.efficientnet_lite0(classifier_activation=None)

with_softmax = eli5.explain_prediction(model, doc, targets=[282], image=photo)
without = eli5.explain_prediction(logits, doc, targets=[282], image=photo)

overlays = [eli5.format_as_image(e) for e in (with_softmax, without)]"""

_TWO_NETWORKS = """\
lite1 = demo.efficientnet_lite1()
doc1 = demo.preprocess_input(np.asarray(photo.resize((240, 240)))[np.newaxis])

other = eli5.explain_prediction(lite1, doc1, targets=[285], image=photo)
other_overlay = eli5.format_as_image(other)"""


def heatmap_alone(scene: Scene) -> Step:
    """Step 4: the numbers under the overlay."""
    _, heatmap, _ = found(scene.cat)
    height, width = heatmap.shape
    grey = heatmap_to_image(heatmap)
    cells = grey.resize((width * CELL, height * CELL), Image.Resampling.NEAREST)
    boxes = expand_heatmap(heatmap, scene.photo, Image.Resampling.BOX)
    smooth = expand_heatmap(heatmap, scene.photo, Image.Resampling.LANCZOS)
    coloured = expand_heatmap(matplotlib.colormaps["viridis"](heatmap), scene.photo)
    bright = "brightest in the left half"
    return Step(
        "Take the heatmap out",
        f"Under the overlay lies a grid of {height} x {width} numbers from 0 to 1, one for each "
        "cell of the layer. Here they are alone: as they are, stretched to the photo, smoothed, "
        "and coloured.",
        _HEATMAP_ALONE,
        (
            _plain("4-heatmap-cells", cells, "Cells", "white is 1, black is 0", bright),
            _plain("4-heatmap-boxes", boxes, "Boxes", "stretched to the photo", bright),
            _plain("4-heatmap-smooth", smooth, "Smooth", "Lanczos resampling", bright),
            _plain(
                "4-heatmap-coloured", coloured, "Coloured", "viridis", "yellow in the left half"
            ),
        ),
        (f"{height} x {width} numbers, from {heatmap.min():.2f} to {heatmap.max():.2f}",),
    )


def colours(scene: Scene) -> Step:
    """Step 5: the same explanation in other colours."""
    expl, maps = scene.cat, matplotlib.colormaps
    looks = (
        ("5-magma", "magma", format_as_image(expl, colormap=maps["magma"])),
        ("5-turbo", "turbo", format_as_image(expl, colormap=maps["turbo"])),
        ("5-faint", "viridis, alpha_limit=0.3", format_as_image(expl, alpha_limit=0.3)),
        ("5-strong", "viridis, alpha_limit=1.0", format_as_image(expl, alpha_limit=1.0)),
    )
    return Step(
        "Change colours and opacity",
        "Any colour map of matplotlib will do. alpha_limit says how much of the photo the map may "
        "hide: a little, or at its strongest points all.",
        _COLOURS,
        tuple(
            overlay_picture(name, f"{demo.class_name(CAT)}, {label}", expl, image)
            for name, label, image in looks
        ),
        ("; ".join(label for _, label, _ in looks),),
    )


def softmax(scene: Scene) -> Step:
    """Step 6: a probability and a logit."""
    name = demo.class_name(TIGER_CAT)
    expls = scene.explain(TIGER_CAT), scene.explain(TIGER_CAT, model=scene.logits)
    labels = f"{name}, with softmax", f"{name}, without softmax"
    files = "6-with-softmax", "6-without-softmax"
    pictures = tuple(
        overlay_picture(file, label, expl)
        for file, label, expl in zip(files, labels, expls, strict=True)
    )
    return Step(
        "With and without softmax",
        f"With softmax the score is a probability, and classes compete: what remains is what "
        f"makes it a {name} rather than another cat. Without, the score is a logit, any number, "
        f"and the map shows all that looks like a {name}: the whole face.",
        _SOFTMAX,
        pictures,
        tuple(f"{picture.label}: {picture.facts[0]}" for picture in pictures),
    )


def two_networks(scene: Scene) -> Step:
    """Step 7: the same question to two networks."""
    name = demo.class_name(CAT)
    expl = scene.explain(CAT, model=scene.lite1)
    other = overlay_picture("7-lite1", f"{name}, {scene.lite1.name}", expl)
    pictures = replace(cat_overlay(scene), label=f"{name}, {scene.lite0.name}"), other
    size = scene.lite1.input_shape[1]
    return Step(
        "Compare two networks",
        f"Both are asked about the {name}. The second is deeper and takes "
        f"{size} x {size} pixels; it too looks at the face, but at other parts of it.",
        _TWO_NETWORKS,
        pictures,
        tuple(f"{p.label}: {p.facts[0]}, {p.facts[2]}" for p in pictures),
    )


def _plain(name: str, image: Image.Image, label: str, fact: str, seen: str) -> Picture:
    return Picture(name, image, label, (fact,), f"{label}: the heatmap without the photo, {seen}.")
