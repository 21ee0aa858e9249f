"""Whether a map depends on what the model learned.

Adebayo et al. 2018, "Sanity Checks for Saliency Maps", https://arxiv.org/abs/1810.03292.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from camlight.base import Explanation
from camlight.progress import progress

from . import checks
from .checks import again, first_look, is_empty, name_of, signed_map
from .result import Result, Row, number
from .similarity import checked_similarities, likeness

if TYPE_CHECKING:
    from camlight.keras.measuring import WeightGroup

__all__ = ["randomization", "step_of", "verdict_of", "weights_of"]

HARDLY_CHANGED = 0.7
CHANGED = 0.4
"""From and up to which rank correlation a map counts as one that hardly changed, or that did."""

_SHIFTS = 20


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

    A map that stays as it is, though what the model learned is gone, shows something else: the
    edges of the picture, say.

    Parameters
    ----------
    model : keras.Model
        Its weights are changed while this runs and put back bit for bit, also after an error or
        a Ctrl-C. Nobody else should use the model meanwhile.
    doc
        The picture, as in `camlight.explain_prediction_keras`.
    order : {"cascading", "independent"}
        Whether layers stay randomized when the next ones are, so that in the end all are; or
        each group is randomized alone. Default ``"cascading"``.
    groups : int, optional
        In how many groups the layers with weights are randomized: the last layer alone, the
        others in parts of even size. None for each layer by itself. Default 12.
    similarities : sequence of str, optional
        Out of ``"spearman"``, ``"absolute_spearman"``, ``"ssim"``, ``"hog"``; by default all that
        can be taken. ``"spearman"`` brings ``"absolute_spearman"`` along: the verdict takes the
        larger of the two, so that a map whose sign alone turned doesn't count as changed.
    seed : int
        Default 0.
    **how
        The other arguments of `camlight.explain_prediction_keras`. The target is that of the
        model as it is, by default its highest score.

    Returns
    -------
    Result
        Printed as a table. ``steps`` has a row for each step, from the output down: the `layers`
        that were randomized in it, the `similarities` with the original map (NaN where one of the
        two was constant or empty), their `rank_correlation` and the `explanation`. ``original`` is
        that of the model as it is; ``control`` what the similarities are for maps that look alike
        but have nothing to do with each other, the original map and itself, moved.

    Raises
    ------
    ImportError
        If SciPy isn't installed, or scikit-image, which ``"ssim"`` and ``"hog"`` need.
    TypeError, ValueError
        If `order`, `groups` or a similarity isn't one, several targets are asked for, or the map
        of the model as it is has nothing to compare.

    Notes
    -----
    Adebayo et al. 2018. Instead of drawing weights anew, as the paper does, the numbers inside
    each weight are shuffled: nothing learned is left, but layers answer about as strongly as
    before. One random draw scatters, with a map of 7 x 7 cells by 0.2 or more: look at several
    values of `seed`. Take ``pre_softmax=True``: where a randomized model is sure of another answer,
    its softmax is flat, and maps of the probability are empty. Layers that the explained output
    doesn't come from are left alone, where the model's graph tells.

    Costs an explanation for each group and one more, and the memory of the weights once more.

    Examples
    --------
    >>> from camlight import demo
    >>> model, how = demo.efficientnet_lite0(), {"preprocess": demo.preprocess_input}
    >>> few = {"groups": 3, "similarities": ["spearman"], "pre_softmax": True}
    >>> check = randomization(model, demo.photo("chelsea"), **few, **how)
    >>> [len(step.layers) for step in check.steps]
    [1, 49, 49]
    """
    from camlight.keras.measuring import weight_groups  # Keras

    if order not in ("cascading", "independent"):
        raise ValueError(
            f"Expected `order` to be 'cascading' or 'independent'. Received: {order!r}."
        )
    seed, groups = checks.seed(seed), None if groups is None else checks.count("groups", groups)
    look = first_look(model, doc, how)
    original = signed_map(look.expl)
    names = checked_similarities(similarities, original.ndim)
    parts = weight_groups(model, doc, groups, how.get("preprocess"), how.get("output"))
    steps: list[Row] = []
    with (
        progress("Parameter randomization", len(parts) * look.passes) as done,
        # whatever goes wrong here, the weights are put back before it goes on its way
        closing(_explained(model, doc, look.how, parts, order, seed)) as explained,
    ):
        for part, expl in explained:
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


