"""Maps of explanations, and how like two are: by the order of their cells, and as pictures."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from camlight.base import Explanation, ExplanationWarning
from camlight.explain import explain_prediction
from camlight.methods.maps import relu_and_scale, shares_of_cells
from camlight.progress import heard

from .checks import array, extra, told
from .result import name_of

_SIDE = 64
"""To so many pixels a side maps are brought before they are compared as pictures."""

_AS_RANKS, _AS_PICTURES = "to rank the cells of maps", "to compare maps as pictures"


def ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value, the smallest 1; equal values share the mean of their ranks."""
    return np.asarray(extra("scipy.stats", _AS_RANKS).rankdata(values))


def correlation(left: np.ndarray, right: np.ndarray) -> float:
    """Return Pearson's correlation; NaN where either side is constant."""
    left, right = left.ravel() - left.mean(), right.ravel() - right.mean()
    size = np.sqrt((left**2).sum() * (right**2).sum())
    return float(np.clip((left * right).sum() / size, -1, 1)) if size else float("nan")


def resized(heatmap: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Return a map of another size: linear between cells where it grows, else means of cells."""
    rows, columns = map(_shares, heatmap.shape, size)
    return np.asarray(rows @ heatmap.astype(np.float64) @ columns.T)


def _shares(old: int, new: int) -> np.ndarray:
    """Return what each of the `new` cells along an axis takes of each of the `old` ones."""
    if new >= old:
        return shares_of_cells(old, new)
    edges = np.arange(new + 1) * old / new
    starts = np.maximum(edges[:-1, None], np.arange(old))
    ends = np.minimum(edges[1:, None], np.arange(1, old + 1))
    return np.asarray(np.maximum(ends - starts, 0) * new / old)


def spearman(left: np.ndarray, right: np.ndarray, *, absolute: bool = False) -> float:
    """Return Spearman's rank correlation of two maps: whether they order the cells alike.

    1 for the same order, -1 for the opposite; with `absolute`, of how strong the evidence is, for
    or against. Of unrelated maps of n cells it is 0, give or take 1 / sqrt(n - 1) or more.
    Adebayo et al. 2018, https://arxiv.org/abs/1810.03292, use both forms. Needs SciPy; a TypeError
    or ValueError for maps that aren't of one shape and finite, or for one that is constant.

    Examples
    --------
    >>> left, right = np.array([[-2.0, 1.0, 0.0]]), np.array([[2.0, 1.0, 0.0]])
    >>> spearman(left, right), spearman(left, right, absolute=True)
    (-0.5, 1.0)
    """
    left, right = (np.abs(one) if absolute else one for one in _checked(left, right))
    found = correlation(ranks(left), ranks(right))
    if np.isnan(found):
        which = [name for name, one in (("first", left), ("second", right)) if np.ptp(one) == 0]
        received = f"a constant map as the {' and the '.join(which)}"
        raise ValueError(f"Expected two maps that differ from cell to cell. Received: {received}.")
    return found


def ssim(left: np.ndarray, right: np.ndarray) -> float:
    """Return the structural similarity of two heatmaps, shape (H, W), as pictures.

    Wang et al. 2004, as scikit-image computes it with a window of 7 pixels, of the positive parts,
    scaled to a maximum of 1 and brought to 64 x 64. 1 for the same picture; of unrelated ones it
    depends on how smooth they are. A TypeError or ValueError for other shapes or an empty map.

    Examples
    --------
    >>> ssim(np.eye(7), 2 * np.eye(7))
    1.0
    """
    measure = extra("skimage.metrics", _AS_PICTURES).structural_similarity
    return float(measure(*_as_pictures(left, right), data_range=1.0))


def hog_similarity(left: np.ndarray, right: np.ndarray) -> float:
    """Return how alike the edges of two heatmaps run: Pearson's correlation of two histograms.

    Histograms of oriented gradients (Dalal and Triggs 2005), as scikit-image computes them: 9
    directions, cells of 8 pixels, blocks of 2 cells. Else as `ssim`; nor may a map be constant.

    Examples
    --------
    >>> round(hog_similarity(np.eye(7), 2 * np.eye(7)), 6)
    1.0
    """
    hog = extra("skimage.feature", _AS_PICTURES).hog
    how = {"orientations": 9, "pixels_per_cell": (8, 8), "cells_per_block": (2, 2)}
    found = correlation(*(hog(picture, **how) for picture in _as_pictures(left, right)))
    if np.isnan(found):
        raise ValueError("Expected two maps with edges to compare. Received: a constant map.")
    return found


SIMILARITIES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "spearman": spearman,
    "absolute_spearman": lambda left, right: spearman(left, right, absolute=True),
    "ssim": ssim,
    "hog": hog_similarity,
}
"""Measures of likeness by name, each from two signed maps of one shape to a number."""


def checked_similarities(names: Sequence[str] | None, rank: int) -> tuple[str, ...]:
    """Return what was asked for of maps of `rank` axes, or all that can be taken."""
    extra("scipy.stats", _AS_RANKS)
    expected = f"Expected `similarities` out of: {', '.join(SIMILARITIES)}. Received:"
    if names is None:
        as_pictures = rank == 2 and find_spec("skimage") is not None
        return tuple(n for n in SIMILARITIES if as_pictures or n not in ("ssim", "hog"))
    if not isinstance(names, (str, Iterable)):
        raise TypeError(f"{expected} {told(names)}.")
    names = (names,) if isinstance(names, str) else tuple(names)
    unknown = [repr(name) for name in names if name not in SIMILARITIES]
    if unknown or not names:
        raise ValueError(f"{expected} {', '.join(unknown) or 'none'}.")
    if "ssim" in names or "hog" in names:
        if rank != 2:
            expected = f"Expected spearman or absolute_spearman for maps of {rank} axes."
            raise ValueError(f"{expected} Received: {', '.join(names)}.")
        extra("skimage.metrics", _AS_PICTURES)
    # a map whose sign alone turned around has not changed
    return tuple(dict.fromkeys((*names, *["absolute_spearman"] * ("spearman" in names))))


def likeness(names: Sequence[str], left: np.ndarray, right: np.ndarray) -> dict[str, float]:
    """Return the similarities of two maps; NaN where one is constant or empty."""
    found = {}
    for name in names:
        try:
            found[name] = SIMILARITIES[name](left, right)
        except ValueError:
            found[name] = float("nan")
    return found


def _as_pictures(left: Any, right: Any) -> list[np.ndarray]:
    """Return the positive parts of two maps as they are drawn, of one size."""
    maps, expected = _checked(left, right), "to compare as pictures. Received:"
    if maps[0].ndim != 2:
        raise ValueError(f"Expected maps of shape (H, W), {expected} {maps[0].shape}.")
    if not all((one > 0).any() for one in maps):
        raise ValueError(f"Expected two maps with positive values, {expected} an empty map.")
    return [resized(relu_and_scale(one), (_SIDE, _SIDE)) for one in maps]


def _checked(*maps: Any) -> list[np.ndarray]:
    """Return two maps as float64, of one shape."""
    left, right = (array(name, one) for name, one in zip(("left", "right"), maps, strict=True))
    if left.shape != right.shape or not left.size:
        received = f"shapes {left.shape} and {right.shape}"
        raise ValueError(f"Expected two maps of one shape. Received: {received}.")
    return [left.astype(np.float64), right.astype(np.float64)]


class Look(NamedTuple):
    """What a first look showed, how to ask for the same again, and how many passes it took."""

    expl: Explanation
    how: dict[str, Any]
    passes: int


def first_look(model: Any, doc: Any, how: dict[str, Any]) -> Look:
    """Explain a prediction; without ``targets`` the highest score stays the target from then on."""
    passes: list[int] = []
    with heard(passes.append):
        expl = _explained(model, doc, how)
    targets, signed = expl.targets or [], signed_map(expl)
    if len(targets) > 1:
        raise ValueError(f"Expected one target to compare. Received: {len(targets)} targets.")
    if not np.isfinite(signed).all() or np.ptp(signed) == 0:
        received = f"a constant map of shape {signed.shape}, by {expl.method} for {name_of(expl)}"
        cure = "Another layer, method or target, or `pre_softmax=True`, may have one."
        raise ValueError(f"Expected a map that differs by cell. Received: {received}. {cure}")
    fixed = {name: value for name, value in how.items() if name != "top_targets"}
    fixed["targets"] = how.get("targets") or [targets[0].target]
    return Look(expl, fixed, 1 + sum(passes))


def again(model: Any, doc: Any, how: dict[str, Any]) -> Explanation:
    """Explain as before, without a word about maps that may well be empty."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExplanationWarning)
        return _explained(model, doc, how)


def _explained(model: Any, doc: Any, how: dict[str, Any]) -> Explanation:
    expl = explain_prediction(model, doc, **how)
    if expl.error or not expl.targets:
        raise ValueError(f"Expected a model that can be explained. Received: {expl.error}")
    return expl


def signed_map(explanation: Explanation) -> np.ndarray:
    """Return the signed map of the first target."""
    if not isinstance(explanation, Explanation):
        expected = "Expected `explanation` to be an `Explanation`."
        raise TypeError(f"{expected} Received: {told(explanation)}.")
    if explanation.error or not explanation.targets:
        raise ValueError(f"Expected an explanation with a map. Received: {explanation.error}")
    signed = explanation.targets[0].raw_map
    if signed is None:
        raise ValueError("Expected an explanation with its signed map. Received: `raw_map` None.")
    return signed
