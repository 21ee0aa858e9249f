"""The section of a report that changes the picture and watches the score."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .beside import Beside, Faithfulness
from .faithful import total_passes
from .measure import Measure
from .passes import METRICS, cost_of
from .report_controls import columns_of
from .report_parts import Finding, Section, grouped

__all__ = ["OPTIONS", "RANDOM_MAPS", "faithfulness_passes", "faithfulness_section"]

OPTIONS: Mapping[str, dict[str, Any]] = {
    "insertion": {"steps": 20},
    "deletion": {"steps": 20},
    "road": {"percentiles": (20, 40)},  # the larger a hole, the longer it takes to fill in
    "infidelity": {"samples": 50},
    "sensitivity_n": {"samples": 25},
    "max_sensitivity": {"samples": 5},
}
"""How thoroughly it is measured: so that it takes seconds."""

RANDOM_MAPS = 2

_TITLES = {
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

_MEANING = (
    "Parts of the picture are taken out and the score is read again. If the map shows what the "
    "score rests on, the score depends most on its strongest places. Two controls that know "
    "nothing of the model are measured beside it: noise as coarse as the map (the mean of two), "
    "and a blob in the middle, where photos have their objects; for methods whose maps aren't of "
    "one size, each method's own. Only what does better than all of its own is of use. Pictures "
    "with holes are unlike any that the model has learned, which makes all of these numbers rough."
)


def faithfulness_passes(maps: int) -> int:
    """Return how many pictures are scored for so many maps."""
    costs = {name: cost_of(name, OPTIONS.get(name, {})) for name in METRICS}
    return maps * total_passes(costs, RANDOM_MAPS + 2)


def faithfulness_section(found: Mapping[str, Faithfulness]) -> Section:
    """Say how faithful maps are, given what was measured of each by its name."""
    findings, notes = [], []
    metrics = list(next(iter(found.values())))
    rows = [{label: one[metric.metric] for label, one in found.items()} for metric in metrics]
    controls = columns_of(
        [{label: _controls(one) for label, one in beside.items()} for beside in rows]
    )
    for metric, beside, known in zip(metrics, rows, controls, strict=True):
        title, meaning = _TITLES[metric.metric]
        better = next((one.found.better for one in beside.values() if one.found), "")
        if metric.metric == "infidelity":
            better = "higher"
        if not better:
            notes.append(f"{title} could not be measured. {metric.note}")
            continue
        findings.append(
            Finding(
                title,
                meaning,
                {label: _value(one.found) for label, one in beside.items()},
                known,
                better,
                tuple(label for label, one in beside.items() if one.beats_controls),
            )
        )
    verdicts = {label: _verdict(one) for label, one in found.items()}
    return Section(
        "Does the score rest on what it shows?",
        _MEANING,
        tuple(findings),
        (*grouped(verdicts), *notes),
    )


def _value(measure: Measure | None) -> float:
    if measure is None:
        return math.nan
    # in squared units of the score, infidelity says little by itself
    return float(measure.details["share"] if measure.metric == "infidelity" else measure.value)


def _controls(beside: Beside) -> dict[str, float]:
    values = [_value(one) for one in beside.random]
    mean = sum(values) / len(values) if values else math.nan
    return {"random maps": mean, "centre blob": _value(beside.centre)}


def _verdict(found: Faithfulness) -> str:
    known = [one for one in found if one.beats_controls is not None]
    lost = [_TITLES[one.metric][0] for one in known if not one.beats_controls]
    words = (
        f"In this draw the map did better than every control in {len(known) - len(lost)} of "
        f"{len(known)} measures"
    )
    words = f"{words}; not in {', '.join(lost)}." if lost else f"{words}."
    uncounted = " Max-sensitivity doesn't count: by itself, less isn't better."
    counts = any(one.metric == "max_sensitivity" and one.found for one in found)
    return f"{words} With other noise, small leads may turn around.{uncounted if counts else ''}"
