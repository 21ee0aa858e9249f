"""How like two maps are: by the order of their cells, and as pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from camlight.methods.maps import relu_and_scale, shares_of_cells

from .checks import extra

_SIDE = 64
"""To so many pixels a side maps are brought before they are compared as pictures."""

_AS_RANKS, _AS_PICTURES = "to rank the cells of maps", "to compare maps as pictures"


def ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value, the smallest 1; equal values share the mean of their ranks."""
    found: np.ndarray = extra("scipy.stats", _AS_RANKS).rankdata(values)
    return found


def correlation(left: np.ndarray, right: np.ndarray) -> float:
    """Return Pearson's correlation; NaN where either side is constant."""
    left, right = left.ravel() - left.mean(), right.ravel() - right.mean()
    size = np.sqrt((left**2).sum() * (right**2).sum())
    return float(np.clip((left * right).sum() / size, -1, 1)) if size else float("nan")


def resized(heatmap: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Return a map with other numbers of rows and columns.

    Enlarged, it lies over the picture as it is drawn: linear between the centres of its cells.
    Reduced, each new cell is a mean of the old ones below it.
    """
    along_rows, along_columns = map(_shares, heatmap.shape, size)
    new: np.ndarray = along_rows @ heatmap.astype(np.float64) @ along_columns.T
    return new


def _shares(old: int, new: int) -> np.ndarray:
    """Return what each of the `new` cells along an axis takes of each of the `old` ones."""
    if new >= old:
        return shares_of_cells(old, new)
    edges = np.arange(new + 1) * old / new
    starts = np.maximum(edges[:-1, None], np.arange(old))
    ends = np.minimum(edges[1:, None], np.arange(1, old + 1))
    shares: np.ndarray = np.maximum(ends - starts, 0) * new / old
    return shares


def spearman(left: np.ndarray, right: np.ndarray, *, absolute: bool = False) -> float:
    """Return Spearman's rank correlation of two maps: whether they order the cells alike.

    Parameters
    ----------
    left, right : ndarray, of one shape
        Maps, signed or not.
    absolute : bool
        Compare how strong the evidence is, whether for or against. Default False.

    Returns
    -------
    float
        1 for the same order, 0 for unrelated ones, -1 for the opposite.

    Raises
    ------
    ImportError
        If SciPy isn't installed.
    TypeError, ValueError
        If a map is no array of finite real numbers or is constant, or the shapes differ.

    Notes
    -----
    Equal values share the mean of their ranks. Adebayo et al. 2018,
    https://arxiv.org/abs/1810.03292, use both forms. Of maps of n cells with nothing in common it
    is 0 with a standard deviation of 1 / sqrt(n - 1) or more, as neighbours are alike.

    Examples
    --------
    >>> left, right = np.array([[-2.0, 1.0, 0.0]]), np.array([[2.0, 1.0, 0.0]])
    >>> spearman(left, right), spearman(left, right, absolute=True)
    (-0.5, 1.0)
    """
    left, right = _checked(left, right)
    if absolute:
        left, right = np.abs(left), np.abs(right)
    found = correlation(ranks(left), ranks(right))
    if np.isnan(found):
        which = [name for name, one in (("first", left), ("second", right)) if np.ptp(one) == 0]
        raise ValueError(
            "Expected two maps whose values differ from cell to cell, to compare their order. "
            f"Received: a constant map as the {' and the '.join(which)}. An order of equal values "
            "says nothing."
        )
    return found


def ssim(left: np.ndarray, right: np.ndarray) -> float:
    """Return the structural similarity of two heatmaps as pictures.

    Parameters
    ----------
    left, right : ndarray, of one shape (H, W)
        Maps; their positive parts are compared, scaled so that the maximum is 1, as they are
        drawn.

    Returns
    -------
    float
        1 for the same picture; of unrelated ones it depends on how smooth they are.

    Raises
    ------
    ImportError
        If scikit-image isn't installed.
    TypeError, ValueError
        If the maps aren't arrays of one shape (H, W) and of finite numbers, or one is empty.

    Notes
    -----
    Wang et al. 2004, as scikit-image computes it with a window of 7 pixels, once the maps are
    brought to 64 x 64.

    Examples
    --------
    >>> ssim(np.eye(7), 2 * np.eye(7))
    1.0
    """
    pictures = _as_pictures(left, right)
    return float(
        extra("skimage.metrics", _AS_PICTURES).structural_similarity(*pictures, data_range=1.0)
    )


def hog_similarity(left: np.ndarray, right: np.ndarray) -> float:
    """Return how alike the edges of two heatmaps run.

    Parameters
    ----------
    left, right
        As in `ssim`.

    Returns
    -------
    float
        1 for the same edges; of unrelated maps it depends on how smooth they are.

    Raises
    ------
    ImportError, TypeError, ValueError
        As in `ssim`, and if a map is constant.

    Notes
    -----
    Pearson's correlation of two histograms of oriented gradients (Dalal and Triggs 2005), as
    scikit-image computes them: 9 directions, cells of 8 pixels, blocks of 2 cells, of 64 x 64.

    Examples
    --------
    >>> round(hog_similarity(np.eye(7), 2 * np.eye(7)), 6)
    1.0
    """
    hog = extra("skimage.feature", _AS_PICTURES).hog
    edges = [
        hog(picture, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2))
        for picture in _as_pictures(left, right)
    ]
    found = correlation(*edges)
    if np.isnan(found):
        raise ValueError(
            "Expected two maps with edges, to compare where they run. Received: a constant map."
        )
    return found


SIMILARITIES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "spearman": spearman,
    "absolute_spearman": lambda left, right: spearman(left, right, absolute=True),
    "ssim": ssim,
    "hog": hog_similarity,
}
"""Measures of likeness by name, each from two signed maps of one shape to a number."""


def checked_similarities(names: Sequence[str] | None, rank: int) -> tuple[str, ...]:
    """Return what was asked for of maps of `rank` axes, or all that can be taken.

    The absolute rank correlation comes along with the signed one: a map whose sign alone turned
    around has not changed.
    """
    extra("scipy.stats", _AS_RANKS)
    if names is None:
        as_pictures = rank == 2 and find_spec("skimage") is not None
        return tuple(n for n in SIMILARITIES if as_pictures or n not in ("ssim", "hog"))
    if not isinstance(names, (str, Iterable)):
        raise TypeError(
            f"Expected `similarities` out of: {', '.join(SIMILARITIES)}. "
            f"Received: {names!r} of type {type(names).__name__}."
        )
    names = (names,) if isinstance(names, str) else tuple(names)
    unknown = [repr(name) for name in names if name not in SIMILARITIES]
    if unknown or not names:
        raise ValueError(
            f"Expected `similarities` out of: {', '.join(SIMILARITIES)}. "
            f"Received: {', '.join(unknown) or 'none'}."
        )
    if "ssim" in names or "hog" in names:
        if rank != 2:
            raise ValueError(
                f"Expected `similarities` out of: spearman, absolute_spearman, for maps of {rank} "
                f"axes. Received: {', '.join(names)}."
            )
        extra("skimage.metrics", _AS_PICTURES)
    if "spearman" in names:
        names = tuple(dict.fromkeys((*names, "absolute_spearman")))
    return names


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
    maps = _checked(left, right)
    if maps[0].ndim != 2:
        raise ValueError(
            f"Expected maps of shape (H, W), to compare as pictures. Received: {maps[0].shape}."
        )
    if not all((one > 0).any() for one in maps):
        raise ValueError(
            "Expected two maps with positive values, to compare as pictures. Received: an empty "
            "map."
        )
    return [resized(relu_and_scale(one), (_SIDE, _SIDE)) for one in maps]


def _checked(left: Any, right: Any) -> tuple[np.ndarray, np.ndarray]:
    for one in (left, right):
        if not isinstance(one, np.ndarray) or one.dtype.kind not in "fiub":
            received = f"dtype {one.dtype}" if isinstance(one, np.ndarray) else type(one).__name__
            raise TypeError(
                f"Expected two maps, NumPy arrays of real numbers. Received: {received}."
            )
    if left.shape != right.shape or not left.size:
        raise ValueError(
            f"Expected two maps of one shape. Received: shapes {left.shape} and {right.shape}. "
            "Bring them to one size first."
        )
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise ValueError("Expected maps of finite numbers. Received: NaN or infinity.")
    return left.astype(np.float64), right.astype(np.float64)
