"""The plot of the study: every method's means and intervals, beside maps that know nothing."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from camlight import demo, evaluate
from camlight.methods.method import read_method
from studies.found import EARLY, LAST, MIDDLE, Found
from studies.intervals import interval
from studies.which_method import CORNERS, GROUND, OBJECT, OF_A_LAYER, OF_THE_PICTURE, SIDE

__all__ = ["PLOT", "digest", "plot", "points"]

PLOT = Path(__file__).parents[1] / "docs" / "pictures" / "which-method.webp"
COLOURS = {LAST: "#3b528b", MIDDLE: "#21a585", EARLY: "#d9b310"}
NAMED = {
    LAST: "the last layer (or the picture's own gradients): what you get by default",
    MIDDLE: "a layer in the middle, 14 x 14",
    EARLY: "an early layer, 28 x 28",
}
RANDOM: dict[str, Any] = {"color": "#c0392b", "linewidth": 1.2, "linestyle": "--"}
BLOB: dict[str, Any] = {"color": "#777777", "linewidth": 1.6, "linestyle": ":"}
PANELS = (
    ("pairs", "Asked for the cat, how much\nof the map lies on the cat?"),
    ("moved", "One object on grey: how\nmuch of the map lies on it?"),
    ("covered", "Its best places shown first:\nhow much sooner is it known?"),
)
TITLE = (
    "Right is better. At the last layer, Grad-CAM and its kin tell two photos apart best;\n"
    "earlier layers and gradients find the thing on grey, but less what was asked for."
)


def points(found: Found, test: str) -> list[tuple[str, str, tuple[float, float, float]]]:
    """Return what a panel draws: method, layer, and the mean with its interval.

    Of insertion it is what is added to a random map as coarse, since no one line fits all.
    """
    settings = [(method, layer) for method in OF_A_LAYER[:-1] for layer in COLOURS]
    settings += [(method, "") for method in OF_THE_PICTURE]
    drawn = []
    for method, layer in settings:
        cases, known = found.cases(test, method, layer)
        if cases:
            minus = known if test == "covered" else None
            mean, low, high = (round(x, 4) for x in interval(cases, 1, minus=minus))
            drawn.append((method, layer or LAST, (mean, low, high)))
    return drawn


def digest(found: Found) -> str:
    """Return a short text that changes with anything drawn; the picture carries it."""
    drawn = repr([points(found, test) for test, _ in PANELS])
    return sha256(drawn.encode()).hexdigest()


def plot(found: Found, file: Path = PLOT) -> None:
    """Draw a panel for each test, a line for each method, the best by default on top."""
    import matplotlib.pyplot as plt

    best = {m: one[0] for m, layer, one in points(found, "pairs") if layer == LAST}
    methods = sorted(best, key=lambda method: -best[method])
    figure, axes = plt.subplots(1, 3, figsize=(11, 7.2), sharey=True)
    figure.subplots_adjust(left=0.17, right=0.985, top=0.815, bottom=0.135, wspace=0.06)
    for axis, (test, asked), example in zip(axes, PANELS, _examples(), strict=True):
        for method, layer, (mean, low, high) in points(found, test):
            y = methods.index(method) + 0.24 * (list(COLOURS).index(layer) - 1)
            axis.plot([low, high], [y, y], color=COLOURS[layer], linewidth=1.8)
            axis.plot(mean, y, "o", color=COLOURS[layer], markersize=4.5)
        _, known = found.cases(test, "gradcam", LAST)
        chance = 0.0 if test == "covered" else interval(known, 1).mean
        axis.axvline(chance, **RANDOM)
        axis.text(0.25, 1.066, asked, transform=axis.transAxes, fontsize=10.5, va="center")
        if test == "covered":
            _, blob = found.cases(test, "gradcam", LAST, control="centre")
            axis.axvline(interval(blob, 1, minus=known).mean, **BLOB)
        inset = axis.inset_axes((0, 1.015, 0.225, 0.102))
        inset.imshow(example)
        inset.axis("off")
        axis.set_xlim((-0.4, 0.64) if test == "covered" else (-0.02, 1.02))
        _tidy(axis, len(methods))
    axes[0].set_yticks(range(len(methods)), [read_method(m, {}).title for m in methods])
    axes[0].set_ylim(len(methods) - 0.4, -0.6)
    handles = [
        plt.Line2D([], [], color=COLOURS[one], marker="o", label=NAMED[one]) for one in NAMED
    ]
    handles.append(plt.Line2D([], [], **RANDOM, label="a random map"))
    handles.append(plt.Line2D([], [], **BLOB, label="a blob in the centre (right panel)"))
    figure.legend(handles=handles, loc="lower center", ncols=2, frameon=False, fontsize=9)
    figure.suptitle(TITLE, x=0.012, y=0.985, ha="left", fontsize=13, fontweight="bold")
    figure.savefig(file.with_suffix(".png"), dpi=110)
    plt.close(figure)
    with Image.open(file.with_suffix(".png")) as drawn:
        drawn.convert("RGB").save(file, quality=88, method=6, xmp=digest(found).encode())
    file.with_suffix(".png").unlink()


def _tidy(axis: Any, methods: int) -> None:
    low, _ = axis.get_xlim()
    ticks, names = [0, 0.25, 0.5, 0.75, 1], ["0", "¼", "½", "¾", "all"]
    if low < -0.1:
        ticks, names = [-0.25, 0, 0.25, 0.5], ["-¼", "as random", "+¼", "+½"]
    axis.set_xticks(ticks, names)
    axis.grid(axis="x", alpha=0.25)
    axis.tick_params(axis="y", length=0)
    for row in range(0, methods, 2):
        axis.axhspan(row - 0.5, row + 0.5, color="black", alpha=0.035, linewidth=0)
    axis.spines[["top", "right", "left"]].set_visible(False)


def _examples() -> list[Image.Image]:
    """Return a small picture of each test."""
    cat, cup = demo.photo("chelsea"), demo.photo("coffee")
    pair = Image.new("RGB", (SIDE, SIDE))
    pair.paste(cat.resize((SIDE // 2, SIDE)), (0, 0))
    pair.paste(cup.resize((SIDE // 2, SIDE)), (SIDE // 2, 0))
    moved = Image.new("RGB", (SIDE, SIDE), (GROUND,) * 3)
    moved.paste(cup.resize((OBJECT, OBJECT)), CORNERS[2])
    whole = np.asarray(cat.resize((SIDE, SIDE)))
    blob = evaluate.centre_map((7, 7)).repeat(32, 0).repeat(32, 1)[..., np.newaxis]
    seen = np.where(blob > 0.5, whole, whole.mean((0, 1), keepdims=True)).astype("uint8")
    return [pair, moved, Image.fromarray(seen)]
