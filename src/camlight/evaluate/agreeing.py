"""Whether the maps of several methods, layers and noised pictures agree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camlight.base import Explanation
from camlight.methods.method import read_method
from camlight.progress import heard, progress

from .asking import again, first_look, signed_map
from .checks import checked_seed
from .noise import noised
from .ranks import average_ranks, correlation
from .resizing import resized
from .several import arguments_of, labels_of, read_methods
from .tables import number, text_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Agreement", "agreement"]


@dataclass(frozen=True, eq=False, repr=False)
class Agreement:
    """The rank correlation of each two of several maps; prints as a table.

    Attributes
    ----------
    labels : tuple of str
        What tells the maps apart.
    matrix : ndarray of float64, shape (N, N)
        From -1 to 1; NaN where one of two maps is empty or constant.
    explanations : tuple of Explanation
        In the order of the labels.

    Examples
    --------
    >>> found = Agreement(("gradcam", "hirescam"), np.array([[1.0, 0.8], [0.8, 1.0]]), ())
    >>> found.mean
    0.8
    """

    labels: tuple[str, ...]
    matrix: np.ndarray
    explanations: tuple[Explanation, ...]

    @property
    def mean(self) -> float:
        """The mean over all pairs of maps; pairs with an empty map are left out."""
        pairs = self.matrix[np.triu_indices(len(self.labels), 1)]
        known = pairs[~np.isnan(pairs)]
        return float(known.mean()) if known.size else math.nan

    @property
    def verdict(self) -> str:
        """What the numbers say, in words no larger than they are."""
        pairs = {
            (self.labels[i], self.labels[j]): float(self.matrix[i, j])
            for i, j in zip(*np.triu_indices(len(self.labels), 1), strict=True)
            if not math.isnan(self.matrix[i, j])
        }
        if not pairs:
            return "In this test nothing could be compared: all maps but one were empty."
        words = f"In this test two maps had a rank correlation of {number(self.mean)} on average"
        if len(pairs) > 1:
            least, most = min(pairs, key=pairs.__getitem__), max(pairs, key=pairs.__getitem__)
            words += (
                f"; the least alike were {least[0]} and {least[1]} ({number(pairs[least])}), "
                f"the most {most[0]} and {most[1]} ({number(pairs[most])})"
            )
        return (
            f"{words}. Maps that agree may be wrong together; maps that don't can't all show where "
            "the model looked."
        )

    def __str__(self) -> str:
        rows = [["", "", *(str(count) for count in range(1, len(self.labels) + 1))]]
        rows += [
            [str(count), label, *map(number, row)]
            for count, (label, row) in enumerate(
                zip(self.labels, self.matrix.tolist(), strict=True), start=1
            )
        ]
        return f"Rank correlation of maps\n\n{text_table(rows)}\n\n{self.verdict}"

    __repr__ = __str__

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers and the verdict as what JSON can hold; NaN becomes None."""
        return {
            "test": "rank correlation of maps",
            "labels": list(self.labels),
            "matrix": [
                [None if math.isnan(value) else value for value in row]
                for row in self.matrix.tolist()
            ],
            "mean": None if math.isnan(self.mean) else self.mean,
            "verdict": self.verdict,
        }

    def figure(self) -> Figure:
        """Draw the matrix: red for maps that agree, blue for such as say the opposite.

        Returns
        -------
        matplotlib.figure.Figure
            A new one, made without pyplot.
        """
        from .matrix_figure import matrix_figure  # matplotlib, which the numbers don't need

        return matrix_figure(self.labels, self.matrix)


