"""Whether a map depends on what the labels say.

Adebayo et al. 2018, "Sanity Checks for Saliency Maps", https://arxiv.org/abs/1810.03292.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .asking import again, first_look, signed_map
from .checks import checked_seed
from .randomised import CHANGED, HARDLY_CHANGED
from .sanity import likeness
from .similarity import checked_similarities
from .tables import number, plain, text_table

__all__ = ["LabelPermutation", "label_permutation"]


@dataclass(frozen=True, repr=False)
class LabelPermutation:
    """How like the maps of two models are, one trained on the labels, one on permuted ones.

    It prints as a table.

    Attributes
    ----------
    similarities : tuple of dict of str to float
        For each picture; NaN where one of the maps was constant or empty.
    accuracies : tuple of float, optional
        Which share of the labels, and of the permuted ones, the models learned; None where
        labels aren't class numbers.
    chance : float
        The share of labels that the commonest class alone gets right. Default 0.

    Examples
    --------
    >>> print(LabelPermutation(({"spearman": 0.1},), (1.0, 0.9), 0.5))
    Permuted labels
    <BLANKLINE>
    picture  spearman
    -------  --------
    1        0.10
    mean     0.10
    <BLANKLINE>
    Labels learned: true 100 %, permuted 90 %, the commonest class alone 50 %.
    <BLANKLINE>
    In this test the maps changed: trained on permuted labels, the model had maps with a rank \
