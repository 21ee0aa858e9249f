"""The section of a report that changes the picture and watches the score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from .controls import centre_map, random_map
from .measure import Measure
from .passes import METRICS, forward_passes
from .report_parts import Finding, Section

__all__ = ["faithfulness_passes", "faithfulness_section"]

_OPTIONS: dict[str, dict[str, Any]] = {
    "deletion": {"steps": 20},
    "insertion": {"steps": 20},
    "confidence_drop": {},
    "road": {},
    "infidelity": {"samples": 40},
    "sensitivity_n": {"samples": 20},
}
"""What is measured, and how thoroughly: so that it takes seconds."""

_MEANINGS = {
    "deletion": "the mean score while the map's strongest places are taken out first",
    "insertion": "the mean score while they are put in first",
    "confidence_drop": "the share of the score lost with only what the map shows left",
    "road": "the score lost without the weakest places, less that lost without the strongest",
    "infidelity": "how badly the map foretells what covering a square does to the score",
    "sensitivity_n": "how well the map's sum over places foretells what taking them out does",
}

_MEANING = (
    "Parts of the picture are taken out and the score is read again. If the map shows what the "
    "score rests on, the score depends most on its strongest places. A map that knows nothing of "
    "the model is measured beside it: noise, and a blob in the middle, where photos have their "
    "objects. Only what does better than both is of use. Pictures with holes are unlike any that "
    "the model has learned, which makes all of these numbers rough."
)


def faithfulness_passes(maps: int) -> int:
    """Return how many pictures are scored for so many maps, the controls not among them."""
    return (maps + 2) * sum(forward_passes(name, **_OPTIONS[name]) for name in _OPTIONS)


def faithfulness_section(
    heatmaps: Mapping[str, np.ndarray],
    picture: np.ndarray,
    score_pictures: Callable[[np.ndarray], np.ndarray],
    seed: int,
) -> Section:
    """Measure maps, and two that know nothing beside them.

    Parameters
    ----------
    heatmaps : mapping of str to ndarray, shape (H, W)
        By name, in the picture's size.
    picture : ndarray, shape (H, W, C)
        As the model takes it.
    score_pictures : callable
        From pictures to the score of each.
    seed : int
    """
    shape = picture.shape[:-1]
    controls = {"random map": random_map(shape, seed), "centre blob": centre_map(shape)}
    findings, failed = [], []
    for name, options in _OPTIONS.items():
        measure = partial(_measured, name, options, picture, score_pictures, seed)
        try:
            found = {label: measure(one) for label, one in {**heatmaps, **controls}.items()}
        except ValueError as error:
            failed.append(f"{_title(name)} could not be measured. {error}")
            continue
        better = next(iter(found.values())).better
        values = {label: one.value for label, one in found.items()}
        findings.append(
            Finding(
                _title(name),
                f"{_MEANINGS[name]}.",
                {label: values[label] for label in heatmaps},
                {label: values[label] for label in controls},
                better,
            )
        )
    verdicts = [_verdict(label, findings) for label in heatmaps] if findings else []
    return Section(
        "Does the score rest on what it shows?", _MEANING, tuple(findings), (*verdicts, *failed)
    )


def _measured(
    name: str,
    options: dict[str, Any],
    picture: np.ndarray,
    score_pictures: Callable[[np.ndarray], np.ndarray],
    seed: int,
    heatmap: np.ndarray,
) -> Measure:
    seeded = {} if name == "confidence_drop" else {"seed": seed}
    if name == "sensitivity_n":
        seeded["cell"] = max(1, min(heatmap.shape) // 16)
    return METRICS[name](heatmap, picture, score_pictures, **options, **seeded)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize() if name != "road" else "ROAD"


def _verdict(label: str, findings: list[Finding]) -> str:
    won = [one.name for one in findings if one.beats_controls(label)]
    lost = [one.name for one in findings if not one.beats_controls(label)]
    words = (
        f"In this test {label} did better than both maps that know nothing in {len(won)} of "
        f"{len(findings)} measures"
    )
    return f"{words}; not in: {', '.join(lost)}." if lost else f"{words}."
