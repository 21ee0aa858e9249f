"""Noisy linear imputation: missing places filled in from what surrounds them.

Rong et al., "A Consistent and Efficient Evaluation Strategy for Attribution Methods",
https://arxiv.org/abs/2202.00449.
"""

from __future__ import annotations

import numpy as np

from camlight._check import checked_number

from .checks import checked_array, checked_seed

__all__ = ["impute"]

_ROUNDS = 10_000


def impute(
    picture: np.ndarray,
    mask: np.ndarray,
    *,
    noise: float = 0.0,
    seed: int = 0,
    tolerance: float = 1e-4,
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
    tolerance : float
        How small the residual must become, as a share of what it is without a solution. Default
        1e-4, which leaves errors of about a thousandth of the picture's range.

    Returns
    -------
    ndarray of the picture's shape and dtype

    Raises
    ------
    TypeError
        If an argument is of another type.
    ValueError
        If the picture isn't finite, a number is negative, `mask` isn't of the picture's size or
        leaves nothing to fill in from, or the picture has more than two axes of places, or fewer.

    Notes
    -----
    Each filled pixel is the mean of its eight neighbours, filled or not, those across an edge
    weighing 1/6 and those across a corner 1/12; at the border, of those there are. This is a
    system of linear equations, symmetric and positive definite; conjugate gradients solve it,
    beginning with the solution on a grid of half the size.

    Examples
    --------
    >>> picture = np.array([[[1.0], [0.0], [0.0], [4.0]]])
    >>> impute(picture, np.array([[False, True, True, False]])).ravel().round(2)
    array([1., 2., 3., 4.])
    """
    picture, seed = checked_array("picture", picture), checked_seed(seed)
    noise, tolerance = checked_number("noise", noise), checked_number("tolerance", tolerance)
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
    filled = _solved(picture.astype(np.float64), mask, tolerance)
    if noise:
        random = np.random.default_rng(seed).normal(scale=noise, size=picture.shape)
        filled[mask] += random[mask]
    return filled.astype(picture.dtype)


def _solved(picture: np.ndarray, mask: np.ndarray, tolerance: float) -> np.ndarray:
    """Return the picture with its masked pixels solved for; begins from that of half the size."""
    missing = np.pad(mask, 1).astype(np.float64)
    inside = np.pad(np.ones(mask.shape), 1)
    total = np.where(inside > 0, _around(inside), 1.0)
    known = _planes(np.where(mask[..., np.newaxis], 0.0, picture))
    solution = missing * _planes(_guess(picture, mask, tolerance))
    outside = missing * _around(known)
    residual = outside + missing * (_around(solution) - total * solution)
    # both, so that the goal can be reached where all that is known around a hole is black
    goal = tolerance**2 * (_dots(outside, outside) + _dots(residual, residual))
    direction = residual / total
    size = _dots(residual, direction)
    for _ in range(_ROUNDS):
        if (_dots(residual, residual) <= goal).all():
            break
        image = missing * (total * direction - _around(direction))
        step = _ratio(size, _dots(direction, image))
        solution += step * direction
        residual -= step * image
        steepest = residual / total
        before, size = size, _dots(residual, steepest)
        direction = steepest + _ratio(size, before) * direction
    return np.moveaxis((known + solution)[:, 1:-1, 1:-1], 0, -1)


def _planes(picture: np.ndarray) -> np.ndarray:
    """Return a picture as (C, H + 2, W + 2), zeros around it."""
    return np.pad(np.moveaxis(picture, -1, 0), ((0, 0), (1, 1), (1, 1)))


def _around(planes: np.ndarray) -> np.ndarray:
    """Return the weighted sum of each pixel's neighbours; beyond the border there are none."""
    flat = planes.reshape(*planes.shape[:-2], -1)
    width = planes.shape[-1]
    # 1 2 1 along each axis and over 12 is 1/6 across an edge, 1/12 across a corner, 1/3 on the spot
    along = 2 * flat
    along[..., 1:] += flat[..., :-1]
    along[..., :-1] += flat[..., 1:]
    both = 2 * along
    both[..., width:] += along[..., :-width]
    both[..., :-width] += along[..., width:]
    both -= 4 * flat
    both /= 12
    return both.reshape(planes.shape)


def _guess(picture: np.ndarray, mask: np.ndarray, tolerance: float) -> np.ndarray:
    """Return the solution on a grid of half the size, enlarged."""
    if min(mask.shape) < 4:
        return np.broadcast_to(picture[~mask].mean(axis=0), picture.shape)
    height, width = mask.shape
    even = ((0, height % 2), (0, width % 2))
    known = np.pad(~mask, even)[..., np.newaxis]
    values = np.where(known, np.pad(picture, (*even, (0, 0))), 0.0)
    counts, sums = _by_fours(known), _by_fours(values)
    half = _solved(sums / np.maximum(counts, 1), counts[..., 0] == 0, tolerance)
    return half.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]


def _by_fours(values: np.ndarray) -> np.ndarray:
    height, width, channels = values.shape
    fours: np.ndarray = values.reshape(height // 2, 2, width // 2, 2, channels).sum(axis=(1, 3))
    return fours


def _dots(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    sums: np.ndarray = np.einsum("chw,chw->c", values, others)[:, np.newaxis, np.newaxis]
    return sums


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    ratio: np.ndarray = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return ratio
