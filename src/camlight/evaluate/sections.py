"""The sections of a report: what single tests found of each method's map, beside one another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from camlight.base import Explanation, TargetExplanation

from .checks import Measure
from .controls import centre_map, random_map
from .localization import energy_inside, pointing_game, region_of
from .result import Picture, Result, Row, number

__all__ = [
    "drawn",
    "faithfulness_section",
    "pairs_section",
    "region_section",
    "weights_section",
]

_SIDE = 220
"""How long pictures of a report are, in pixels."""

_MEASURES = {
    "insertion": ("Insertion", "the mean score while the strongest places are put in first."),
    "deletion": ("Deletion", "the mean score while they are taken out first."),
    "confidence_drop": (
        "Confidence drop",
        "the share of the score lost where only what the map shows is left.",
    ),
    "road": (
        "ROAD",
        "the score without the weakest places, less that without the strongest; the holes are "
        "filled in smoothly.",
    ),
    "infidelity": (
        "Foretold loss",
        "how much the map foretells of what covering a square does, 1 all, 0 nothing: the share of "
        "`infidelity`, whose own value says little by itself.",
    ),
    "sensitivity_n": (
        "Sensitivity-n",
        "the correlation of the map's sum over places with what taking them out does.",
    ),
    "max_sensitivity": (
        "Max-sensitivity",
        "how far noise that nobody sees moves the map. A map that never changes has 0: low is "
        "good only along with the others.",
    ),
}


def weights_section(cascading: Mapping[str, Result], independent: Mapping[str, Result]) -> Result:
    """Say what became of each method's map when the weights were randomised."""
    label, first = next(iter(cascading.items()))
    [controls] = _columns([{name: _unrelated(one) for name, one in cascading.items()}])
    rows, pictures = [], [Picture(drawn(first.original), f"{label}, the model as it is")]
    for place, step in enumerate(first.steps):
        values = {name: one.steps[place].rank_correlation for name, one in cascading.items()}
        rows.append(Row(step.name, values=values, controls=controls))
        few = f"{step.layers[0]} and {len(step.layers) - 1} more"
        value = "the map is empty" if _empty(step.explanation) else number(step.rank_correlation)
        what = few if len(step.layers) > 1 else step.layers[0]
        below = f"{'+ ' if place else ''}{what}: {value}"
        pictures.append(Picture(drawn(step.explanation), below))
    return Result(
        "Does it depend on what the model learned?",
        "The model's weights are shuffled, from the output down to the input, and the picture is "
        "explained again after each step. The numbers are rank correlations with the original "
        "map, signed or absolute, whichever is larger: 1 is the same order of cells, 0 an "
        "unrelated one. They should fall towards what unrelated maps have. A map that stays as it "
        "is shows something else, such as the picture's edges. One random draw scatters by 0.2 or "
        "more. The numbers are of signed maps; the pictures show positive parts, and the bare "
        "photo where there are none. The verdict is about means over half of the steps.",
        tuple(rows),
        _grouped({n: f"{one.verdict} {independent[n].verdict}" for n, one in cascading.items()}),
        tuple(pictures),
    )


def _unrelated(found: Result) -> dict[str, float]:
    return {"unrelated maps": max(v for n, v in found.control.items() if "spearman" in n)}


def faithfulness_section(found: Mapping[str, Result]) -> Result:
    """Say how faithful maps are, given what was measured of each by its name."""
    rows, notes = [], []
    metrics = [row.name for row in next(iter(found.values()))]
    measured = [{label: one[metric] for label, one in found.items()} for metric in metrics]
    columns = _columns([{n: _controls(row) for n, row in one.items()} for one in measured])
    for metric, one, controls in zip(metrics, measured, columns, strict=True):
        title, meaning = _MEASURES[metric]
        better = next((row.better for row in one.values() if row.better), "")
        if not better:
            notes.append(f"{title} could not be measured. {next(iter(one.values())).note}")
            continue
        better = "higher" if metric == "infidelity" else better
        values = {label: _value(row.found) for label, row in one.items()}
        ahead = tuple(label for label, row in one.items() if row.beats_controls)
        rows.append(Row(title, meaning, values, controls, better, ahead))
    return Result(
        "Does the score rest on what it shows?",
        "Parts of the picture are taken out and the score is read again. If the map shows what the "
        "score rests on, the score depends most on its strongest places. Two controls that know "
        "nothing of the model are measured beside it: noise as coarse as the map (the mean of "
        "two), and a blob in the middle, where photos have their objects; for methods whose maps "
        "aren't of one size, each method's own. Only what does better than all of its own is of "
        "use. Pictures with holes are unlike any that the model has learned, which makes all of "
        "these numbers rough.",
        tuple(rows),
        (*_grouped({label: _verdict(one) for label, one in found.items()}), *notes),
    )


def _value(measure: Measure | None) -> float:
    if measure is None:
        return math.nan
    # in squared units of the score, infidelity says little by itself
    return float(measure.details["share"] if measure.metric == "infidelity" else measure.value)


def _controls(row: Row) -> dict[str, float]:
    values = [_value(one) for one in row.random]
    mean = sum(values) / len(values) if values else math.nan
    return {"random maps": mean, "centre blob": _value(row.centre)}


