"""Is the map faithful to the model? All measures of one explanation, beside maps of nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from camlight.base import Explanation
from camlight.explain import explain_prediction
from camlight.methods.maps import enlarged
from camlight.progress import progress

from . import checks
from .checks import Measure, ScorePictures, UndefinedMeasure, centre_map, random_map
from .metrics import MEANINGS, METRICS, cost_of, total_passes
from .result import Result, Row, name_of
from .similarity import again, signed_map

if TYPE_CHECKING:
    from camlight.keras.measuring import Scoring

_ALIKE = 1e-3
"""How far the score may be from the explanation's, of its size and by itself."""


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
) -> Result:
    """Measure how faithful an explanation's map is to the model, beside maps that know nothing.

    Scores about 600 pictures with the defaults, each once. An error for options that a measure
    hasn't, an explanation of another target or score, and, of ``"road"``, without SciPy.

    Parameters
    ----------
    model, doc, explanation, **same
        As in `camlight.explain_prediction`; an Explanation that was made with these, by default it
        is made here. Its first target is measured; with ``pre_softmax=True`` the logit.
    metrics, options : sequence of str, or str; and mapping
        Measures out of `METRICS`, by default all; options, as ``{"deletion": {"steps": 20}}``.
    random_maps, seed : int
        How many random maps are measured too, and the seed of all that is random. Default 1, 0.

    Returns
    -------
    Result
        With ``passes`` and ``seed``. ``result["deletion"]``, and so on, has the `Measure` `found`
        of the map (or None, and a `note` why), those of `random` maps as coarse as that and of a
        blob in the `centre`, and whether it `beats_controls`.

    Examples
    --------
    >>> from camlight import demo
    >>> model, how = demo.efficientnet_lite0(), {"preprocess": demo.preprocess_input}
    >>> few = {"metrics": "deletion", "options": {"deletion": {"steps": 10}}}
    >>> faithfulness(model, demo.photo("chelsea"), **few, **how).passes
    29
    """
    options = {} if options is None else options
    costs, seed = _read_metrics(metrics, options), checks.seed(seed)
    if same.get("top_targets") not in (None, 1):
        received = f"`top_targets` {same['top_targets']!r}"
        raise ValueError(f"Expected one target, whose map is measured. Received: {received}.")
    maps = 2 + checks.count("random_maps", random_maps)
    if explanation is None:
        explanation = explain_prediction(model, doc, **same)
    signed, target = signed_map(explanation), (explanation.targets or [])[0].target
    asked = {name: value for name, value in same.items() if name not in ("targets", "top_targets")}
    given = same.get("targets")
    asked["targets"] = [target] if given is None else given[:1] if type(given) is list else given
    scoring = _scoring_like(explanation, model, doc, asked)
    total = total_passes(costs, maps)
    with progress("Faithfulness", total) as done:
        score = _remembering(scoring, done)
        explain = _explaining(model, scoring, asked, signed, done)
        rows = []
        for metric in costs:
            own: dict[str, Any] = {} if metric == "confidence_drop" else {"seed": seed}
            if metric == "sensitivity_n":  # of a photo, single pixels change little
                own["cell"] = max(1, max(scoring.picture.shape[:-1]) // 16)
            own |= options.get(metric, {})
            rows.append(
                _measured(metric, own, signed, scoring.picture, score, explain, random_maps)
            )
    found = {name: getattr(explanation, name) for name in ("estimator", "layer", "method")}
    place = f" at {explanation.layer}" if explanation.layer else ""
    named, many = name_of(explanation), "" if random_maps == 1 else "s"
    return Result(
        f"{explanation.method} of {explanation.estimator}{place}, for {named}",
        f"Controls: a blob in the centre and {random_maps} random map{many}, seed {seed}. Forward "
        f"passes: {total}. This is how the model reacts to altered pictures, unlike those it was "
        "trained on. It can show that a map is wrong, not that it is right.",
        tuple(rows),
        (_verdict(rows), *(f"{row.name}: {row.note}" for row in rows if row.note)),
        details=found | {"measures": tuple(rows), "target": named, "passes": total, "seed": seed},
    )


def _read_metrics(metrics: Any, options: Any) -> dict[str, tuple[int, int]]:
    """Return what measures cost with their options, by their names."""
    metrics = [metrics] if isinstance(metrics, str) else metrics
    if not isinstance(metrics, Iterable):
        expected = f"Expected `metrics` to be a list out of: {', '.join(METRICS)}."
        raise TypeError(f"{expected} Received: {checks.told(metrics)}.")
    for given in (options, *(options.values() if isinstance(options, Mapping) else ())):
        if not isinstance(given, Mapping):
            expected = "Expected `options` to hold options of measures by their names."
            raise TypeError(f"{expected} Received: {checks.told(given)}.")
    costs = {metric: cost_of(metric, options.get(metric, {})) for metric in metrics}
    if not costs:
        raise ValueError(f"Expected a measure out of: {', '.join(METRICS)}. Received: none.")
    if unknown := sorted(set(options) - set(costs)):
        expected = f"Expected `options` of the measures asked for: {', '.join(costs)}."
        raise ValueError(f"{expected} Received: {', '.join(unknown)}.")
    return costs


def _scoring_like(explanation: Explanation, model: Any, doc: Any, asked: dict[str, Any]) -> Scoring:
    """Return what scores pictures as the explanation's first target was scored."""
    from camlight.keras.measuring import scoring_of  # Keras, which measures of arrays don't need

    scoring = scoring_of(model, doc, **{n: v for n, v in asked.items() if n != "image"})
    first, label = (explanation.targets or [])[0], scoring.targets[0].label
    score, wanted = scoring.scores[0], first.score
    if label != first.target:
        expected = f"Expected `targets` to begin with that of the explanation, {first.target!r}."
        raise ValueError(f"{expected} Received: {label!r}.")
    if wanted is not None and not math.isclose(score, wanted, rel_tol=_ALIKE, abs_tol=_ALIKE):
        raise ValueError(
            f"Expected the score that the explanation has, {wanted:.4g}. Received: {score:.4g}, by "
            "other arguments such as `pre_softmax`, or of another model or picture. Pass the model "
            "and all else that it was made with."
        )
    return scoring


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
    model: Any, scoring: Scoring, asked: dict[str, Any], signed: np.ndarray, done: Any
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that explains a picture as the explanation was made."""
    how = {name: value for name, value in asked.items() if name != "preprocess"}
    wanted, near = [signed], 1e-2 * np.abs(signed).max()

    def explain(picture: np.ndarray) -> np.ndarray:
        found = signed_map(again(model, scoring.doc_of(picture), how))
        done(1)
        for one in wanted:
            if found.shape != one.shape or not np.allclose(found, one, rtol=1e-2, atol=near):
                raise UndefinedMeasure(
                    "Expected arguments that give the explanation again, such as `method`. "
                    "Received: an explanation that was made otherwise."
                )
        wanted.clear()  # the first picture is the one that was explained
        return found

    return explain


def _verdict(rows: Sequence[Row]) -> str:
    known = [row for row in rows if row.beats_controls is not None]
    lost = [row.name for row in known if not row.beats_controls]
    but = f"; not in {', '.join(lost)}" if lost else ""
    counts = any(row.name == "max_sensitivity" and row.found for row in rows)
    uncounted = " max_sensitivity doesn't count: by itself, less isn't better." if counts else ""
    return (
        f"In this draw the map did better than every control in {len(known) - len(lost)} of "
        f"{len(known)} measures{but}. With other noise, small leads may turn around.{uncounted}"
    )


def _measured(
    metric: str,
    options: dict[str, Any],
    signed: np.ndarray,
    picture: np.ndarray,
    score: ScorePictures,
    explain: Callable[[np.ndarray], np.ndarray],
    random_maps: int,
) -> Row:
    """Measure the map, the blob in the centre and random maps."""
    first, shape = checks.seed(options.get("seed", 0)), signed.shape
    asked: list[tuple[Any, ...]]
    if metric == "max_sensitivity":
        noise = np.random.default_rng(first)
        blind = [lambda _: centre_map(shape), *[lambda _: noise.uniform(size=shape)] * random_maps]
        asked = [(one, picture) for one in (explain, *blind)]
    else:
        seeds = range(first, first + random_maps)
        maps = [signed, centre_map(shape), *(random_map(shape, one) for one in seeds)]
        asked = [(enlarged(one, picture.shape[:-1]), picture, score) for one in maps]
    found, note = list[Measure | None](), ""
    for one in asked:
        try:
            found.append(METRICS[metric](*one, **options))
        except UndefinedMeasure as error:
            found.append(None)
            note = str(error)
    random = tuple(measure for measure in found[2:] if measure is not None)
    return beside(metric, found[0], random, found[1], note)


def beside(
    metric: str, found: Measure | None, random: Any, centre: Measure | None, note: str = ""
) -> Row:
    """Return what a measure found of a map beside what it found of controls."""
    beats = None
    if found and centre and metric != "max_sensitivity":
        sign = 1 if found.better == "higher" else -1
        beats = all(sign * found.value > sign * one.value for one in (*random, centre))
    mean = sum(one.value for one in random) / len(random) if random else math.nan
    controls = {"random": mean, "centre": centre.value if centre else math.nan}
    details: dict[str, Any] = {"metric": metric, "found": found, "random": random}
    details |= {"centre": centre, "note": note, "beats_controls": beats}
    value, better = (found.value, found.better) if found else (math.nan, "")
    ahead = ("map",) if beats else ()
    return Row(metric, MEANINGS[metric], {"map": value}, controls, better, ahead, details)
