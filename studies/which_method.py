"""``python -m studies.which_method``: which method, layer and score find what was asked for.

Three tests with real networks. Two know the truth: two photos side by side, and an object moved
over a plain ground. The third asks how the network reacts when a photo is covered, or shown again,
in the order of the map. Maps that know nothing stand beside every method. Each part writes a file
in ``results/``; ``python -m studies.shown`` makes the table and the plots.
"""

from __future__ import annotations

import argparse
import json
import os
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

import keras
import numpy as np
from PIL import Image

import camlight
from camlight import demo, evaluate
from camlight.methods.maps import enlarged

RESULTS = Path(__file__).parent / "results"
NETWORKS = {"lite0": demo.efficientnet_lite0, "lite1": demo.efficientnet_lite1}
SEED = 0

OF_A_LAYER = (
    *("gradcam", "gradcam++", "hirescam", "xgradcam", "layercam", "eigencam", "eigengradcam"),
    *("shapleycam", "finercam", "random"),
)
LAYERS = {"top_activation": 7, "block5c_add": 14, "block3b_add": 28}
"""From the last, the automatic one, to an early one, and the side of its map for 224 pixels."""
OF_THE_PICTURE: dict[str, dict[str, Any]] = {
    "cam": {},
    "ablationcam": {},
    "smoothgradcam++": {"samples": 6},
    "guided_gradcam": {},
    "fullgrad": {},
    "gradient": {},
    "gradient_x_input": {},
    "smoothgrad": {"samples": 6},
    "integrated_gradients": {"steps": 12},
}
"""At the automatic layer, where they look at one."""
SLOW: list[tuple[str, dict[str, Any]]] = [
    ("occlusion", {"size": 32, "stride": 16}),
    ("occlusion", {"size": 56, "stride": 14}),
    ("rise", {"masks": 500}),
    ("scorecam", {}),
]
"""Hundreds of forward passes a map: one network, the score before the softmax, few photos."""
FEW = 3

SIDE, OBJECT, GROUND = 224, 96, 128
CORNERS = list(product((16, 112), repeat=2))
"""Where the object's upper left corner lies, in pixels."""
STEPS, RANDOM_MAPS = 10, 3
"""Of insertion and deletion, and how many random maps are measured beside."""

Photos = dict[str, Image.Image]
Rows = list[list[Any]]


def localised(network: str, model: Any, photos: Photos) -> Iterator[dict[str, Any]]:
    """Yield what fast methods are asked, and how to measure it."""
    for pre_softmax in (False, True):
        for method, layer in product(OF_A_LAYER, LAYERS):
            yield {"method": method, "layer": layer, "pre_softmax": pre_softmax}
        for method, options in OF_THE_PICTURE.items():
            yield {"method": method, "method_options": options, "pre_softmax": pre_softmax}


def localised_slowly(network: str, model: Any, photos: Photos) -> Iterator[dict[str, Any]]:
    """Yield what slow methods are asked, and fast ones of the same pictures to compare with."""
    compared: list[tuple[str, dict[str, Any]]] = [("gradcam", {}), ("random", {})]
    for method, options in compared + SLOW if network == "lite0" else []:
        chosen = {"photos": list(photos)[:FEW], "pre_softmax": True}
        yield {"method": method, "method_options": options, **chosen}


def covered(network: str, model: Any, photos: Photos) -> Iterator[dict[str, Any]]:
    """Yield what is asked of every method about faithfulness, controls first."""
    for control, side in product(("random map", "centre"), (7, 14, SIDE)):
        yield {"control": control, "side": side}
    for method, layer in product(OF_A_LAYER[:-1], list(LAYERS)[:2]):
        yield {"method": method, "layer": layer, "pre_softmax": True}
    for method, options in OF_THE_PICTURE.items():
        yield {"method": method, "method_options": options, "pre_softmax": True}
    for method, options in SLOW:
        if network == "lite0" or method == "occlusion":
            yield {"method": method, "method_options": options, "pre_softmax": True}


def on_pairs(model: Any, photos: Photos, how: dict[str, Any]) -> Rows:
    """Return for each case its pair, the map's share on the right side, and whether it hit."""
    found = evaluate.photo_pairs(
        model, photos, preprocess=demo.preprocess_input, size=(SIDE, SIDE), **how
    )
    return [[f"{c.left} | {c.right}", round(c.share, 4), bool(c.hit)] for c in found.cases]


def on_moved(
    model: Any, photos: Photos, how: dict[str, Any], corners: Sequence[tuple[int, int]]
) -> Rows:
    """Return for each picture its object, the map's share inside its box, and whether it hit."""
    rows = []
    for name, photo in photos.items():
        thing = photo.convert("RGB").resize((OBJECT, OBJECT), Image.Resampling.BICUBIC)
        for left, top in corners:
            picture = Image.new("RGB", (SIDE, SIDE), (GROUND,) * 3)
            picture.paste(thing, (left, top))
            expl = explained(model, picture, class_of(model, name), how)
            rows.append([name, *_inside(expl, (left, top, left + OBJECT, top + OBJECT))])
    return rows