def _verdict(found: Result) -> str:
    known = [row for row in found if row.beats_controls is not None]
    lost = [_MEASURES[row.name][0] for row in known if not row.beats_controls]
    words = (
        f"In this draw the map did better than every control in {len(known) - len(lost)} of "
        f"{len(known)} measures"
    )
    words += f"; not in {', '.join(lost)}." if lost else "."
    counts = any(row.name == "max_sensitivity" and row.found for row in found)
    uncounted = " Max-sensitivity doesn't count: by itself, less isn't better." if counts else ""
    return f"{words} With other noise, small leads may turn around.{uncounted}"


def region_section(explained: Mapping[str, Explanation], box: Any, mask: Any, seed: int) -> Result:
    """Say how much of each map lies inside a box or mask."""
    label, first = next(iter(explained.items()))
    inside = region_of(first.image.size if first.image else (0, 0), box, mask)
    blind = {"random map": random_map(inside.shape, seed), "centre blob": centre_map(inside.shape)}
    controls = {
        name: Explanation("none", targets=[TargetExplanation(0, heatmap=one)], image=first.image)
        for name, one in blind.items()
    }

    def row(name: str, meaning: str, measure: Callable[..., float]) -> Row:
        maps, known = (
            {n: math.nan if _empty(one) else float(measure(one, box, mask=mask)) for n, one in of}
            for of in (explained.items(), controls.items())
        )
        return _directed(name, meaning, maps, known)

    energy = row(
        "Share inside",
        "of the map's mass; more than the controls have is good. An even map has the region's "
        f"share of the picture, {number(float(inside.mean()))}.",
        energy_inside,
    )
    peak = row(
        "Peak inside", "1 if the strongest cell's centre lies there, 0 if not.", pointing_game
    )
    verdicts = {
        name: "In this test the map was empty."
        if math.isnan(share)
        else f"In this test {share:.0%} of the map lay inside, where an even map has "
        f"{inside.mean():.0%} and a blob in the centre {energy.controls['centre blob']:.0%}."
        for name, share in energy.values.items()
    }
    return Result(
        "Does it lie on the object?",
        "You said where the object is. But a model may rightly look beside it: at the water "
        "around a boat.",
        (energy, peak),
        tuple(words.replace("%", " %") for words in _grouped(verdicts)),
        (Picture(_outlined(drawn(first), inside), f"{label}, and the region"),),
    )


def pairs_section(cases: Mapping[str, Sequence[Row]]) -> Result:
    """Say on which of two photos side by side each method's map lay."""
    shares = {label: float(np.mean([one.share for one in found])) for label, found in cases.items()}
    hits = {label: float(np.mean([one.hit for one in found])) for label, found in cases.items()}
    chance, best = {"by chance": 0.5}, "1 is best."
    meaning = f"of the map of what a photo shows, on average; {best}"
    verdicts = {
        label: "In this test the peak lay on the photo that was asked for in "
        f"{sum(one.hit for one in found)} of {len(found)} cases."
        for label, found in cases.items()
    }
    label, found = next(iter(cases.items()))
    return Result(
        "Does it tell two photos apart?",
        "The picture and another one are put side by side, in both orders, and the map is asked "
        "for what each of them shows alone.",
        (
            _directed("Share on its photo", meaning, shares, chance),
            _directed("Peak on its photo", f"in which share of the cases; {best}", hits, chance),
        ),
        _grouped(verdicts),
        tuple(Picture(drawn(c.explanation), f"{label}, asked for {c.asked}") for c in found[:6]),
    )


def _directed(name: str, meaning: str, values: dict[str, float], controls: dict[str, float]) -> Row:
    """Return a row of which more is better."""
    most = max(controls.values())
    ahead = tuple(label for label, value in values.items() if value > most)
    return Row(name, meaning, values, controls, "higher", ahead)


def _columns(rows: Sequence[Mapping[str, Mapping[str, float]]]) -> list[dict[str, float]]:
    """Return for each row its controls: one column, or one for each method whose own it is.

    Examples
    --------
    >>> one = {"gradcam": {"noise": 0.3, "blob": 0.2}, "gradient": {"noise": 0.1, "blob": 0.2}}
    >>> _columns([one])
    [{'noise, gradcam': 0.3, 'noise, gradient': 0.1, 'blob': 0.2}]
    """

    def alike(name: str) -> bool:
        values = [[own[name] for own in row.values()] for row in rows]
        firsts = [[row[0]] * len(row) for row in values]
        return np.allclose(values, firsts, rtol=1e-5, atol=0, equal_nan=True)

    columns: list[dict[str, float]] = [{} for _ in rows]
    for name in next(iter(rows[0].values())):
        shared = alike(name)
        for row, found in zip(rows, columns, strict=True):
            for label, own in row.items():
                found.setdefault(name if shared else f"{name}, {label}", own[name])
    return columns


def _grouped(verdicts: Mapping[str, str]) -> tuple[str, ...]:
    """Return verdicts with the names of what they are about, the same one once.

    Examples
    --------
    >>> _grouped({"a": "It is.", "b": "It isn't.", "c": "It is."})
    ('a, c: It is.', "b: It isn't.")
    """
    about: dict[str, list[str]] = {}
    for label, words in verdicts.items():
        about.setdefault(words, []).append(label)
    return tuple(f"{', '.join(labels)}: {words}" for words, labels in about.items())


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
