"""Draw what the method cards show; ``make cards`` runs it.

Each method's picture has the same photo two or three times: asked for its cat, asked for its
espresso and, where the method looks at a layer, asked for its cat at a layer in the middle.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

import camlight
from camlight import demo
from camlight.methods.method import read_method

from .transformer import small_transformer, to_small

FOLDER = Path(__file__).parents[1] / "pictures" / "methods"
SIDE, GAP = 224, 8
CAT, ESPRESSO, MIDDLE = 285, 967, "block5c_add"
LAST_LAYER_ALONE = ("cam", "random")
"""Those with nothing to show in the middle: CAM can't, and noise is noise."""
DIM = 0.5
"""The photo is drawn grey and so bright, for the map to be seen."""


def main() -> None:
    """Draw all of it anew; a minute or two on two free cores."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    saved(cat_and_cup(), "photo")
    for name in camlight.METHODS:
        saved(joined(panels(name)), name)
        print(f"drew {name}", flush=True)


def cat_and_cup() -> Image.Image:
    """Return the photo of all cards: a cat on the left, a cup of espresso on the right."""
    halves = [
        ImageOps.fit(demo.photo("chelsea"), (SIDE // 2, SIDE), centering=(0.6, 0.5)),
        ImageOps.fit(demo.photo("coffee"), (SIDE // 2, SIDE)),
    ]
    return Image.fromarray(np.hstack([np.asarray(half) for half in halves]))


def panels(name: str) -> list[Image.Image]:
    """Return the pictures of one method, in order."""
    needs = read_method(name, {})
    if "token_grid" in needs.needs:
        both = explain(small(), to_small, name, targets=[0, 1])
        return [drawn(both, number) for number in range(2)]
    both = explain(network(), demo.preprocess_input, name, targets=[CAT, ESPRESSO])
    pictures = [drawn(both, number, rooted=needs.is_speckled) for number in range(2)]
    if needs.uses_layer and name not in LAST_LAYER_ALONE:
        middle = explain(network(), demo.preprocess_input, name, targets=[CAT], layer=MIDDLE)
        pictures.append(drawn(middle, 0, rooted=needs.is_speckled))
    return pictures


def explain(model: Any, preprocess: Any, name: str, **asked: Any) -> camlight.Explanation:
    """Ask a model about the photo; what is drawn on is a dim one."""
    photo = cat_and_cup()
    grey = ImageOps.grayscale(photo).point(lambda value: DIM * value).convert("RGB")
    return camlight.explain_prediction(
        model, photo, image=grey, preprocess=preprocess, method=name, pre_softmax=True, **asked
    )


def drawn(expl: camlight.Explanation, number: int, rooted: bool = False) -> Image.Image:
    """Draw the map of one target alone; the root of it where few pixels outshine all others."""
    target = expl.targets[number]
    if rooted:
        target = replace(target, heatmap=np.sqrt(target.heatmap))
    alone = replace(expl, targets=[target])
    return camlight.format_as_image(alone, alpha_limit=0.85).convert("RGB")


@cache
def network() -> Any:
    """Return EfficientNet-Lite0."""
    return demo.efficientnet_lite0()


@cache
def small() -> Any:
    """Return the trained transformer."""
    return small_transformer()


def joined(pictures: list[Image.Image]) -> Image.Image:
    """Return the pictures side by side on a transparent ground."""
    sheet = Image.new("RGBA", (len(pictures) * (SIDE + GAP) - GAP, SIDE))
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (number * (SIDE + GAP), 0))
    return sheet


def saved(picture: Image.Image, name: str) -> None:
    """Keep a picture where the page finds it."""
    picture.save(FOLDER / f"{name}.webp", quality=75, method=6)


if __name__ == "__main__":
    main()