correlation of 0.10, on average, with those of the model trained on the true ones. So they \
depended on what the labels say, as they must.
    """

    similarities: tuple[dict[str, float], ...]
    accuracies: tuple[float, float] | None = None
    chance: float = 0.0

    @property
    def means(self) -> dict[str, float]:
        """Each similarity's mean over the pictures; pictures without one are left out."""
        found = {}
        for name in self.similarities[0]:
            known = [one[name] for one in self.similarities if not math.isnan(one[name])]
            found[name] = float(np.mean(known)) if known else math.nan
        return found

    @property
    def verdict(self) -> str:
        """What the numbers say, in words no larger than they are."""
        ranks = [value for name, value in self.means.items() if "spearman" in name]
        mean = max((value for value in ranks if not math.isnan(value)), default=math.nan)
        if math.isnan(mean):
            return (
                "In this test nothing could be compared: a map was empty, or the same everywhere."
            )
        if unlearned := self._unlearned:
            return (
                f"This test has no result: {unlearned} not learned, and maps of models that "
                "learned nothing tell nothing. Train until both models know their labels by heart."
            )
        numbers = (
            "trained on permuted labels, the model had maps with a rank correlation of "
            f"{number(mean)}, on average, with those of the model trained on the true ones"
        )
        if mean >= HARDLY_CHANGED:
            return (
                f"In this test the maps hardly changed: {numbers}. They showed little of what the "
                "labels say."
            )
        if mean <= CHANGED:
            return (
                f"In this test the maps changed: {numbers}. So they depended on what the labels "
                "say, as they must."
            )
        return f"In this test the maps changed in part: {numbers}."

    @property
    def _unlearned(self) -> str:
        """Which labels were not learned: less than half of what the commonest class leaves."""
        enough = (1 + self.chance) / 2
        known = zip(("the true labels", "the permuted labels"), self.accuracies or (), strict=False)
        few = [name for name, share in known if share < enough]
        return f"{' and '.join(few)} were" if few else ""

    def __str__(self) -> str:
        rows = [["picture", *self.means]]
        rows += [
            [str(place), *map(number, one.values())]
            for place, one in enumerate(self.similarities, start=1)
        ]
        rows.append(["mean", *map(number, self.means.values())])
        learned = "Whether the labels were learned isn't known: they are no class numbers."
        if self.accuracies:
            true, permuted = self.accuracies
            learned = (
                f"Labels learned: true {true:.0%}, permuted {permuted:.0%}, the commonest class "
                f"alone {self.chance:.0%}."
            ).replace("%", " %")
        return f"Permuted labels\n\n{text_table(rows)}\n\n{learned}\n\n{self.verdict}"

    __repr__ = __str__

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers and the verdict as what JSON can hold; NaN becomes None."""
        return {
            "test": "label permutation",
            "pictures": [plain(one) for one in self.similarities],
            "means": plain(self.means),
            "accuracies": None if self.accuracies is None else list(self.accuracies),
            "chance": self.chance,
            "verdict": self.verdict,
        }


def label_permutation(
    train: Callable[[np.ndarray, np.ndarray], Any],
    x: np.ndarray,
    y: np.ndarray,
    docs: Sequence[Any] | None = None,
    *,
    similarities: Sequence[str] | None = None,
    seed: int = 0,
    **how: Any,
) -> LabelPermutation:
    """Train a model on the labels and one on permuted labels, and compare their maps.

    Parameters
    ----------
    train : callable
        Takes `x` and labels and returns a new model trained on them. Training should go on until
        the model knows even wrong labels by heart; seed it, so that the two models begin alike.
    x : ndarray, shape (N, H, W, C)
    y : ndarray, shape (N, ...)
        The labels, a row for each of `x`.
    docs : sequence, optional
        The pictures whose maps are compared. By default the first 8 of `x`.
    similarities
        As in `randomisation`.
    seed : int
        Of the permutation. Default 0.
    **how
        The other arguments of `camlight.explain_prediction_keras`. Each picture's target is, by
        default, what the model trained on the true labels answers.

    Returns
    -------
    LabelPermutation

    Raises
    ------
    TypeError
        If `train` can't be called.
    ValueError
        If `x` and `y` have different lengths or less than two rows, all labels are the same, or
        permuting them changed nothing; if there are no `docs`; or as `randomisation` does.

    Notes
    -----
    Adebayo et al. 2018, section 3.2. Without a model that has learned its labels there is no
    result: the verdict asks of both for half of what always answering the commonest class leaves.
    Costs two trainings, and two explanations for each picture.

    Examples
    --------
    A model that always looks to the upper left, whatever it is told:

    >>> import keras
    >>> def train(x, y):
    ...     model = keras.Sequential(
    ...         [keras.Input((4, 4, 1)), keras.layers.Conv2D(1, 1), keras.layers.Flatten(),
    ...          keras.layers.Dense(2)]
    ...     )
    ...     model.set_weights([np.ones_like(w) for w in model.get_weights()])
    ...     return model
    >>> x = np.linspace(1, 0, 16).reshape(1, 4, 4, 1).repeat(4, axis=0)
    >>> found = label_permutation(train, x, np.array([0, 1, 0, 1]), similarities=["spearman"])
    >>> round(found.means["spearman"], 2)
    1.0
    """
    if not callable(train):
        raise TypeError(
            "Expected `train` to be a function from pictures and labels to a trained model. "
            f"Received: {type(train).__name__}."
        )
    x, y = np.asarray(x), np.asarray(y)
    if len(x) != len(y) or len(x) < 2:
        raise ValueError(
            "Expected `x` and `y` with as many rows, two at least. "
            f"Received: {len(x)} and {len(y)}."
        )
    permuted = _permuted(y, checked_seed(seed))
    pictures = list(x[:8] if docs is None else docs)
    if not pictures:
        raise ValueError("Expected `docs`, one picture or more to compare maps of. Received: none.")
    models = train(x, y), train(x, permuted)
    found = []
    for doc in pictures:
        original, fixed, _ = first_look(models[0], doc, how)
        names = checked_similarities(similarities, signed_map(original).ndim)
        found.append(likeness(names, original, again(models[1], doc, fixed)))
    accuracies = _accuracies(models, x, (y, permuted))
    chance = (
        0.0 if accuracies is None else float(np.unique(y, return_counts=True)[1].max()) / len(y)
    )
    return LabelPermutation(tuple(found), accuracies, chance)


def _permuted(labels: np.ndarray, seed: int) -> np.ndarray:
    if (labels == labels[0]).all():
        raise ValueError(
            "Expected labels of two classes or more in `y`, to be permuted. Received: "
            f"{len(labels)} that are all the same."
        )
    permuted = np.random.default_rng(seed).permutation(labels)
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
