"""Is the map faithful to the model? All measures of one explanation, beside maps of nothing."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

import numpy as np

from camlight.base import Explanation, ExplanationWarning
from camlight.explain import explain_prediction
from camlight.methods.enlarging import enlarged
from camlight.progress import progress

from .beside import Beside, Faithfulness
from .checks import ScorePictures, UndefinedMeasure, checked_count
from .controls import centre_map, random_map
from .measure import Measure
from .models import Scoring, scoring_of
from .passes import METRICS, cost_of

__all__ = ["faithfulness"]

_STAYS = "A map that never changes has 0: low is good only along with the other measures."


def faithfulness(
    model: Any,
    doc: Any,
    explanation: Explanation | None = None,
    *,
    metrics: Sequence[str] = tuple(METRICS),
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
        What is measured, made with the same arguments; by default it is made here. If it has
        several targets, the first is measured.
    metrics : sequence of str
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
        As `camlight.explain_prediction_keras`, and for options that a measure hasn't.

    Notes
    -----
    About 600 pictures are scored with the defaults; the exact number stands in ``passes``, and in
    the progress before the first of them. What a measure asks of every map alike is scored
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
    >>> found["insertion"].beats_controls
    True
    """
    costs = {metric: cost_of(metric, dict((options or {}).get(metric, {}))) for metric in metrics}
    if unknown := sorted(set(options or {}) - set(costs)):
        raise ValueError(
            f"Expected `options` of the measures asked for: {', '.join(costs)}. "
            f"Received: {', '.join(unknown)}."
        )
    maps = 2 + checked_count("random_maps", random_maps)
    if explanation is None:
        explanation = explain_prediction(model, doc, **same)
    target, signed = _map_of(explanation)
    asked = {name: value for name, value in same.items() if name not in ("targets", "top_targets")}
    asked["targets"] = same.get("targets", [target])[:1]
    scoring = scoring_of(model, doc, **{n: v for n, v in asked.items() if n != "image"})
    settings = _settings(scoring.picture.shape[:-1], costs, options or {}, seed)
    total = _total(costs, maps)
    with progress("Faithfulness", total) as done:
        again = _explaining(model, scoring, asked, signed, done)
        score = _remembering(scoring, done)
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


def _map_of(explanation: Explanation) -> tuple[Any, np.ndarray]:
    """Return the first target and its signed map."""
    if explanation.error or not explanation.targets:
        raise ValueError(
            f"Expected an explanation with a map. Received: {explanation.error or 'none'}"
        )
    first = explanation.targets[0]
    if first.raw_map is None:
        raise ValueError("Expected an explanation with its signed map. Received: `raw_map` None.")
    return first.target, first.raw_map


def _total(costs: Mapping[str, Any], maps: int) -> int:
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
    seeds = range(options.get("seed", 0), options.get("seed", 0) + random_maps)
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


def _remembering(scoring: Scoring, done: Callable[[int], None]) -> ScorePictures:
    """Return a function that scores pictures, each but once."""
    known: dict[bytes, float] = {}

    def score(pictures: np.ndarray) -> np.ndarray:
        names = [blake2b(one.tobytes()).digest() for one in pictures]
        new = {name: one for name, one in zip(names, pictures, strict=True) if name not in known}
        if new:
            scores = scoring.score(np.stack(list(new.values())))[:, 0]
            known.update(zip(new, scores.tolist(), strict=True))
            done(len(new))
        return np.array([known[name] for name in names])

    return score


def _explaining(
    model: Any,
    scoring: Scoring,
    asked: dict[str, Any],
    signed: np.ndarray,
    done: Callable[[int], None],
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that explains a picture as the explanation was made."""
    how = {name: value for name, value in asked.items() if name != "preprocess"}
    first = True

    def explain(picture: np.ndarray) -> np.ndarray:
        nonlocal first
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExplanationWarning)
            found = _map_of(explain_prediction(model, scoring.doc_of(picture), **how))[1]
        done(1)
        if first and not (
            found.shape == signed.shape
            and np.allclose(found, signed, rtol=1e-2, atol=1e-2 * np.abs(signed).max())
        ):
            raise UndefinedMeasure(
                "Expected arguments that give the explanation again. Received: an explanation that "
                "was made otherwise. Pass along what it was made with, such as `method`."
            )
        first = False
        return found

    return explain
