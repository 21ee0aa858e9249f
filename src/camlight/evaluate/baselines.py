"""What stands in the place of what is taken out of a picture."""

from __future__ import annotations

import numpy as np

__all__ = ["Baseline", "baseline_of", "blurred"]

Baseline = str | float | np.ndarray

_NAMES = ("blur", "mean", "zero")


def baseline_of(picture: np.ndarray, baseline: Baseline) -> np.ndarray:
    """Return a picture of the same shape that holds no evidence, or little.

    Parameters
    ----------
    picture : ndarray, shape (H, W, C)
    baseline : {"blur", "mean", "zero"}, float or ndarray of the picture's shape
        The picture blurred until details are gone, the mean of each channel, zero as the model
        takes it, another number, or a picture.

    Raises
    ------
    TypeError
        If it is something else.
    ValueError
        If its name isn't known, its shape is another, or it isn't finite.
    """
    if isinstance(baseline, str):
        if baseline not in _NAMES:
            raise ValueError(
                "Expected `baseline` to be 'blur', 'mean', 'zero', a number or a picture. "
                f"Received: {baseline!r}."
            )
        return _named(picture, baseline)
    array = np.asarray(baseline)
    if array.dtype.kind not in "fiu":
        raise TypeError(
            "Expected `baseline` to be 'blur', 'mean', 'zero', a number or a picture. "
            f"Received: {baseline!r} of type {type(baseline).__name__}."
        )
    if array.shape not in ((), picture.shape) or not np.isfinite(array).all():
        received = f"shape {array.shape}" if np.isfinite(array).all() else "NaN or infinity"
        raise ValueError(
            f"Expected `baseline` to be a finite number or a picture of shape {picture.shape}. "
            f"Received: {received}."
        )
    return np.broadcast_to(array.astype(picture.dtype), picture.shape)


def blurred(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Return a picture blurred by a Gaussian, whose weights are renewed at the borders.

    Parameters
    ----------
    picture : ndarray, shape (H, W, C)
    sigma : float
        Standard deviation in pixels.

    Returns
    -------
    ndarray of the same shape and dtype

    Examples
    --------
    >>> picture = np.array([[[0.0], [3.0], [0.0]]])
    >>> blurred(picture, 1e9).ravel()
    array([1., 1., 1.])
    """
    for axis, length in enumerate(picture.shape[:-1]):
        distance = np.subtract.outer(np.arange(length), np.arange(length))
        weights = np.exp(-0.5 * (distance / sigma) ** 2)
        weights /= weights.sum(axis=1, keepdims=True)
        along = np.tensordot(weights.astype(picture.dtype), picture, axes=(1, axis))
        picture = np.moveaxis(along, 0, axis)
    return picture


def _named(picture: np.ndarray, name: str) -> np.ndarray:
    places = tuple(range(picture.ndim - 1))
    if name == "zero":
        return np.zeros_like(picture)
    if name == "mean":
        mean = picture.mean(axis=places, dtype=np.float64).astype(picture.dtype)
        return np.broadcast_to(mean, picture.shape)
    return blurred(picture, max(picture.shape[:-1]) / 20)
