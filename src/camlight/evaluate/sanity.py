"""Whether a map depends on what the model learned."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from camlight.progress import progress

from . import checks
from .result import Result, Row, name_of, number
from .similarity import again, checked_similarities, first_look, likeness, signed_map

HARDLY_CHANGED = 0.7
CHANGED = 0.4
"""From and up to which rank correlation a map counts as one that hardly changed, or that did."""

_SHIFTS = 20

NOTHING = "In this test nothing could be compared: "


def randomization(
    model: Any,
    doc: Any,
    *,
    order: str = "cascading",
    groups: int | None = 12,
    similarities: Sequence[str] | None = None,
    seed: int = 0,
    **how: Any,
) -> Result:
    """Randomize a model's weights, layer by layer from the output down, and see its map change.

    Adebayo et al. 2018, https://arxiv.org/abs/1810.03292, but the numbers inside each weight are
    shuffled, not drawn anew. A map that stays as it is shows something else, such as edges. One
    draw scatters, with 7 x 7 cells by 0.2 or more: try several seeds. Take ``pre_softmax=True``:
    a sure softmax is flat. Costs an explanation for each group and one more. A ValueError for an
    argument out of range, several targets, or a first map that is constant.

    Parameters
    ----------
    model, doc, **how
        As in `camlight.explain_prediction_keras`. The target stays that of the model as it is. The
        weights are put back bit for bit, also after a Ctrl-C; don't use the model meanwhile.
    order : {"cascading", "independent"}
        Whether layers stay randomized when the next ones are. Default ``"cascading"``.
    groups, seed : int
        Of layers with weights: the last alone, the others in even parts; None: each. Default 12, 0.
    similarities : sequence of str, optional
        Out of ``"spearman"``, ``"absolute_spearman"``, of which the verdict takes the larger, and
        ``"ssim"``, ``"hog"`` (scikit-image); by default all that can be taken.

    Returns
    -------
    Result
        ``steps`` has a row for each: its `layers`, `similarities` with the ``original`` map (NaN
        where one was constant or empty), their `rank_correlation`, the `explanation`; ``control``
        has the similarities of unrelated maps, the original one and itself, moved.

    Examples
    --------
    >>> from camlight import demo
    >>> model, how = demo.efficientnet_lite0(), {"preprocess": demo.preprocess_input}
    >>> few = {"groups": 3, "similarities": ["spearman"], "pre_softmax": True}
    >>> len(randomization(model, demo.photo("chelsea"), **few, **how).steps)
    3
    """
    from camlight.keras.measuring import kept, shuffle, weight_groups  # Keras

    if order not in ("cascading", "independent"):
        expected = "Expected `order` to be 'cascading' or 'independent'."
        raise ValueError(f"{expected} Received: {order!r}.")
    seed, groups = checks.seed(seed), None if groups is None else checks.count("groups", groups)
    look = first_look(model, doc, how)
    original = signed_map(look.expl)
    names = checked_similarities(similarities, original.ndim)
    parts = weight_groups(model, doc, groups, how.get("preprocess"), how.get("output"))
    stays = [v for part in parts for v in part.variables] if order == "cascading" else []
    steps: list[Row] = []
    with (
        progress("Parameter randomization", len(parts) * look.passes) as done,
        kept(stays),  # whatever goes wrong here, the weights are put back before it goes on
    ):
        for place, part in enumerate(parts):
            with kept(() if stays else part.variables):
                shuffle(part.variables, np.random.default_rng([seed, place]))
                expl = again(model, doc, look.how)
                plus = "+ " if steps and order == "cascading" else ""
                alike = likeness(names, original, signed_map(expl))
                steps.append(step_of(part.layers, alike, expl, plus))
                done(look.passes)
    control = _unrelated(names, original, seed)
    method, model_name, target = look.expl.method, look.expl.estimator, name_of(look.expl)
    found = {"order": order, "method": method, "original": look.expl, "control": control}
    return Result(
        f"Parameter randomization, {order}: {method} of {model_name} for {target}",
        rows=(*steps, Row("(unrelated maps)", values=control)),
        verdicts=(verdict_of(order, steps),),
        details={"steps": tuple(steps), **found},
    )


def step_of(
    layers: tuple[str, ...], similarities: Any, explanation: Any = None, plus: str = ""
) -> Row:
    """Return the row of a step."""
    first, *others = layers
    title = f"{first} … {others[-1]} ({len(layers)} layers)" if others else first
    found: dict[str, Any] = {"title": title, "layers": layers, "explanation": explanation}
    found |= {"similarities": similarities, "rank_correlation": rank_correlation(similarities)}
    return Row(plus + title, values=similarities, details=found)


def rank_correlation(similarities: Mapping[str, float]) -> float:
    """Return the larger of the signed and the absolute one, where they were taken."""
    found = [v for n, v in similarities.items() if "spearman" in n and not math.isnan(v)]
    return max(found, default=math.nan)


def _unrelated(names: Sequence[str], signed: np.ndarray, seed: int) -> dict[str, float]:
    """Return how like a map is, on average, to itself moved elsewhere, around its edges."""
    rng, axes = np.random.default_rng([seed, 1]), tuple(range(signed.ndim))
    found = []
    for _ in range(_SHIFTS):
        move = [int(rng.integers(1, length)) if length > 1 else 0 for length in signed.shape]
        found.append(likeness(names, signed, np.roll(signed, move, axes)))
    return {name: float(np.mean([one[name] for one in found])) for name in names}


def verdict_of(order: str, steps: Sequence[Row]) -> str:
    """Say what the numbers of all steps say."""
    known, half = [step.rank_correlation for step in steps], len(steps) // 2
    if order == "cascading":
        # one random draw scatters: the mean over half of the layers scatters less
        return _cascading(mean_of(known[:half]), mean_of(known[half:]))
    same = [step.title for step in steps if step.rank_correlation >= HARDLY_CHANGED]
    if same:
        when = "when one of these was randomized alone"
        return f"In this draw the map hardly changed {when}: {', '.join(same)}."
    if empty := sum(map(math.isnan, known)):
        return (
            f"In this draw {empty} of {len(steps)} maps were empty, or the same everywhere, once a "
            "group of layers was randomized, and could not be compared. Any other map changed."
        )
    groups = f"the {len(steps)} groups of layers"
    return f"In this draw the map changed whichever of {groups} was randomized."


def _cascading(upper: float, lower: float) -> str:
    """Say what the mean correlations over the upper and the lower half of the steps say."""
    if math.isnan(lower):
        return (
            f"{NOTHING}with the lower layers randomized as well the map was empty, or the same "
            "everywhere."
        )
    how, still, much = "changed in part", "", "some"
    if lower >= HARDLY_CHANGED:
        how, still, much = "hardly changed", "still ", "most"
    elif upper >= HARDLY_CHANGED:
        return (
            "In this test the map changed late: over the upper half of the steps, the answer "
            "lost with the first, its mean rank correlation with the original was still "
            f"{number(upper)}, and only over the lower half it was {number(lower)}. "
            "In this draw, most of what it shows did not depend on what makes the answer."
        )
    so = f", {much} of what it shows did not depend on what these layers learned."
    if lower <= CHANGED:
        how = "changed"
        so = (
            " it depended on what the model learned, as it must; another draw may say otherwise. "
            "That it shows the right thing, this test can't say."
        )
    return (
        f"In this test the map {how}: over the lower half of the steps, its mean rank correlation "
        f"with the original was {still}{number(lower)}. In this draw{so}"
    )


def mean_of(values: Sequence[float]) -> float:
    """Return the mean of what isn't NaN."""
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan
