"""Whether a map depends on what the model learned.

Adebayo et al. 2018, "Sanity Checks for Saliency Maps", https://arxiv.org/abs/1810.03292.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from camlight.base import Explanation
from camlight.keras.measuring import WeightGroup, kept, shuffle, weight_groups
from camlight.progress import progress

from .asking import again, first_look, signed_map
from .checks import checked_count, checked_seed
from .randomised import Randomisation, RandomisedStep
from .similarity import SIMILARITIES, checked_similarities

__all__ = ["likeness", "randomisation", "unrelated_likeness"]

_ORDERS = ("cascading", "independent")
_SHIFTS = 20


def randomisation(
    model: Any,
    doc: Any,
    *,
    order: str = "cascading",
    groups: int | None = 12,
    similarities: Sequence[str] | None = None,
    seed: int = 0,
    **how: Any,
) -> Randomisation:
    """Randomise a model's weights, layer by layer from the output down, and see its map change.

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
        Whether layers stay randomised when the next ones are, so that in the end all are; or
        each group is randomised alone. Default ``"cascading"``.
    groups : int, optional
        In how many groups the layers with weights are randomised: the last layer alone, the
        others in parts of even size. None for each layer by itself. Default 12.
    similarities : sequence of str, optional
        Out of ``"spearman"``, ``"absolute_spearman"``, ``"ssim"``, ``"hog"``; the last two need
        scikit-image: ``pip install "camlight[evaluate]"``. By default all that can be taken.
        ``"spearman"`` brings ``"absolute_spearman"`` along: the verdict takes the larger of the
        two, so that a map whose sign alone turned around doesn't count as changed.
    seed : int
        Default 0.
    **how
        The other arguments of `camlight.explain_prediction_keras`. The target is that of the
        model as it is, by default its highest score.

    Returns
    -------
    Randomisation
        The similarities after each step, the maps, and a verdict in words.

    Raises
    ------
    ImportError
        If a similarity needs scikit-image, which isn't installed.
    TypeError
        If an argument is of another type.
    ValueError
        If `order`, `groups` or a similarity isn't one, several targets are asked for, or the map
        of the model as it is has nothing to compare.

    Notes
    -----
    Adebayo et al. 2018. Instead of drawing weights anew, as the paper does, the numbers inside
    each weight are shuffled: nothing learned is left, but layers answer about as strongly as
    before, and a map doesn't change for being faint. The numbers of one random draw scatter: with
    a map of 7 x 7 cells by 0.2 or more, so look at several values of `seed`.

    Take ``pre_softmax=True``: where a randomised model is sure of another answer, its softmax is
    flat, and maps of the probability are empty.

    Of a model with several outputs, layers that the explained one doesn't come from are left alone,
    where the model's graph tells.

    Costs an explanation for each group and one more, and the memory of the weights once more.

    Examples
    --------
    >>> from camlight import demo
    >>> check = randomisation(
    ...     demo.efficientnet_lite0(), demo.photo("chelsea"), preprocess=demo.preprocess_input,
    ...     groups=3, similarities=["spearman"], pre_softmax=True,
    ... )
    >>> [len(step.layers) for step in check.steps]
    [1, 49, 49]
    """
    if order not in _ORDERS:
        raise ValueError(
            f"Expected `order` to be 'cascading' or 'independent'. Received: {order!r}."
        )
    seed, groups = checked_seed(seed), None if groups is None else checked_count("groups", groups)
    look = first_look(model, doc, how)
    original = look.expl
    names = checked_similarities(similarities, signed_map(original).ndim)
    parts = weight_groups(model, doc, groups, how.get("preprocess"), how.get("output"))
    steps = []
    with (
        progress("Parameter randomisation", len(parts) * look.passes) as done,
        # whatever goes wrong here, the weights are put back before it goes on its way
        closing(_explained(model, doc, look.how, parts, order, seed)) as explained,
    ):
        for part, expl in explained:
            steps.append(RandomisedStep(part.layers, likeness(names, original, expl), expl))
            done(look.passes)
    return Randomisation(order, original, tuple(steps), unrelated_likeness(names, original, seed))


def _explained(
    model: Any, doc: Any, how: dict[str, Any], parts: list[WeightGroup], order: str, seed: int
) -> Generator[tuple[WeightGroup, Explanation], None, None]:
    stays = [v for part in parts for v in part.variables] if order == "cascading" else []
    with kept(stays):
        for number, part in enumerate(parts):
            with kept(() if stays else part.variables):
                shuffle(part.variables, np.random.default_rng([seed, number]))
                yield part, again(model, doc, how)


def likeness(names: Sequence[str], left: Explanation, right: Explanation) -> dict[str, float]:
    """Return the similarities of two explanations' maps; NaN where one is constant or empty."""
    return _compared(names, signed_map(left), signed_map(right))


def unrelated_likeness(names: Sequence[str], expl: Explanation, seed: int) -> dict[str, float]:
    """Return how like a map is, on average, to itself moved elsewhere: to what looks like it.

    What leaves the map on one side comes back on the other.
    """
    signed, rng = signed_map(expl), np.random.default_rng([seed, 1])
    moves = [
        [int(rng.integers(1, length)) if length > 1 else 0 for length in signed.shape]
        for _ in range(_SHIFTS)
    ]
    axes = tuple(range(signed.ndim))
    found = [_compared(names, signed, np.roll(signed, move, axes)) for move in moves]
    return {name: float(np.mean([one[name] for one in found])) for name in names}


def _compared(names: Sequence[str], left: np.ndarray, right: np.ndarray) -> dict[str, float]:
    found = {}
    for name in names:
        try:
            found[name] = SIMILARITIES[name](left, right)
        except ValueError:
            found[name] = float("nan")
    return found
