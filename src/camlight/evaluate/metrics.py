"""Drop in confidence and infidelity; and all measures of faithfulness by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from inspect import signature
from types import MappingProxyType
from typing import Any

import numpy as np

from camlight.methods.maps import relu_and_scale

from . import checks
from .checks import Baseline, Measure, ScorePictures, UndefinedMeasure, baseline_of
from .perturbation import deletion, insertion, road
from .sensitivity import max_sensitivity, sensitivity_n


def confidence_drop(
    heatmap: np.ndarray,
    picture: np.ndarray,
    score_pictures: ScorePictures,
    *,
    baseline: Baseline = "zero",
) -> Measure:
    """Measure the share of the score that is lost when the picture is multiplied by the map.

    Chattopadhay et al. 2018, https://arxiv.org/abs/1710.11063, section 4.1. Scores 2 pictures.

    Parameters
    ----------
    heatmap, picture, score_pictures, baseline
        As in `deletion`, with its errors. The map's positive part is scaled to a maximum of 1, as
        it is drawn. Default of `baseline` ``"zero"``, as the model takes it.

    Returns
    -------
    Measure
        ``max(0, score - masked) / score``, lower is better, but large maps gain; ``details`` has
        `score`, `masked` and `increase`. An `UndefinedMeasure` where `score` isn't positive.

    Examples
    --------
    >>> picture, heatmap = np.array([[[4.0], [1.0]]]), np.array([[2.0, -1.0]])
    >>> confidence_drop(heatmap, picture, lambda p: p.sum((1, 2, 3))).value
    0.2
    """
    heatmap, picture = checks.question(heatmap, picture)
    mask, empty = relu_and_scale(heatmap)[..., np.newaxis], baseline_of(picture, baseline)
    seen = (empty + mask * (picture - empty)).astype(picture.dtype)
    score, masked = map(float, checks.scores(score_pictures, [picture, seen]))
    if score <= 0:
        cure = "Measure the probability: leave `pre_softmax` out."
        raise UndefinedMeasure(f"Expected a positive score. Received: {score:.3g}. {cure}")
    details = {"score": score, "masked": masked, "increase": masked > score}
    return Measure("confidence drop", max(0.0, score - masked) / score, "lower", 2, details)


def average_drop(measures: Iterable[Measure]) -> tuple[float, float]:
    """Return the average drop and the increase in confidence over many pictures, in percent.

    Of what `confidence_drop` found, for each picture: the mean share of the score that was lost,
    lower is better; and in how many of a hundred pictures it rose, higher is better.

    Examples
    --------
    >>> picture, heatmap = np.ones((1, 2, 1)), np.array([[1.0, 0.0]])
    >>> average_drop([confidence_drop(heatmap, picture, lambda p: p.sum((1, 2, 3)))])
    (50.0, 0.0)
    """
    if not isinstance(measures, Iterable):
        expected = "Expected a list of what `confidence_drop` found, one for each picture."
        raise TypeError(f"{expected} Received: {type(measures).__name__}.")
    drops = list(measures)
    strange = [one for one in drops if "increase" not in getattr(one, "details", ())]
    if strange or not drops:
        names = {str(getattr(one, "metric", type(one).__name__)) for one in strange}
        expected = "Expected what `confidence_drop` found for one picture or more."
        raise ValueError(f"{expected} Received: {', '.join(sorted(names)) or 'nothing'}.")
    drop, increase = np.mean([(one.value, one.details["increase"]) for one in drops], axis=0)
    return float(100 * drop), float(100 * increase)


def infidelity(
    heatmap: np.ndarray,
    picture: np.ndarray,
    score_pictures: ScorePictures,
    *,
    perturbation: str = "square",
    size: float | None = None,
    samples: int = 100,
    baseline: Baseline = "mean",
    scaled: bool = True,
    seed: int = 0,
) -> Measure:
    """Measure by how much the map misses what the score loses when the picture is perturbed.

    Yeh et al. 2019, https://arxiv.org/abs/1901.09392, with a `scale` of 0 or more: a map whose sign
    is wrong explains nothing. Scores ``samples + 1`` pictures.

    Parameters
    ----------
    heatmap, picture, score_pictures, baseline
        As in `deletion`, with its errors; for noise the map has the picture's shape, as a gradient.
    perturbation, size : {"square", "noise"} and float, optional
        Whether a square is taken out, by default with a quarter of the shortest side, or Gaussian
        noise off every value, by default with a tenth of the picture's standard deviation.
    samples, seed, scaled : int, int and bool
        How many perturbations, their seed, and whether the map is first multiplied by the best
        number of 0 or more. Default 100, 0 and True.

    Returns
    -------
    Measure
        The mean of ``(foretold - lost) ** 2``, lower is better; ``details`` has the `scale` and the
        `share` of the mean square of `lost` that is explained. An `UndefinedMeasure` for no loss.

    Examples
    --------
    >>> weights, picture = np.array([[[2.0], [-1.0], [3.0]]]), np.array([[[1.0], [5.0], [2.0]]])
    >>> linear = lambda p: (p * weights).sum((1, 2, 3))  # its gradient foretells every change
    >>> round(infidelity(weights, picture, linear, perturbation="noise").value, 12)
    0.0
    """
    if perturbation not in ("square", "noise"):
        expected = "Expected `perturbation` to be 'square' or 'noise'."
        raise ValueError(f"{expected} Received: {perturbation!r}.")
    if not isinstance(scaled, bool | np.bool_):
        raise TypeError(f"Expected `scaled` to be True or False. Received: {scaled!r}.")
    heatmap, picture = checks.question(heatmap, picture, perturbation == "noise")
    samples, random = checks.count("samples", samples), np.random.default_rng(checks.seed(seed))
    if perturbation == "square":
        shortest, empty = min(heatmap.shape), baseline_of(picture, baseline)
        side = checks.count("size", max(1, shortest // 4) if size is None else size, shortest)
    else:
        deviation = checks.positive("size", picture.std() / 10 if size is None else size)
    foretold: list[float] = []

    def perturbed() -> Iterator[np.ndarray]:
        yield picture
        for _ in range(samples):
            if perturbation == "square":
                corner = [int(random.integers(length - side + 1)) for length in heatmap.shape]
                square = tuple(slice(start, start + side) for start in corner)
                changed = picture.copy()
                changed[square] = empty[square]
                foretold.append(float(heatmap[square].sum()))
            else:
                noise = random.normal(scale=deviation, size=picture.shape)
                changed = (picture - noise).astype(picture.dtype)
                foretold.append(float((heatmap * noise).sum()))
            yield changed

    scores = checks.scores(score_pictures, perturbed())
    sums, lost = np.array(foretold), scores[0] - scores[1:]
    if not lost.any():
        raise UndefinedMeasure(
            "Expected a score that changes when the picture does. Received: one that no "
            "perturbation changed. Take a larger `size`, or `pre_softmax=True`."
        )
    square, scale = float(sums @ sums), 1.0
    if scaled:
        scale = max(0.0, float(sums @ lost) / square) if square > 0 else 0.0
    value = float(np.mean((scale * sums - lost) ** 2))
    share = 1 - value / float(np.mean(lost**2))
    details = {"scale": scale, "share": share, "foretold": sums, "lost": lost}
    return Measure("infidelity", value, "lower", len(lost) + 1, details)


_ALL = insertion, deletion, confidence_drop, road, infidelity, sensitivity_n, max_sensitivity

METRICS: Mapping[str, Callable[..., Measure]] = MappingProxyType({m.__name__: m for m in _ALL})
"""The measures of faithfulness by their names."""

MEANINGS = {
    "insertion": "the mean score while the strongest places are put in first.",
    "deletion": "the mean score while they are taken out first.",
    "confidence_drop": "the share of the score lost where only what the map shows is left.",
    "road": "the score without the weakest places, less that without the strongest; the holes are "
    "filled in smoothly.",
    "infidelity": "by how much the map misses what covering a square does.",
    "sensitivity_n": "the correlation of the map's sum over places with what taking them out does.",
    "max_sensitivity": "how far noise that nobody sees moves the map. A map that never changes has "
    "0: low is good only along with the others.",
}


def forward_passes(metric: str, **options: Any) -> int:
    """Return how many pictures a measure of `METRICS`, with these options, scores for one map.

    Of ``"max_sensitivity"``, how many it explains. Batches are filled up: a model may see more.

    Examples
    --------
    >>> forward_passes("deletion", steps=20), forward_passes("sensitivity_n")
    (21, 201)
    """
    return sum(cost_of(metric, options)) + (metric != "road")


def cost_of(metric: str, options: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many pictures are scored for each map, and for all, but for the picture itself."""
    if metric not in METRICS:
        close = get_close_matches(str(metric), METRICS, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        expected = f"Expected a measure out of: {', '.join(METRICS)}."
        raise ValueError(f"{expected} Received: {metric!r}.{hint}")
    known = signature(METRICS[metric]).parameters
    asked = {n: p.default for n, p in known.items() if p.kind is p.KEYWORD_ONLY}
    if unknown := sorted(set(options) - set(asked)):
        expected = f"Expected options of measure `{metric}` out of: {', '.join(asked)}."
        raise TypeError(f"{expected} Received: {', '.join(unknown)}.")
    asked |= options
    if "steps" in asked:
        return checks.count("steps", asked["steps"]) - 1, 1
    if "samples" not in asked:
        return (2 * np.size(asked["percentiles"]) if metric == "road" else 1), 0
    samples = checks.count("samples", asked["samples"], least=2 if "sizes" in asked else 1)
    if metric == "max_sensitivity":
        return samples, 0
    return 0, samples * np.size(asked.get("sizes", 1))


def total_passes(costs: Mapping[str, tuple[int, int]], maps: int) -> int:
    """Return how many pictures go through the model; max-sensitivity explains them itself."""
    of_maps = {name: cost for name, cost in costs.items() if name != "max_sensitivity"}
    total = sum(each * maps + shared for each, shared in of_maps.values())
    alone = 1 + costs["max_sensitivity"][0] if "max_sensitivity" in costs else 0
    return total + alone + bool(set(of_maps) - {"road"})
