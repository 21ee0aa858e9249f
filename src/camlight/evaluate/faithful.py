"""The section of a report that changes the picture and watches the score."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from .controls import centre_map, random_map
from .passes import METRICS, forward_passes
from .report_parts import Finding, Section, grouped
from .resizing import resized

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

_TITLES = {
    "deletion": (
        "Deletion",
        "the mean score while the map's strongest places are taken out first.",
        "lower",
    ),
    "insertion": ("Insertion", "the mean score while they are put in first.", "higher"),
    "confidence_drop": (
        "Confidence drop",
        "the share of the score lost where only what the map shows is left.",
        "lower",
    ),
    "road": (
        "ROAD",
        "the score without the weakest places less that without the strongest; the holes are "
        "filled in smoothly.",
        "higher",
    ),
    "infidelity": (
        "Infidelity",
        "how much of what covering a square does to the score the map foretells: 1 all, 0 nothing.",
        "higher",
    ),
    "sensitivity_n": (
        "Sensitivity-n",
        "the correlation of the map's sum over places with what taking them out does.",
        "higher",
    ),
}
"""What each of them is called, what its number is, and which way is better."""

_RANDOM_MAPS = 3

_MEANING = (
    "Parts of the picture are taken out and the score is read again. If the map shows what the "
    "score rests on, the score depends most on its strongest places. Two controls that know "
    "nothing of the model are measured beside it: noise as coarse as the map (the mean of three), "
    "and a blob in the middle, where photos have their objects. Only what does better than both "
    "is of use. Pictures with holes are unlike any that the model has learned, which makes all of "
    "these numbers rough."
)


def faithfulness_passes(maps: int) -> int:
    """Return how many pictures are scored for so many maps, the controls not among them."""
    return (maps + _RANDOM_MAPS + 1) * sum(
        forward_passes(name, **_OPTIONS[name]) for name in _OPTIONS
    )


def faithfulness_section(
    maps: Mapping[str, np.ndarray],
    picture: np.ndarray,
    score_pictures: Callable[[np.ndarray], np.ndarray],
    seed: int,
) -> Section:
    """Measure maps, and two that know nothing beside them.

    Parameters
    ----------
    maps : mapping of str to ndarray, shape (h, w)
        Signed, by name.
    picture : ndarray, shape (H, W, C)
        As the model takes it.
    score_pictures : callable
        From pictures to the score of each.
    seed : int
    """
    shape = (picture.shape[0], picture.shape[1])
    everything = {label: [resized(one, shape)] for label, one in maps.items()}
    coarsest = min((one.shape for one in maps.values()), key=math.prod)
    noise = [resized(random_map(coarsest, seed + i), shape) for i in range(_RANDOM_MAPS)]
    everything |= {"random maps": noise, "centre blob": [centre_map(shape)]}
    findings, failed = [], []
    for name in _OPTIONS:
        measure = partial(_measured, name, picture, score_pictures, seed)
        try:
            found = {label: measure(few) for label, few in everything.items()}
        except ValueError as error:
            failed.append(f"{_TITLES[name][0]} could not be measured. {error}")
            continue
        title, meaning, better = _TITLES[name]
        values = {label: found.pop(label) for label in maps}
        findings.append(Finding(title, meaning, values, found, better))
    verdicts = {label: _verdict(label, findings) for label in maps} if findings else {}
    return Section(
        "Does the score rest on what it shows?",
        _MEANING,
        tuple(findings),
        (*grouped(verdicts), *failed),
    )


def _measured(
    name: str,
    picture: np.ndarray,
    score_pictures: Callable[[np.ndarray], np.ndarray],
    seed: int,
    heatmaps: list[np.ndarray],
) -> float:
    """Return the mean over some maps."""
    options = dict(_OPTIONS[name])
    if name != "confidence_drop":
        options["seed"] = seed
    if name == "sensitivity_n":
        options["cell"] = max(1, min(picture.shape[:-1]) // 16)
    found = [METRICS[name](one, picture, score_pictures, **options) for one in heatmaps]
    # in squared units of the score a number says little by itself
    shares = name == "infidelity"
    return float(np.mean([one.details["share"] if shares else one.value for one in found]))


def _verdict(label: str, findings: list[Finding]) -> str:
    won = [one.name for one in findings if one.beats_controls(label)]
    lost = [one.name for one in findings if not one.beats_controls(label)]
    words = (
        f"In this test the map did better than both controls, noise and a blob in the middle, in "
        f"{len(won)} of {len(findings)} measures"
    )
    return f"{words}; not in {', '.join(lost)}." if lost else f"{words}."
