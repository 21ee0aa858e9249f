"""The sections of a report but for faithfulness, each from maps to findings."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from camlight.base import Explanation, TargetExplanation
from camlight.formatters.image import format_as_image

from .agreeing import Agreement
from .controls import centre_map, random_map
from .localisation import energy_inside, pointing_game
from .paired import PhotoPair
from .randomised import Randomisation, RandomisedStep
from .regions import region_of
from .report_controls import columns_of
from .report_parts import Finding, Picture, Section, grouped
from .tables import number

__all__ = ["agreement_section", "beside_section", "drawn", "region_section", "weights_section"]

_SIDE = 220
"""How long pictures of a report are, in pixels."""


def weights_section(
    cascading: Mapping[str, Randomisation], independent: Mapping[str, Randomisation]
) -> Section:
    """Say what became of each method's map when the weights were randomised."""
    first = next(iter(cascading.values()))
    findings = []
    [controls] = columns_of([{label: _unrelated(one) for label, one in cascading.items()}])
    for place, step in enumerate(first.steps):
        values = {label: one.steps[place].rank_correlation for label, one in cascading.items()}
        findings.append(Finding(("+ " if place else "") + step.title, "", values, controls))
    verdicts = grouped(
        {label: f"{one.verdict} {independent[label].verdict}" for label, one in cascading.items()}
    )
    label = next(iter(cascading))
    pictures = [Picture(drawn(first.original), f"{label}, the model as it is")]
    pictures += [
        Picture(drawn(step.explanation), _below(step, "+ " if place else ""))
        for place, step in enumerate(first.steps)
    ]
    return Section(
        "Does it depend on what the model learned?",
        "The model's weights are shuffled, from the output down to the input, and the picture is "
        "explained again after each step. The numbers are rank correlations with the original "
        "map, signed or absolute, whichever is larger: 1 is the same order of cells, 0 an "
        "unrelated one. They should fall towards what unrelated maps have. A map that stays as it "
        "is shows something else, such as the picture's edges. One random draw scatters by 0.2 or "
        "more. The numbers are of signed maps; the pictures show positive parts, and the bare "
        "photo where there are none. The verdict is about means over half of the steps.",
        tuple(findings),
        verdicts,
        tuple(pictures),
    )


def region_section(explained: Mapping[str, Explanation], box: Any, mask: Any, seed: int) -> Section:
    """Say how much of each map lies inside a box or mask."""
    first = next(iter(explained.values()))
    size = first.image.size if first.image else (0, 0)
    inside = region_of(size, box, mask)
    blind = {"random map": random_map(inside.shape, seed), "centre blob": centre_map(inside.shape)}
    controls = {
        name: Explanation("none", targets=[TargetExplanation(0, heatmap=one)], image=first.image)
        for name, one in blind.items()
    }
    where = {"box": box, "mask": mask}
    energy = _directed(
        "Share inside",
        "of the map's mass; more than the controls have is good. An even map has the region's "
        f"share of the picture, {number(float(inside.mean()))}.",
        {label: _or_nan(energy_inside, one, where) for label, one in explained.items()},
        {label: energy_inside(one, **where) for label, one in controls.items()},
    )
    peak = _directed(
        "Peak inside",
        "1 if the strongest cell's centre lies there, 0 if not.",
        {label: _or_nan(pointing_game, one, where) for label, one in explained.items()},
        {label: float(pointing_game(one, **where)) for label, one in controls.items()},
    )
    blob = energy.controls["centre blob"]
    verdicts = grouped(
        {
            label: "In this test the map was empty."
            if math.isnan(share)
            else f"In this test {share:.0%} of the map lay inside, where an even map has "
            f"{inside.mean():.0%} and a blob in the centre {blob:.0%}.".replace("%", " %")
            for label, share in energy.values.items()
        }
    )
    return Section(
        "Does it lie on the object?",
        "You said where the object is. But a model may rightly look beside it: at the water "
        "around a boat.",
        (energy, peak),
        verdicts,
        (Picture(_outlined(drawn(first), inside), f"{next(iter(explained))}, and the region"),),
    )