def agreement(
    model: Any,
    doc: Any,
    *,
    methods: Sequence[Any] | Mapping[Any, Any] = ("gradcam", "layercam"),
    layers: Sequence[Any] | None = None,
    noise: Sequence[float] | float = (0.0,),
    seed: int = 0,
    **how: Any,
) -> Agreement:
    """Compare the maps of several methods, layers and noised pictures, each with each.

    Parameters
    ----------
    model, doc
        As in `camlight.explain_prediction_keras`.
    methods : sequence of str or callable, or mapping of these to their `method_options`
        Default ``("gradcam", "layercam")``.
    layers : sequence, optional
        As ``layer`` there; None in it for the automatic one. By default ``layer`` alone, if it is
        given, else the automatic one. Of a method that looks at no layer there is one map.
    noise : sequence of float, or one
        Standard deviations of noise added to the picture, as shares of the range of its values;
        0 for the picture as it is. Default that alone.
    seed : int
        Of the noise. Default 0.
    **how
        The other arguments of `camlight.explain_prediction_keras`. All maps are of one target,
        by default the highest score of the picture as it is.

    Returns
    -------
    Agreement
        Of all combinations, the methods first.

    Raises
    ------
    TypeError
        If both ``layers`` and ``layer`` are given, or noise is asked for and `doc` is neither an
        array nor a picture.
    ValueError
        If that makes less than two maps, several targets are asked for, a value of `noise` is
        negative, or the first map is constant.

    Notes
    -----
    Spearman's correlation of the heatmaps, which hold the positive part of a map, as they are
    drawn. Finer maps are averaged down to the coarsest first, so a fine map is judged only by
    where its evidence lies roughly.

    Costs an explanation for each combination.

    Examples
    --------
    >>> from camlight import demo
    >>> found = agreement(
    ...     demo.efficientnet_lite0(), demo.photo("chelsea"), preprocess=demo.preprocess_input,
    ...     noise=[0, 0.05], pre_softmax=True,
    ... )
    >>> found.labels[:2], found.matrix.shape
    (('gradcam', 'gradcam, noise 0.05'), (4, 4))
    """
    seed, at = checked_seed(seed), _read_layers(layers, how)
    levels = list(noise) if isinstance(noise, Iterable) else [noise]
    pictures = [(level, noised(doc, level, seed, "preprocess" in how)) for level in levels]
    asked = _asked(read_methods(methods, how), at, pictures, how)
    if len(asked) < 2:
        raise ValueError(
            "Expected two maps or more to compare: several `methods`, `layers` or values of "
            f"`noise`. Received: {len(asked)}."
        )
    explanations = _explained(model, doc, asked)
    labels = tuple(one.label for one in asked)
    return Agreement(labels, _matrix(explanations), tuple(explanations))


class _Asked(NamedTuple):
    """A map that is asked for: what tells it from the others, its picture and its arguments."""

    label: str
    picture: Any
    how: dict[str, Any]


def _read_layers(layers: Any, how: dict[str, Any]) -> list[Any]:
    if layers is None:
        return [how.get("layer")]
    if "layer" in how:
        raise TypeError("Expected `layers` or `layer`. Received: both. Leave one of them out.")
    return list(layers) if isinstance(layers, (list, tuple)) else [layers]


def _asked(
    named: list[tuple[Any, Any]],
    layers: list[Any],
    pictures: list[tuple[float, Any]],
    how: dict[str, Any],
) -> list[_Asked]:
    """Return all combinations, the methods first."""
    asked = []
    for called, (method, options) in zip(labels_of(named), named, strict=True):
        looks = read_method(method, options).uses_layer
        for layer in layers if looks else layers[:1]:
            own = arguments_of(method, options, {**how, "layer": layer})
            for level, picture in pictures:
                parts = [_name(layer)] if looks and len(layers) > 1 else []
                parts += [_noise(level)] if len(pictures) > 1 and (level or not parts) else []
                if len(named) > 1 or not parts:
                    parts = [called, *(part for part in parts if part != _noise(0))]
                asked.append(_Asked(", ".join(parts), picture, own))
    return asked


def _explained(model: Any, doc: Any, asked: list[_Asked]) -> list[Explanation]:
    """Explain pictures, all for the target that `doc` has by the first arguments."""
    first, fixed, _ = first_look(model, doc, asked[0].how)
    target = {"top_targets": None, "targets": fixed["targets"]}
    one_run = all(read_method(one.how["method"]).takes_one_run for one in asked)
    found, more = list[Explanation](), list[int]()
    with progress("Agreement of maps", len(asked) if one_run else None) as done, heard(more.append):
        for one in asked:
            known = one.picture is doc and not found
            found.append(first if known else again(model, one.picture, {**one.how, **target}))
            done(1 + sum(more))
            more.clear()
    return found


def _noise(level: float) -> str:
    return f"noise {level:g}" if level else "no noise"


def _name(layer: Any) -> str:
    if layer is None:
        return "automatic layer"
    if isinstance(layer, (list, tuple)):
        return " + ".join(_name(one) for one in layer)
    return str(getattr(layer, "name", layer))


def _matrix(explanations: Sequence[Explanation]) -> np.ndarray:
    maps = [np.maximum(signed_map(expl), 0) for expl in explanations]
    if len({one.ndim for one in maps}) > 1:
        raise ValueError(
            "Expected maps with the same number of axes. Received: maps of shape "
            f"{', '.join(str(one.shape) for one in maps)}."
        )
    if len({one.shape for one in maps}) > 1:
        size = tuple(min(lengths) for lengths in zip(*(one.shape for one in maps), strict=True))
        maps = [resized(one, size) for one in maps]
    ranks = [average_ranks(one) for one in maps]
    return np.array([[correlation(left, right) for right in ranks] for left in ranks])
