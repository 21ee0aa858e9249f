"""Steps 1 to 3: an answer, another answer, other layers."""

from dataclasses import replace

import numpy as np

from camlight import demo
from camlight.demo.tour.facts import percent, where_to_look
from camlight.demo.tour.parts import Answer, Picture, Step, overlay_picture
from camlight.demo.tour.scene import CAT, ESPRESSO, Scene

EARLY, MIDDLE = "block3b_add", "block5c_add"

_FIRST_LOOK = """\
import numpy as np
from PIL import Image, ImageOps

import camlight as eli5
from camlight import demo

cat = ImageOps.fit(demo.photo("chelsea"), (280, 336), centering=(0.6, 0.5))
cup = ImageOps.fit(demo.photo("coffee"), (280, 336))
photo = Image.fromarray(np.hstack([np.asarray(cat), np.asarray(cup)]))

model = demo.efficientnet_lite0()
doc = demo.preprocess_input(np.asarray(photo.resize((224, 224)))[np.newaxis])
[top5] = demo.decode_predictions(model.predict(doc, verbose=0))

expl = eli5.explain_prediction(model, doc, image=photo)
overlay = eli5.format_as_image(expl)"""

_ANOTHER_CLASS = """\
espresso = eli5.explain_prediction(model, doc, targets=[967], image=photo)
espresso_overlay = eli5.format_as_image(espresso)"""

_THREE_LAYERS = f"""\
early = eli5.explain_prediction(model, doc, layer="{EARLY}", image=photo)
middle = eli5.explain_prediction(model, doc, layer="{MIDDLE}", image=photo)
last = eli5.explain_prediction(model, doc, image=photo)  # the default

overlays = [eli5.format_as_image(e) for e in (early, middle, last)]"""


def first_look(scene: Scene) -> Step:
    """Step 1: the best answers, and the evidence for the first."""
    answers = _answers(scene)
    best = answers[0]
    photo = Picture(
        "1-photo",
        scene.photo,
        "The photo",
        (f"what {scene.lite0.name} is given",),
        "A photo in two halves: the face of a cat on the left, a cup of coffee on the right.",
    )
    return Step(
        "What does the network see, and why?",
        f"The first answer is {best.name}, with {percent(best.probability)}. The overlay shows "
        "what speaks for it: the face of the cat, most of all where it turns yellow. The cup stays "
        "clear: it adds nothing.",
        _FIRST_LOOK,
        (photo, cat_overlay(scene)),
        tuple(
            f"{percent(a.probability, 1):>6}  {a.name:<14}  where to look: {a.where}"
            for a in answers
        ),
        answers,
    )


def another_class(scene: Scene) -> Step:
    """Step 2: the same photo, asked about its other half."""
    overlay = overlay_picture("2-espresso", demo.class_name(ESPRESSO), scene.espresso)
    return Step(
        "Ask about another class",
        "Now the question is espresso, class 967, and the evidence moves to the cup. "
        "One photo, two questions, each with its own reason.",
        _ANOTHER_CLASS,
        (cat_overlay(scene), overlay),
        (f"espresso, where to look: {where_to_look(scene.espresso)}",),
    )


def three_layers(scene: Scene) -> Step:
    """Step 3: an early, a middle and the last layer."""
    name = demo.class_name(CAT)
    pictures = (
        overlay_picture("3-early-layer", f"{name}, an early layer", scene.explain(CAT, EARLY)),
        overlay_picture("3-middle-layer", f"{name}, a middle layer", scene.explain(CAT, MIDDLE)),
        replace(cat_overlay(scene), label=f"{name}, the last layer"),
    )
    return Step(
        "Follow the layers",
        "All three maps are about the cat. Early on, spots of edge and texture count wherever "
        "they are; halfway, both eyes stand out, and so does the round, shiny spoon; the last "
        "layer takes the face as a whole and leaves out the cup.",
        _THREE_LAYERS,
        pictures,
        tuple(f"{picture.facts[1]}, {picture.facts[2]}" for picture in pictures),
    )


def cat_overlay(scene: Scene) -> Picture:
    """Return the picture that most steps compare others with."""
    return overlay_picture("1-egyptian-cat", demo.class_name(CAT), scene.cat)


def _answers(scene: Scene) -> tuple[Answer, ...]:
    [scores] = scene.lite0.predict(scene.doc(scene.lite0), verbose=0)
    return tuple(
        Answer(
            demo.class_name(index),
            float(scores[index]),
            where_to_look(scene.explain(int(index))),
        )
        for index in np.argsort(-scores)[:5]
    )
