"""Maps that know nothing, and what stands in the place of what is taken out of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from numbers import Real
from os import PathLike
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from camlight._check import checked_number
from camlight._pixels import eight_bit

from . import checks
from .checks import extra

__all__ = ["baseline_of", "centre_map", "impute", "noised", "random_map", "takes_noise"]

Baseline = str | float | np.ndarray


def random_map(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Return a map of noise.

    Parameters
    ----------
    shape : tuple of int
        Of the map, ``(H, W)``; ``(L,)`` for a signal, ``(D, H, W)`` for a volume.
    seed : int
        The same seed gives the same map. Default 0.

    Returns
    -------
    ndarray of float64
        Values from 0 to 1, each by itself.

    Examples
    --------
    >>> random_map((1, 3), seed=4).round(2)
    array([[0.94, 0.51, 0.98]])
    """
    return np.random.default_rng(checks.seed(seed)).uniform(size=_checked_shape(shape))


def centre_map(shape: tuple[int, ...]) -> np.ndarray:
    """Return a blob in the middle: what photographers' habits alone would tell.

    Parameters
    ----------
    shape : tuple of int
        As in `random_map`.

    Returns
    -------
    ndarray of float64
        A Gaussian whose standard deviation is a quarter of each side, its peak 1.

    Examples
    --------
    >>> centre_map((1, 4)).round(2)
    array([[0.37, 1.  , 1.  , 0.37]])
    """
    blob = np.ones(())
    for length in _checked_shape(shape):
        distance = (np.arange(length) + 0.5) / length - 0.5
        blob = np.multiply.outer(blob, np.exp(-0.5 * (distance / 0.25) ** 2))
    scaled: np.ndarray = blob / blob.max()
    return scaled


def _checked_shape(shape: Any) -> tuple[int, ...]:
    if isinstance(shape, str) or not isinstance(shape, Sequence) or not shape:
        raise TypeError(
            "Expected `shape` to be that of a map, such as (H, W). "
            f"Received: {shape!r} of type {type(shape).__name__}."
        )
    return tuple(checks.count("shape", length) for length in shape)


def baseline_of(picture: np.ndarray, baseline: Baseline) -> np.ndarray:
    """Return a picture of the same shape that holds no evidence, or little."""
    expected = "Expected `baseline` to be 'blur', 'mean', 'zero', a number or a picture."
    if isinstance(baseline, str):
        if baseline not in ("blur", "mean", "zero"):
            raise ValueError(f"{expected} Received: {baseline!r}.")
        return _named(picture, baseline)
    array = np.asarray(baseline)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{expected} Received: {baseline!r} of type {type(baseline).__name__}.")
    if array.shape not in ((), picture.shape) or not np.isfinite(array).all():
        received = f"shape {array.shape}" if np.isfinite(array).all() else "NaN or infinity"
        raise ValueError(
            f"Expected `baseline` to be a finite number or a picture of shape {picture.shape}. "
            f"Received: {received}."
        )
    return np.broadcast_to(array.astype(picture.dtype), picture.shape)


def _named(picture: np.ndarray, name: str) -> np.ndarray:
    if name == "zero":
        return np.zeros_like(picture)
    if name == "mean":
        mean = picture.mean(axis=tuple(range(picture.ndim - 1)), dtype=np.float64)
        return np.broadcast_to(mean.astype(picture.dtype), picture.shape)
    return _blurred(picture, max(picture.shape[:-1]) / 20)


