"""The sections of a report: what a test found of one map, and of several beside one another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from camlight.base import Explanation, TargetExplanation

from .controls import centre_map, random_map
from .localization import energy_inside, pointing_game, region_of
from .result import Picture, Result, Row, number

__all__ = ["drawn", "foretold", "merged", "pairs_of", "region_of_map", "weights_of"]

_SIDE = 220
"""How long pictures of a report are, in pixels."""


def merged(title: str, meaning: str, found: Mapping[str, Result]) -> Result:
    """Return what one test found of several maps by their names, a column for each."""
    beside = [
        dict(zip(found, rows, strict=True))
        for rows in zip(*(one.rows for one in found.values()), strict=True)
    ]
    known = [one for one in beside if not all(row.details.get("note") for row in one.values())]
    columns = _columns([{label: row.controls for label, row in one.items()} for one in known])
    rows, firsts = [], [next(iter(one.values())) for one in known]
    for one, first, controls in zip(known, firsts, columns, strict=True):
        values = {label: _value(row) for label, row in one.items()}
        better = next((row.better for row in one.values() if row.better), "")
        ahead = tuple(label for label, row in one.items() if row.ahead)
        rows.append(Row(first.name, first.meaning, values, controls, better, ahead))
    unknown = [next(iter(one.values())) for one in beside if one not in known]
    about: dict[str, list[str]] = {}
    for label, result in found.items():
        about.setdefault(result.verdict, []).append(label)
    said = [f"{', '.join(labels)}: {words}" for words, labels in about.items()]
    said += [f"{row.name} could not be measured. {row.note}" for row in unknown]
    return Result(title, meaning, tuple(rows), tuple(said), next(iter(found.values())).pictures)


def _value(row: Row) -> float:
    [value] = row.values.values()
    return value


def _columns(rows: Sequence[Mapping[str, Mapping[str, float]]]) -> list[dict[str, float]]:
    """Return for each row its controls: one column, or one for each method whose own it is.

    Examples
    --------
    >>> one = {"gradcam": {"noise": 0.3, "blob": 0.2}, "gradient": {"noise": 0.1, "blob": 0.2}}
    >>> _columns([one])
    [{'noise, gradcam': 0.3, 'noise, gradient': 0.1, 'blob': 0.2}]
    """
    columns: list[dict[str, float]] = [{} for _ in rows]
    for name in next(iter(rows[0].values()), {}) if rows else ():
        values = np.array([[own[name] for own in row.values()] for row in rows])
        alike = np.allclose(values, values[:, :1], rtol=1e-5, atol=0, equal_nan=True)
        for row, found in zip(rows, columns, strict=True):
            for label, own in row.items():
                found.setdefault(name if alike else f"{name}, {label}", own[name])
    return columns


def weights_of(label: str, cascading: Result, independent: Result) -> Result:
    """Return what became of a method's map when the weights were randomised."""
    unrelated = max(v for name, v in cascading.control.items() if "spearman" in name)
    rows, pictures = [], [Picture(drawn(cascading.original), f"{label}, the model as it is")]
    for place, step in enumerate(cascading.steps):
        values = {label: step.rank_correlation}
        rows.append(Row(step.name, values=values, controls={"unrelated maps": unrelated}))
        first, *others = step.layers
        what = f"{'+ ' if place else ''}{first}{f' and {len(others)} more' if others else ''}"
        shown = "the map is empty" if _empty(step.explanation) else number(values[label])
        pictures.append(Picture(drawn(step.explanation), f"{what}: {shown}"))
    verdicts = (cascading.verdict, independent.verdict)
    return Result(label, rows=tuple(rows), verdicts=verdicts, pictures=tuple(pictures))


