"""Whether a map depends on what the labels say."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from . import checks
from .result import Result, Row, number, percent
from .sanity import CHANGED, HARDLY_CHANGED, NOTHING, mean_of, rank_correlation
from .similarity import again, checked_similarities, first_look, likeness, signed_map


def label_permutation(
    train: Callable[[np.ndarray, np.ndarray], Any],
    x: np.ndarray,
    y: np.ndarray,
    docs: Sequence[Any] | None = None,
    *,
    similarities: Sequence[str] | None = None,
    seed: int = 0,
    **how: Any,
) -> Result:
    """Train a model on the labels and one on permuted labels, and compare their maps.

    Adebayo et al. 2018, section 3.2. The verdict asks of both models for half of what always
    answering the commonest class leaves. Errors are those of `randomization`.

    Parameters
    ----------
    train : callable
        From `x` and labels to a new model that knows even wrong labels by heart; seed it.
    x, y, docs : ndarray, shape (N, H, W, C) and (N, ...); and sequence, optional
        Pictures, their labels, and whose maps are compared, by default the first 8 of `x`.
    similarities, seed, **how
        As in `randomization`; by default the target is what the first model answers.

    Returns
    -------
    Result
        With the `similarities` of each picture's two maps (NaN where one was constant or empty),
        their `means`, the `accuracies` on true and permuted labels (None where labels aren't class
        numbers), and the share `chance` that the commonest class alone gets right.

    Examples
    --------
    >>> import keras
    >>> def train(x, y):  # a model that always looks to the upper left, whatever it is told
    ...     conv, flat = keras.layers.Conv2D(1, 1), keras.layers.Flatten()
    ...     model = keras.Sequential([keras.Input((4, 4, 1)), conv, flat, keras.layers.Dense(2)])
    ...     model.set_weights([np.ones_like(w) for w in model.get_weights()])
    ...     return model
    >>> x = np.linspace(1, 0, 16).reshape(1, 4, 4, 1).repeat(4, axis=0)
    >>> found = label_permutation(train, x, np.array([0, 1, 0, 1]), similarities=["spearman"])
    >>> round(found.means["spearman"], 2)
    1.0
    """
    if not callable(train):
        what = "`train` to be a function from pictures and labels to a trained model"
        raise TypeError(f"Expected {what}. Received: {type(train).__name__}.")
    x, y = np.asarray(x), np.asarray(y)
    if len(x) != len(y) or len(x) < 2:
        expected = "Expected `x` and `y` with as many rows, two at least."
        raise ValueError(f"{expected} Received: {len(x)} and {len(y)}.")
    permuted = np.random.default_rng(checks.seed(seed)).permutation(y)
    if (y == y[0]).all():
        expected = "Expected labels of two classes or more in `y`, to be permuted."
        raise ValueError(f"{expected} Received: {len(y)} that are all the same.")
    if (permuted == y).all():
        received = "one that changes none. Take another `seed`, or more labels"
        raise ValueError(f"Expected a permutation that changes labels. Received: {received}.")
    pictures = list(x[:8] if docs is None else docs)
    if not pictures:
        raise ValueError("Expected `docs`, one picture or more to compare maps of. Received: none.")
    models = train(x, y), train(x, permuted)
    found = []
    for doc in pictures:
        expl, fixed, _ = first_look(models[0], doc, how)
        names = checked_similarities(similarities, signed_map(expl).ndim)
        other = again(models[1], doc, fixed)
        found.append(likeness(names, signed_map(expl), signed_map(other)))
    if y.ndim != 1 or y.dtype.kind not in "iu":
        return permutation_result(found, None, 0.0)
    answers = [model.predict(x, verbose=0).argmax(-1) for model in models]
    right = float((answers[0] == y).mean()), float((answers[1] == permuted).mean())
    commonest = int(np.unique(y, return_counts=True)[1].max())
    return permutation_result(found, right, commonest / len(y))


def permutation_result(
    similarities: Sequence[Mapping[str, float]], accuracies: Any, chance: float
) -> Result:
    """Return what the similarities of each picture's maps say."""
    means = {name: mean_of([one[name] for one in similarities]) for name in similarities[0]}
    learned = "Whether the labels were learned isn't known: they are no class numbers."
    if accuracies:
        learned = (
            f"Labels learned: true {percent(accuracies[0])}, permuted {percent(accuracies[1])}, "
            f"the commonest class alone {percent(chance)}."
        )
    rows = [Row(str(place), values=one) for place, one in enumerate(similarities, start=1)]
    rows.append(Row("mean", values=means))
    verdict = _verdict(rank_correlation(means), accuracies, chance)
    found: dict[str, Any] = {"similarities": tuple(similarities), "means": means}
    found |= {"accuracies": accuracies, "chance": chance}
    return Result("Permuted labels", learned, tuple(rows), (verdict,), details=found)


def _verdict(mean: float, accuracies: tuple[float, float] | None, chance: float) -> str:
    if math.isnan(mean):
        return f"{NOTHING}a map was empty, or the same everywhere."
    # learned is more than half of what the commonest class leaves
    known = zip(("the true labels", "the permuted labels"), accuracies or (), strict=False)
    unlearned = [name for name, share in known if share < (1 + chance) / 2]
    if unlearned:
        return (
            f"This test has no result: {' and '.join(unlearned)} were not learned, and maps of "
            "models that learned nothing tell nothing. Train until both models know their labels "
            "by heart."
        )
    how, so = "changed in part", ""
    if mean >= HARDLY_CHANGED:
        how, so = "hardly changed", " They showed little of what the labels say."
    elif mean <= CHANGED:
        how, so = "changed", " So they depended on what the labels say, as they must."
    return (
        f"In this test the maps {how}: trained on permuted labels, the model had maps with a rank "
        f"correlation of {number(mean)}, on average, with those of the model trained on the true "
        f"ones.{so}"
    )