def _blurred(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Return a picture blurred by a Gaussian, whose weights are renewed at the borders."""
    for axis, length in enumerate(picture.shape[:-1]):
        distance = np.subtract.outer(np.arange(length), np.arange(length))
        weights = np.exp(-0.5 * (distance / sigma) ** 2)
        weights /= weights.sum(axis=1, keepdims=True)
        along = np.tensordot(weights.astype(picture.dtype), picture, axes=(1, axis))
        picture = np.moveaxis(along, 0, axis)
    return picture


def impute(
    picture: np.ndarray, mask: np.ndarray, *, noise: float = 0.0, seed: int = 0
) -> np.ndarray:
    """Return a picture whose masked pixels are weighted means of their neighbours, plus noise.

    Parameters
    ----------
    picture : ndarray, shape (H, W, C)
    mask : ndarray of bool, shape (H, W)
        True where a pixel is filled in.
    noise : float
        Standard deviation of what is added to it. Default 0.
    seed : int
        Of the noise. Default 0.

    Returns
    -------
    ndarray of the picture's shape and dtype

    Raises
    ------
    ImportError
        If SciPy isn't installed.
    TypeError
        If an argument is of another type.
    ValueError
        If the picture isn't finite, `noise` is negative, `mask` isn't of the picture's size or
        leaves nothing to fill in from, or the picture has more than two axes of places, or fewer.

    Notes
    -----
    The noisy linear imputation of Rong et al., https://arxiv.org/abs/2202.00449: each filled pixel
    is the mean of its eight neighbours, filled or not, those across an edge weighing 1/6 and those
    across a corner 1/12; at the border, of those there are.

    Examples
    --------
    >>> picture = np.array([[[1.0], [0.0], [0.0], [4.0]]])
    >>> impute(picture, np.array([[False, True, True, False]])).ravel().round(2)
    array([1., 2., 3., 4.])
    """
    picture, seed = checks.array("picture", picture), checks.seed(seed)
    noise = checked_number("noise", noise)
    if not isinstance(mask, np.ndarray):
        raise TypeError(
            "Expected `mask` to be a NumPy array of bool, a pixel each. "
            f"Received: {type(mask).__name__}."
        )
    if picture.ndim != 3:
        raise ValueError(
            "Expected a picture of shape (H, W, C): what is missing is filled in from eight "
            f"neighbours. Received: shape {picture.shape}."
        )
    if mask.shape != picture.shape[:2] or mask.dtype != np.bool_:
        raise ValueError(
            f"Expected `mask` of dtype bool and shape {picture.shape[:2]}, a pixel each. "
            f"Received: dtype {mask.dtype} and shape {mask.shape}."
        )
    if mask.all():
        raise ValueError("Expected `mask` to leave a pixel to fill in from. Received: none left.")
    filled = picture.astype(np.float64)
    if mask.any():
        filled[mask] = _solved(filled, mask)
    if noise:
        random = np.random.default_rng(seed).normal(scale=noise, size=picture.shape)
        filled[mask] += random[mask]
    return filled.astype(picture.dtype)


def _solved(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the masked pixels, shape (N, C), each the mean of what is around it."""
    sparse = extra("scipy.sparse", "to fill in what is missing")
    solver = extra("scipy.sparse.linalg", "to fill in what is missing")
    here, count = np.pad(mask, 1), int(mask.sum())
    number = np.full(here.shape, -1)
    number[here] = np.arange(count)
    inside = np.pad(np.ones(mask.shape, bool), 1)
    known = np.pad(np.where(mask[..., np.newaxis], 0.0, picture), ((1, 1), (1, 1), (0, 0)))
    total, right = np.zeros(count), np.zeros((count, picture.shape[-1]))
    entries = []
    rows, columns = np.nonzero(here)
    for down, across in product((-1, 0, 1), repeat=2):
        if down or across:
            weight = 1 / 12 if down and across else 1 / 6
            place = rows + down, columns + across
            total += weight * inside[place]
            right += weight * known[place]
            missing = np.flatnonzero(here[place])
            entries.append((missing, number[place][missing], np.full(len(missing), -weight)))
    entries.append((np.arange(count), np.arange(count), total))
    row, column, value = map(np.concatenate, zip(*entries, strict=True))
    system = sparse.csc_matrix((value, (row, column)), shape=(count, count))
    # symmetric and positive definite: this order of elimination fills in least
    options = {"permc_spec": "MMD_AT_PLUS_A", "options": {"SymmetricMode": True}}
    solution: np.ndarray = solver.splu(system, **options).solve(right)
    return solution


def noised(doc: Any, level: float, seed: int, is_picture: bool) -> Any:
    """Return a picture with normal noise added to each of its values.

    `level` is its standard deviation as a share of the range of values: 255 of a picture, whose
    values are kept from 0 to 255, of an array for the model from its smallest to its largest value.
    """
    if isinstance(level, bool) or not (isinstance(level, Real) and level >= 0):
        raise ValueError(f"Expected `noise` of 0 or more. Received: {level!r}.")
    if not level:
        return doc
    if isinstance(doc, (str, PathLike)):
        with Image.open(doc) as picture:
            doc = ImageOps.exif_transpose(picture)
    if isinstance(doc, Image.Image):
        doc = np.asarray(eight_bit(doc))
    if not takes_noise(doc):
        raise TypeError(
            "Expected `doc`, along with `noise`, to be a path, a Pillow image or an array. "
            f"Received: {type(doc).__name__}."
        )
    values = doc.astype(np.float64)
    scale = 255.0 if is_picture else np.ptp(values)
    values += np.random.default_rng(seed).normal(scale=level * scale, size=values.shape)
    if is_picture:
        return np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return values.astype(np.result_type(doc, np.float32))


def takes_noise(doc: Any) -> bool:
    """Say whether noise can be added: to a path, a Pillow image or an array, not to several."""
    is_array = isinstance(doc, np.ndarray) and doc.dtype.kind in "fiu"
    return is_array or isinstance(doc, (str, PathLike, Image.Image))
