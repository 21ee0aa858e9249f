"""Is the map faithful to the model? All measures of one explanation, beside maps of nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from camlight.base import Explanation
from camlight.explain import explain_prediction
from camlight.methods.maps import enlarged
from camlight.progress import progress

from .beside import Beside, Faithfulness
from .checks import ScorePictures, UndefinedMeasure, checked_count, checked_seed
from .controls import centre_map, random_map
from .measure import Measure
from .passes import METRICS, Cost, read_metrics
from .subject import explaining, map_of, remembering, scoring_like

__all__ = ["faithfulness", "total_passes"]

_STAYS = "A map that never changes has 0: low is good only along with the other measures."


def faithfulness(
    model: Any,
    doc: Any,
    explanation: Explanation | None = None,
    *,
    metrics: Sequence[str] | str = tuple(METRICS),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    random_maps: int = 1,
    seed: int = 0,
    **same: Any,
) -> Faithfulness:
    """Measure how faithful an explanation's map is to the model, beside maps that know nothing.

    Parameters
    ----------
    model, doc
        As in `camlight.explain_prediction`.
    explanation : Explanation, optional
        What is measured, made of the same model and picture with the same arguments; by default
        it is made here. If it has several targets, the first is measured.
    metrics : sequence of str, or str
        Which measures, out of `METRICS`. Default all.
    options : mapping, optional
        Options of measures by their names, such as ``{"deletion": {"steps": 20}}``.
    random_maps : int
        How many random maps are measured as well. Default 1.
    seed : int
        Of everything that is random. Default 0.
    **same
        The other arguments of `camlight.explain_prediction`, such as ``method="hirescam"``. With
        ``pre_softmax=True`` the logit is measured, otherwise the model's own output.

    Returns
    -------
    Faithfulness
        For each measure what it found of the map, of random maps as coarse as that and of a blob
        in the centre; printed as a table.

    Raises
    ------
    TypeError, ValueError, ExplanationError
        As `camlight.explain_prediction_keras`, for options that a measure hasn't, and for an
        explanation of another target or score.

    Notes
    -----
    About 600 pictures are scored with the defaults; the exact number stands in ``passes``, and in
    the progress before the first of them. The model is given them in batches, filled up to one
    size, so that it may see some more. What a measure asks of every map alike is scored
    once for all of them. A measure that has no value for the map, such as the share of a score that
    isn't positive, says so in its ``note``.

    Examples
    --------
    >>> from camlight import demo
    >>> found = faithfulness(
    ...     demo.efficientnet_lite0(),
    ...     demo.photo("chelsea"),
    ...     preprocess=demo.preprocess_input,
    ...     metrics=["insertion", "deletion"],
    ...     options={"insertion": {"steps": 10}, "deletion": {"steps": 10}},
    ... )
    >>> found.passes
    57
    >>> [row["better"] for row in found.as_rows()]
    ['higher', 'lower']
    """
    costs, seed = read_metrics(metrics, options), checked_seed(seed)
    if same.get("top_targets") not in (None, 1):
        raise ValueError(
            "Expected one target, whose map is measured. Received: `top_targets` "
            f"{same['top_targets']!r}. Ask for one after the other: `targets=[...]`."
        )
    maps = 2 + checked_count("random_maps", random_maps)
    if explanation is None:
        explanation = explain_prediction(model, doc, **same)
    target, signed = map_of(explanation)
    asked = {name: value for name, value in same.items() if name not in ("targets", "top_targets")}
    given = same.get("targets")
    asked["targets"] = [target] if given is None else given[:1] if type(given) is list else given
    scoring = scoring_like(explanation, model, doc, asked)
    settings = _settings(scoring.picture.shape[:-1], costs, options or {}, seed)
    total = total_passes(costs, maps)
    with progress("Faithfulness", total) as done:
        again = explaining(model, scoring, asked, signed, done)
        score = remembering(scoring, done)
        found = [
            _beside(metric, signed, scoring.picture, score, again, settings[metric], random_maps)
            for metric in costs
        ]
    name = (explanation.targets or [])[0].name
    return Faithfulness(
        explanation.estimator,
        name or str(target),
        explanation.method or "",
        explanation.layer,
        total,
        seed,
        tuple(found),
    )


def total_passes(costs: Mapping[str, Cost], maps: int) -> int:
    """Return how many pictures go through the model; max-sensitivity explains them itself."""
    total = 0
    for metric, cost in costs.items():
        alone = metric == "max_sensitivity"
        total += sum(cost) if alone else cost.each_map * maps + cost.all_maps
    return total + any(cost.picture for name, cost in costs.items() if name != "max_sensitivity")


def _settings(
    places: tuple[int, ...],
    metrics: Mapping[str, Any],
    options: Mapping[str, Mapping[str, Any]],
    seed: int,
) -> dict[str, dict[str, Any]]:
    """Return the options of each measure: where it isn't said, what suits a photo."""
    settings: dict[str, dict[str, Any]] = {metric: {"seed": seed} for metric in metrics}
    settings.get("confidence_drop", {}).clear()  # nothing in it is random
    settings.get("sensitivity_n", {})["cell"] = max(1, max(places) // 16)
    return {metric: {**found, **options.get(metric, {})} for metric, found in settings.items()}


def _beside(
    metric: str,
    signed: np.ndarray,
    picture: np.ndarray,
    score: ScorePictures,
    again: Callable[[np.ndarray], np.ndarray],
    options: dict[str, Any],
    random_maps: int,
) -> Beside:
    first = checked_seed(options.get("seed", 0))
    seeds = range(first, first + random_maps)
    if metric == "max_sensitivity":
        noise = np.random.default_rng(seeds[0])
        makers = [
            again,
            lambda _: centre_map(signed.shape),
            *[lambda _: noise.uniform(size=signed.shape)] * random_maps,
        ]
        calls = [partial(METRICS[metric], make, picture, **options) for make in makers]
    else:
        maps = [signed, centre_map(signed.shape), *(random_map(signed.shape, s) for s in seeds)]
        large = [enlarged(one, picture.shape[:-1]) for one in maps]
        calls = [partial(METRICS[metric], one, picture, score, **options) for one in large]
    note = _STAYS if metric == "max_sensitivity" else ""
    found: list[Measure | None] = []
    for call in calls:
        try:
            found.append(call())
        except UndefinedMeasure as error:
            found.append(None)
            note = str(error)
    random = tuple(measure for measure in found[2:] if measure is not None)
    return Beside(metric, found[0], random, found[1], note)
