"""The measures of faithfulness by their names, and what each costs, known before it starts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from inspect import signature
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from . import checks
from .checks import Measure
from .fidelity import confidence_drop, infidelity
from .perturbation import deletion, insertion, road
from .result import Result
from .sensitivity import max_sensitivity, sensitivity_n


class Cost(NamedTuple):
    """How many pictures are scored: besides the picture itself, for each map, for all together."""

    picture: int
    each_map: int
    all_maps: int


def _steps(options: dict[str, Any]) -> Cost:
    return Cost(1, checks.count("steps", options["steps"]) - 1, 1)


def _samples(options: dict[str, Any], least: int = 1) -> int:
    return checks.count("samples", options["samples"], least=least)


_TABLE: dict[str, tuple[Callable[..., Measure], Callable[[dict[str, Any]], Cost], str]] = {
    "insertion": (
        insertion,
        _steps,
        "the mean score while the strongest places are put in first.",
    ),
    "deletion": (deletion, _steps, "the mean score while they are taken out first."),
    "confidence_drop": (
        confidence_drop,
        lambda options: Cost(1, 1, 0),
        "the share of the score lost where only what the map shows is left.",
    ),
    "road": (
        road,
        lambda options: Cost(0, 2 * np.size(options["percentiles"]), 0),
        "the score without the weakest places, less that without the strongest; the holes are "
        "filled in smoothly.",
    ),
    "infidelity": (
        infidelity,
        lambda options: Cost(1, 0, _samples(options)),
        "by how much the map misses what covering a square does.",
    ),
    "sensitivity_n": (
        sensitivity_n,
        lambda options: Cost(1, 0, np.size(options["sizes"]) * _samples(options, 2)),
        "the correlation of the map's sum over places with what taking them out does.",
    ),
    "max_sensitivity": (
        max_sensitivity,
        lambda options: Cost(1, _samples(options), 0),
        "how far noise that nobody sees moves the map. A map that never changes has 0: low is good "
        "only along with the others.",
    ),
}

METRICS = MappingProxyType({name: measure for name, (measure, _, _) in _TABLE.items()})
"""The measures of faithfulness by their names."""

MEANINGS = {name: meaning for name, (_, _, meaning) in _TABLE.items()}
"""What the number of each is."""


def forward_passes(metric: str, **options: Any) -> int:
    """Return how many pictures a measure scores for one map.

    Parameters
    ----------
    metric : str
        A name out of `METRICS`, such as ``"deletion"``.
    **options
        The options that it is called with, where they aren't left at their defaults.

    Returns
    -------
    int
        Pictures that are scored; of ``"max_sensitivity"`` pictures that are explained, each for
        what the method costs. Batches are filled up to one size, so that a model may see more.

    Raises
    ------
    TypeError, ValueError
        If there is no such measure, or it has no such option.

    Examples
    --------
    >>> forward_passes("deletion", steps=20), forward_passes("sensitivity_n")
    (21, 201)
    """
    return sum(cost_of(metric, options))


def cost_of(metric: str, options: dict[str, Any]) -> Cost:
    """Return what a measure costs with these options, split up for several maps of one picture."""
    if metric not in METRICS:
        close = get_close_matches(str(metric), METRICS, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"Expected a measure out of: {', '.join(METRICS)}. Received: {metric!r}.{hint}"
        )
    known = signature(METRICS[metric]).parameters
    defaults = {n: p.default for n, p in known.items() if p.kind is p.KEYWORD_ONLY}
    if unknown := sorted(set(options) - set(defaults)):
        raise TypeError(
            f"Expected options of measure `{metric}` out of: {', '.join(defaults)}. "
            f"Received: {', '.join(unknown)}."
        )
    return _TABLE[metric][1]({**defaults, **options})


def read_metrics(metrics: Any, options: Any) -> dict[str, Cost]:
    """Return what measures cost with their options, by their names."""
    metrics = [metrics] if isinstance(metrics, str) else metrics
    if not isinstance(metrics, Iterable):
        raise TypeError(
            f"Expected `metrics` to be a list out of: {', '.join(METRICS)}. "
            f"Received: {metrics!r} of type {type(metrics).__name__}."
        )
    options = {} if options is None else options
    for given in (options, *(options.values() if isinstance(options, Mapping) else ())):
        if not isinstance(given, Mapping):
            raise TypeError(
                "Expected `options` to hold options of measures by their names, such as "
                f"`{{'deletion': {{'steps': 20}}}}`. Received: {given!r} of type "
                f"{type(given).__name__}."
            )
    costs = {metric: cost_of(metric, dict(options.get(metric, {}))) for metric in metrics}
    if not costs:
        raise ValueError(f"Expected a measure out of: {', '.join(METRICS)}. Received: none.")
    if unknown := sorted(set(options) - set(costs)):
        raise ValueError(
            f"Expected `options` of the measures asked for: {', '.join(costs)}. "
            f"Received: {', '.join(unknown)}."
        )
    return costs


def total_passes(costs: Mapping[str, Cost], maps: int) -> int:
    """Return how many pictures go through the model; max-sensitivity explains them itself."""
    total = 0
    for metric, cost in costs.items():
        alone = metric == "max_sensitivity"
        total += sum(cost) if alone else cost.each_map * maps + cost.all_maps
    return total + any(cost.picture for name, cost in costs.items() if name != "max_sensitivity")


def foretold(found: Result) -> Result:
    """Return what `faithfulness` found, of infidelity the share of the loss that is foretold.

    In squared units of the score, infidelity says little by itself.
    """
    rows = []
    for row in found:
        if row.name == "infidelity":
            known = [row.found, row.centre, *row.random]
            share, centre, *noise = [one.details["share"] if one else math.nan for one in known]
            row = replace(
                row,
                meaning="the share of what covering a square does that the map foretells: 1 all, "
                "0 none.",
                values={"map": share},
                controls={
                    "random": sum(noise) / len(noise) if noise else math.nan,
                    "centre": centre,
                },
                better=row.better and "higher",
            )
        rows.append(row)
    return replace(found, rows=tuple(rows), verdicts=found.verdicts[:1])
