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
    answering the commonest class leaves. Costs two trainings, and two explanations a picture.

    Parameters
    ----------
    train : callable
        Takes `x` and labels and returns a new model trained on them, until it knows even wrong
        labels by heart; seed it, so that the two models begin alike.
    x, y : ndarray, shape (N, H, W, C) and (N, ...)
        Pictures and their labels.
    docs : sequence, optional
        The pictures whose maps are compared. By default the first 8 of `x`.
    similarities, seed, **how
        As in `randomization`; the seed of the permutation. Each picture's target is, by default,
        what the model trained on the true labels answers.

    Returns
    -------
    Result
        Printed as a table, with the `similarities` of each picture's two maps (NaN where one was
        constant or empty) and their `means`; the `accuracies`, which share of the labels and of
        the permuted ones the models learned (None where labels aren't class numbers), and the
        share `chance` that the commonest class alone gets right.

    Raises
    ------
    ImportError, TypeError, ValueError
        As in `randomization`; for a `train` that can't be called, `x` and `y` of different lengths
        or less than two rows, labels that no permutation changes, and no `docs`.

    Examples
    --------
    A model that always looks to the upper left, whatever it is told:

    >>> import keras
    >>> def train(x, y):
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
    permuted = _permuted(y, checks.seed(seed))
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
    accuracies = _accuracies(models, x, (y, permuted))
    commonest = int(np.unique(y, return_counts=True)[1].max())
    return permutation_result(found, accuracies, commonest / len(y) if accuracies else 0.0)


def permutation_result(
    similarities: Sequence[Mapping[str, float]],
    accuracies: tuple[float, float] | None,
    chance: float,
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


def _permuted(labels: np.ndarray, seed: int) -> np.ndarray:
    permuted = np.random.default_rng(seed).permutation(labels)
    if (labels == labels[0]).all():
        expected = "Expected labels of two classes or more in `y`, to be permuted."
        raise ValueError(f"{expected} Received: {len(labels)} that are all the same.")
    if (permuted == labels).all():
        raise ValueError(
            "Expected a permutation that changes labels. Received: one that changes none. Take "
            "another `seed`, or more labels."
        )
    return permuted


def _accuracies(
    models: tuple[Any, Any], x: np.ndarray, labels: tuple[np.ndarray, np.ndarray]
) -> tuple[float, float] | None:
    if labels[0].ndim != 1 or labels[0].dtype.kind not in "iu":
        return None
    right = [
        float((model.predict(x, verbose=0).argmax(-1) == known).mean())
        for model, known in zip(models, labels, strict=True)
    ]
    return right[0], right[1]