def beside_section(cases: Mapping[str, list[PhotoPair]]) -> Section:
    """Say on which of two photos side by side each method's map lay."""
    chance = {"by chance": 0.5}
    share = _directed(
        "Share on its photo",
        "of the map of what a photo shows, on average; 1 is best.",
        {label: float(np.mean([one.share for one in found])) for label, found in cases.items()},
        chance,
    )
    peak = _directed(
        "Peak on its photo",
        "in which share of the cases; 1 is best.",
        {label: float(np.mean([one.hit for one in found])) for label, found in cases.items()},
        chance,
    )
    label, found = next(iter(cases.items()))
    verdicts = grouped(
        {
            name: "In this test the peak lay on the photo that was asked for in "
            f"{sum(one.hit for one in few)} of {len(few)} cases."
            for name, few in cases.items()
        }
    )
    pictures = [
        Picture(drawn(one.explanation), f"{label}, asked for {one.asked}") for one in found[:6]
    ]
    return Section(
        "Does it tell two photos apart?",
        "The picture and another one are put side by side, in both orders, and the map is asked "
        "for what each of them shows alone.",
        (share, peak),
        verdicts,
        tuple(pictures),
    )


def agreement_section(found: Agreement) -> Section:
    """Say how far maps agree."""
    numbers = [str(count + 1) for count in range(len(found.labels))]
    findings = [
        Finding(f"{count} {label}", "", dict(zip(numbers, row, strict=True)))
        for count, label, row in zip(numbers, found.labels, found.matrix.tolist(), strict=True)
    ]
    return Section(
        "Do the maps agree?",
        "Rank correlations of heatmaps: 1 is the same order of cells, 0 an unrelated one. Noise "
        "that nobody would mind should change little. Methods may differ because they ask "
        "different things, but then they can't all be read as where the model looked.",
        tuple(findings),
        (found.verdict,),
    )


def drawn(expl: Explanation) -> Image.Image:
    """Return a small picture with the map over it, or what a signal or volume looks like."""
    if expl.image is None:
        picture = format_as_image(expl).convert("RGB")
        picture.thumbnail((2 * _SIDE, 2 * _SIDE))
        return picture
    photo = expl.image.convert("RGB")
    scale = _SIDE / max(photo.size)
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    small = photo.resize(size, Image.Resampling.LANCZOS)
    return format_as_image(replace(expl, image=small)).convert("RGB")


def _unrelated(found: Randomisation) -> dict[str, float]:
    return {"unrelated maps": max(v for n, v in found.control.items() if "spearman" in n)}


def _or_nan(measure: Callable[..., float], expl: Explanation, where: dict[str, Any]) -> float:
    """Return what is measured of a map; NaN of an empty one."""
    [target] = expl.targets or []
    lies_somewhere = target.heatmap is not None and target.heatmap.any()
    return float(measure(expl, **where)) if lies_somewhere else math.nan


def _directed(
    name: str, meaning: str, values: dict[str, float], controls: dict[str, float]
) -> Finding:
    """Return a finding of which more is better."""
    most = max(controls.values())
    ahead = tuple(label for label, value in values.items() if value > most)
    return Finding(name, meaning, values, controls, "higher", ahead)


def _outlined(picture: Image.Image, inside: np.ndarray) -> Image.Image:
    """Draw a box around the pixels inside, which lie in a larger picture."""
    rows, columns = (np.flatnonzero(inside.any(axis)) for axis in (1, 0))
    across, down = picture.width / inside.shape[1], picture.height / inside.shape[0]
    corners = [
        (columns[0] * across, rows[0] * down),
        ((columns[-1] + 1) * across - 1, (rows[-1] + 1) * down - 1),
    ]
    pen = ImageDraw.Draw(picture)
    pen.rectangle(corners, outline="black", width=4)
    pen.rectangle(corners, outline="white", width=2)
    return picture


def _below(step: RandomisedStep, plus: str) -> str:
    target = (step.explanation.targets or [])[0]
    empty = target.heatmap is None or not target.heatmap.any()
    what = "the map is empty" if empty else number(step.rank_correlation)
    return f"{plus}{_first_of(step.layers)}: {what}"


def _first_of(layers: tuple[str, ...]) -> str:
    others = len(layers) - 1
    return f"{layers[0]} and {others} more" if others else layers[0]