def on_covered(model: Any, photos: Photos, how: dict[str, Any]) -> Rows:
    """Return for each photo the areas of insertion and deletion, of the target's probability."""
    rows = []
    for name, photo in photos.items():
        shown = photo.convert("RGB").resize(model.input_shape[1:3], Image.Resampling.BICUBIC)
        picture, target = demo.preprocess_input(np.asarray(shown)), class_of(model, name)

        def score(pictures: np.ndarray, target: int = target) -> np.ndarray:
            found: np.ndarray = model.predict_on_batch(pictures)[:, target]
            return found

        areas = [
            [measure(one, picture, score, steps=STEPS, seed=SEED).value for one in maps]
            for measure in (evaluate.insertion, evaluate.deletion)
            if (maps := list(_maps(model, shown, target, how)))
        ]
        rows.append([name, *(round(float(np.mean(values)), 4) for values in areas)])
    return rows


def _maps(model: Any, shown: Image.Image, target: int, how: dict[str, Any]) -> Iterator[np.ndarray]:
    """Yield the signed map, or those of a control, as large as the picture."""
    if "control" not in how:
        found = [explained(model, shown, target, how).targets[0].raw_map]
    else:
        size = (-(-shown.width * how["side"] // SIDE),) * 2
        found = [evaluate.centre_map(size)]
        if how["control"] == "random map":
            found = [evaluate.random_map(size, SEED + number) for number in range(RANDOM_MAPS)]
    for one in found:
        yield enlarged(one, shown.size)


def explained(
    model: Any, picture: Image.Image, target: int, how: dict[str, Any]
) -> camlight.Explanation:
    """Explain one class of a picture."""
    return camlight.explain_prediction(
        model, picture, targets=[target], preprocess=demo.preprocess_input, **how
    )


def _inside(expl: camlight.Explanation, box: tuple[int, int, int, int]) -> tuple[float, bool]:
    if not expl.targets[0].heatmap.any():
        return 0.0, False
    share = evaluate.energy_inside(expl, box)
    return round(share, 4), bool(evaluate.pointing_game(expl, box))


def class_of(model: Any, name: str) -> int:
    """Return the class that the model names for a photo alone."""
    key = (model.name, name)
    if key not in _classes:
        expl = camlight.explain_prediction(
            model, demo.photo(name), preprocess=demo.preprocess_input
        )
        _classes[key] = expl.targets[0].target
    return _classes[key]


_classes: dict[tuple[str, str], int] = {}

PARTS = {
    "localised": (localised, CORNERS),
    "slow": (localised_slowly, CORNERS[1:2]),
    "covered": (covered, []),
}
"""What is asked, and where the object is put, in each part."""


def measured(part: str, model: Any, photos: Photos, asked: dict[str, Any]) -> dict[str, Any]:
    """Return a row of results: what was asked, and what was found."""
    row, start = dict(asked), perf_counter()
    how = {name: value for name, value in asked.items() if name != "photos"}
    chosen = {name: photos[name] for name in asked.get("photos", photos)}
    if part == "covered":
        row["covered"] = on_covered(model, chosen, how)
    else:
        row["pairs"] = on_pairs(model, chosen, how)
        row["moved"] = on_moved(model, chosen, how, PARTS[part][1])
    row["seconds"] = round(perf_counter() - start, 2)
    return row


def main() -> None:
    """Measure, and write what was found after each setting."""
    parser = argparse.ArgumentParser(prog="python -m studies.which_method", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--methods", nargs="+", help="measure these again, keep all else")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", camlight.ExplanationWarning)
    photos = {name: demo.photo(name) for name in demo.PHOTOS}
    for part, network in product(chosen.parts, chosen.networks):
        model = NETWORKS[network]()
        for asked in PARTS[part][0](network, model, photos):
            name = asked.get("method", asked.get("control"))
            if chosen.methods is None or name in chosen.methods:
                row = {"network": network, **measured(part, model, photos, asked)}
                keep(RESULTS / f"{part}.json", row)
                print(part, network, asked, row["seconds"], flush=True)


def keep(file: Path, row: dict[str, Any]) -> None:
    """Write a row in the place of an earlier one of the same setting."""
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"] if file.exists() else []
    found = {setting_of(one): one for one in rows} | {setting_of(row): row}
    lines = ",\n".join(json.dumps(one) for one in found.values())
    head = json.dumps(about())[:-1]
    file.parent.mkdir(exist_ok=True)
    file.write_text(f'{head}, "rows": [\n{lines}\n]}}\n', encoding="utf-8")


def setting_of(row: dict[str, Any]) -> str:
    """Return what a row is about, as a text to compare."""
    found = ("pairs", "moved", "covered", "seconds")
    return json.dumps({name: value for name, value in row.items() if name not in found})


def about() -> dict[str, Any]:
    """Return what the figures were measured with."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "backend": keras.config.backend(),
        "cpus": os.cpu_count(),
        "seed": SEED,
        "versions": {name: version(name) for name in ("camlight", "keras", "numpy", "tensorflow")},
        "photos": list(demo.PHOTOS),
        "chance": {"pairs": 0.5, "moved": round((OBJECT / SIDE) ** 2, 3)},
    }


if __name__ == "__main__":
    main()