def foretold(found: Result) -> Result:
    """Return what `faithfulness` found, with the share of the loss that the map foretells.

    In squared units of the score, infidelity says little by itself.
    """

    def shared(row: Row) -> Row:
        shares = [one.details["share"] if one else math.nan for one in (row.found, row.centre)]
        noise = [one.details["share"] for one in row.random]
        mean = sum(noise) / len(noise) if noise else math.nan
        meaning = "the share of what covering a square does that the map foretells: 1 all, 0 none."
        controls = {"random": mean, "centre": shares[1]}
        better = "higher" if row.better else ""
        return replace(
            row, meaning=meaning, values={"map": shares[0]}, controls=controls, better=better
        )

    rows = tuple(shared(row) if row.name == "infidelity" else row for row in found)
    return replace(found, rows=rows, verdicts=found.verdicts[:1])


def region_of_map(label: str, expl: Explanation, box: Any, mask: Any, seed: int) -> Result:
    """Return how much of a map lies inside a box or mask."""
    inside = region_of(expl.image.size if expl.image else (0, 0), box, mask)
    blind = {"random map": random_map(inside.shape, seed), "centre blob": centre_map(inside.shape)}
    targets = {name: TargetExplanation(0, heatmap=one) for name, one in blind.items()}
    controls = {n: Explanation("none", targets=[t], image=expl.image) for n, t in targets.items()}
    even, rows = float(inside.mean()), []
    for name, measure, meaning in (
        (
            "Share inside",
            energy_inside,
            "of the map's mass; more than the controls have is good. An even map has the region's "
            f"share of the picture, {number(even)}.",
        ),
        ("Peak inside", pointing_game, "1 if the strongest cell's centre lies there, 0 if not."),
    ):
        value = math.nan if _empty(expl) else float(measure(expl, box, mask=mask))
        known = {n: float(measure(one, box, mask=mask)) for n, one in controls.items()}
        rows.append(_directed(name, meaning, label, value, known))
    verdict = "In this test the map was empty."
    if not _empty(expl):
        share, blob = rows[0].values[label], rows[0].controls["centre blob"]
        verdict = (
            f"In this test {share:.0%} of the map lay inside, where an even map has "
            f"{even:.0%} and a blob in the centre {blob:.0%}."
        ).replace("%", " %")
    pictures = (Picture(_outlined(drawn(expl), inside), f"{label}, and the region"),)
    return Result(label, rows=tuple(rows), verdicts=(verdict,), pictures=pictures)


def pairs_of(label: str, cases: Sequence[Row]) -> Result:
    """Return on which of two photos side by side a method's map lay."""
    hits, chance = sum(case.hit for case in cases), {"by chance": 0.5}
    share = float(np.mean([case.share for case in cases]))
    meaning = "of the map of what a photo shows, on average; 1 is best."
    words = f"asked for in {hits} of {len(cases)} cases."
    return Result(
        label,
        rows=(
            _directed("Share on its photo", meaning, label, share, chance),
            _directed(
                "Peak on its photo",
                "in which share of the cases; 1 is best.",
                label,
                hits / len(cases),
                chance,
            ),
        ),
        verdicts=(f"In this test the peak lay on the photo that was {words}",),
        pictures=tuple(
            Picture(drawn(case.explanation), f"{label}, asked for {case.asked}")
            for case in cases[:6]
        ),
    )


def _directed(name: str, meaning: str, label: str, value: float, controls: dict[str, float]) -> Row:
    """Return a row of which more is better."""
    ahead = (label,) if value > max(controls.values()) else ()
    return Row(name, meaning, {label: value}, controls, "higher", ahead)


def _empty(expl: Explanation) -> bool:
    [target] = expl.targets or []
    return target.heatmap is None or not target.heatmap.any()


def drawn(expl: Explanation) -> Image.Image:
    """Return a small picture with the map over it, or what a signal or volume looks like."""
    from camlight.formatters.image import format_as_image  # matplotlib, which numbers don't need

    if expl.image is None:
        picture = format_as_image(expl).convert("RGB")
        picture.thumbnail((2 * _SIDE, 2 * _SIDE))
        return picture
    photo = expl.image.convert("RGB")
    scale = _SIDE / max(photo.size)
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    small = photo.resize(size, Image.Resampling.LANCZOS)
    return format_as_image(replace(expl, image=small)).convert("RGB")


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
