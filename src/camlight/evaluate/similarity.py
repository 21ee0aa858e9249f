"""How like two maps are: by the order of their cells, and as pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from camlight.methods.maps import relu_and_scale

from .ranks import average_ranks, correlation
from .resizing import resized

__all__ = ["SIMILARITIES", "checked_similarities", "hog_similarity", "spearman", "ssim"]

_SIDE = 64
"""To so many pixels a side maps are brought before they are compared as pictures."""


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
    TypeError
        If a map is no array of real numbers.
    ValueError
        If the shapes differ, a map holds values that are no numbers, or a map is constant.

    Notes
    -----
    Pearson's correlation of the ranks; equal values share the mean of their ranks. Adebayo et al.
    2018, https://arxiv.org/abs/1810.03292, use both forms. Of a map of n cells with nothing in
    common it is 0 with a standard deviation of 1 / sqrt(n - 1) or more, as neighbours are alike.

    Examples
    --------
    >>> spearman(np.array([[1.0, 2.0, 3.0]]), np.array([[10.0, 20.0, 40.0]]))
    1.0
    >>> spearman(np.array([[-2.0, 1.0, 0.0]]), np.array([[2.0, 1.0, 0.0]]), absolute=True)
    1.0
    """
    left, right = _checked(left, right)
    if absolute:
        left, right = np.abs(left), np.abs(right)
    found = correlation(average_ranks(left), average_ranks(right))
    if np.isnan(found):
        raise ValueError(
            "Expected two maps whose values differ from cell to cell, to compare their order. "
            f"Received: {_constant(left, right)}. An order of equal values says nothing."
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
    TypeError
        If a map is no array of real numbers.
    ValueError
        If the maps aren't of one shape (H, W), hold values that are no numbers, or one is empty.

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
    return float(_skimage("metrics").structural_similarity(*pictures, data_range=1.0))


def hog_similarity(left: np.ndarray, right: np.ndarray) -> float:
    """Return how alike the edges of two heatmaps run.

    Parameters
    ----------
    left, right : ndarray, of one shape (H, W)
        Maps; their positive parts are compared, scaled so that the maximum is 1, as they are
        drawn.

    Returns
    -------
    float
        1 for the same edges; of unrelated maps it depends on how smooth they are.

    Raises
    ------
    ImportError
        If scikit-image isn't installed.
    TypeError
        If a map is no array of real numbers.
    ValueError
        If the maps aren't of one shape (H, W), hold values that are no numbers, or one is empty
        or constant.

    Notes
    -----
    Pearson's correlation of two histograms of oriented gradients (Dalal and Triggs 2005), as
    scikit-image computes them: 9 directions, cells of 8 pixels, blocks of 2 cells, once the maps
    are brought to 64 x 64.

    Examples
    --------
    >>> round(hog_similarity(np.eye(7), 2 * np.eye(7)), 6)
    1.0
    """
    hog = _skimage("feature").hog
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

_PICTURES = ("ssim", "hog")


def checked_similarities(names: Sequence[str] | None, rank: int) -> tuple[str, ...]:
    """Return the measures that were asked for, the absolute form with the signed one.

    By default all that can be taken.

    Parameters
    ----------
    names : sequence of str, optional
    rank : int
        How many axes the maps have.

    Raises
    ------
    TypeError
        If `names` is no name and no sequence of names.
    ValueError
        If there is none of a name, or it isn't for such maps.
    ImportError
        If one needs scikit-image, which isn't there.
    """
    if names is None:
        as_pictures = rank == 2 and find_spec("skimage") is not None
        return tuple(n for n in SIMILARITIES if as_pictures or n not in _PICTURES)
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
    if any(name in _PICTURES for name in names):
        if rank != 2:
            raise ValueError(
                f"Expected `similarities` out of: spearman, absolute_spearman, for maps of {rank} "
                f"axes. Received: {', '.join(names)}."
            )
        _skimage("metrics")
    if "spearman" in names:
        # a map whose sign alone turned around has not changed
        names = tuple(dict.fromkeys((*names, "absolute_spearman")))
    return names


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


def _constant(left: np.ndarray, right: np.ndarray) -> str:
    which = [name for name, one in (("first", left), ("second", right)) if np.ptp(one) == 0]
    return f"a constant map as the {' and the '.join(which)}"


def _skimage(part: str) -> Any:
    try:
        return import_module(f"skimage.{part}")
    except ImportError as error:
        raise ImportError(
            "Expected scikit-image to be installed, to compare maps as pictures. "
            f'Received: {error}. Install it with: pip install "camlight[evaluate]"',
            name="skimage",
        ) from error