def weights_of(label: str, cascading: Result, independent: Result) -> Result:
    """Return what a report says of a method's map, with pictures."""
    from .drawing import drawn  # numbers don't need it

    unrelated = max(v for name, v in cascading.control.items() if "spearman" in name)
    rows, pictures = [], [drawn(cascading.original, f"{label}, the model as it is")]
    for place, step in enumerate(cascading.steps):
        values = {label: step.rank_correlation}
        rows.append(Row(step.name, values=values, controls={"unrelated maps": unrelated}))
        first, *others = step.layers
        what = f"{'+ ' if place else ''}{first}{f' and {len(others)} more' if others else ''}"
        shown = "the map is empty" if is_empty(step.explanation) else number(values[label])
        pictures.append(drawn(step.explanation, f"{what}: {shown}"))
    verdicts = (cascading.verdict, independent.verdict)
    return Result(label, rows=tuple(rows), verdicts=verdicts, pictures=tuple(pictures))


def _explained(
    model: Any, doc: Any, how: dict[str, Any], parts: list[WeightGroup], order: str, seed: int
) -> Generator[tuple[WeightGroup, Explanation], None, None]:
    from camlight.keras.measuring import kept, shuffle  # Keras

    stays = [v for part in parts for v in part.variables] if order == "cascading" else []
    with kept(stays):
        for number_, part in enumerate(parts):
            with kept(() if stays else part.variables):
                shuffle(part.variables, np.random.default_rng([seed, number_]))
                yield part, again(model, doc, how)


def step_of(
    layers: tuple[str, ...],
    similarities: Mapping[str, float],
    explanation: Explanation | None = None,
    plus: str = "",
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
    moves = [
        [int(rng.integers(1, length)) if length > 1 else 0 for length in signed.shape]
        for _ in range(_SHIFTS)
    ]
    found = [likeness(names, signed, np.roll(signed, move, axes)) for move in moves]
    return {name: float(np.mean([one[name] for one in found])) for name in names}


def verdict_of(order: str, steps: Sequence[Row]) -> str:
    """Say what the numbers of all steps say."""
    return _cascading(steps) if order == "cascading" else _independent(steps)


def _cascading(steps: Sequence[Row]) -> str:
    # one random draw scatters: the mean over half of the layers scatters less
    half = len(steps) // 2
    upper, lower = _mean(steps[:half]), _mean(steps[half:])
    if math.isnan(lower):
        return (
            "In this test nothing could be compared: with the lower layers randomized as well "
            "the map was empty, or the same everywhere."
        )
    when = "over the lower half of the steps, its mean rank correlation with the"
    if lower >= HARDLY_CHANGED:
        return (
            f"In this test the map hardly changed: {when} original was still {number(lower)}. "
            "In this draw, most of what it shows did not depend on what these layers learned."
        )
    if upper >= HARDLY_CHANGED:
        return (
            "In this test the map changed late: over the upper half of the steps, the answer "
            "lost with the first, its mean rank correlation with the original was still "
            f"{number(upper)}, and only over the lower half it was {number(lower)}. "
            "In this draw, most of what it shows did not depend on what makes the answer."
        )
    if lower <= CHANGED:
        return (
            f"In this test the map changed: {when} original was {number(lower)}. In this draw "
            "it depended on what the model learned, as it must; another draw may say "
            "otherwise. That it shows the right thing, this test can't say."
        )
    return (
        f"In this test the map changed in part: {when} original was {number(lower)}. In "
        "this draw, some of what it shows did not depend on what these layers learned."
    )


def _independent(steps: Sequence[Row]) -> str:
    same = [s.title for s in steps if s.rank_correlation >= HARDLY_CHANGED]
    empty = sum(math.isnan(s.rank_correlation) for s in steps)
    if not same and empty:
        return (
            f"In this draw {empty} of {len(steps)} maps were empty, or the same "
            "everywhere, once a group of layers was randomized, and could not be compared. "
            "Any other map changed."
        )
    if not same:
        return (
            f"In this draw the map changed whichever of the {len(steps)} groups of layers "
            "was randomized."
        )
    return "In this draw the map hardly changed when one of these was randomized alone: " + (
        f"{', '.join(same)}."
    )


def _mean(steps: Sequence[Row]) -> float:
    known = [s.rank_correlation for s in steps if not math.isnan(s.rank_correlation)]
    return float(np.mean(known)) if known else math.nan
