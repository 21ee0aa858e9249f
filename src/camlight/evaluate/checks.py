"""What every measure asks of a map, a picture and a function that scores pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import numpy as np

from camlight import _check

__all__ = [
    "ScorePictures",
    "UndefinedMeasure",
    "checked_array",
    "checked_count",
    "checked_map",
    "checked_picture",
    "checked_positive",
    "checked_seed",
    "scores_of",
]

ScorePictures = Callable[[np.ndarray], np.ndarray]
"""From pictures, shape (N, H, W, C), to a score for each, shape (N,)."""

_AT_ONCE = 32


class UndefinedMeasure(ValueError):  # noqa: N818 # says what it is, as `ZeroDivisionError` does not
    """What was asked has no answer for this map or score; the message says why.

    Examples
    --------
    >>> import numpy as np
    >>> from camlight.evaluate import sensitivity_n
    >>> try:
    ...     sensitivity_n(np.ones((2, 2)), np.ones((2, 2, 1)), lambda p: p.sum((1, 2, 3)))
    ... except UndefinedMeasure as error:
    ...     print(str(error)[:49])
    Expected a map that differs between subsets, to c
    """


def checked_picture(picture: Any) -> np.ndarray:
    """Return a picture as floating numbers, its channels last.

    Raises
    ------
    TypeError
        If it is no array of real numbers.
    ValueError
        If it has no places or no channels, or isn't finite.
    """
    array = checked_array("picture", picture)
    if array.ndim < 2 or array.size == 0:
        raise ValueError(
            "Expected `picture` of shape (H, W, C), as the model takes it but for the batch axis, "
            f"its channels last. Received: shape {array.shape}."
        )
    return array.astype(np.result_type(array, np.float32), copy=False)


def checked_map(heatmap: Any, picture: np.ndarray) -> np.ndarray:
    """Return a map as float64, with a value for each place of the picture.

    Raises
    ------
    TypeError
        If it is no array of real numbers.
    ValueError
        If it has another shape, or isn't finite.
    """
    array = checked_array("heatmap", heatmap)
    places = picture.shape[:-1]
    if array.shape != places:
        raise ValueError(
            f"Expected `heatmap` with a value for each place of the picture, shape {places}. "
            f"Received: shape {array.shape}. Enlarge a coarser one: "
            "`camlight.methods.enlarged(heatmap, shape)`."
        )
    return array.astype(np.float64, copy=False)


def checked_count(name: str, value: Any, highest: int | None = None, least: int = 1) -> int:
    """Return a number of things that is at least `least` and at most `highest`."""
    count = _check.checked_count(name, value, least)
    if highest is not None and count > highest:
        raise ValueError(
            f"Expected `{name}` of at most {highest}, the places that there are. Received: {count}."
        )
    return count


def checked_seed(seed: Any) -> int:
    """Return what random numbers are made of: a whole number of 0 or more."""
    return _check.checked_count("seed", seed, least=0)


def checked_positive(name: str, value: float) -> float:
    """Return a number that is more than 0 and finite."""
    if isinstance(value, bool) or not isinstance(value, float | int | np.number):
        raise TypeError(
            f"Expected `{name}` to be a number. Received: {value!r} of type {type(value).__name__}."
        )
    if not 0 < value < np.inf:
        raise ValueError(
            f"Expected `{name}` to be a positive number; of a flat picture it has no default. "
            f"Received: {value}."
        )
    return float(value)


def scores_of(score_pictures: ScorePictures, pictures: Iterable[np.ndarray]) -> np.ndarray:
    """Return the scores of pictures that are made one after another, few at a time in memory.

    Raises
    ------
    TypeError
        If `score_pictures` is no function.
    ValueError
        If it doesn't give one finite number for each picture.
    """
    if not callable(score_pictures):
        raise TypeError(
            "Expected `score_pictures` to be a function from pictures to a score for each. "
            f"Received: {type(score_pictures).__name__}."
        )
    scores, left = [np.empty(0)], iter(pictures)
    while batch := list(islice(left, _AT_ONCE)):
        found = np.asarray(score_pictures(np.stack(batch)))
        if found.shape != (len(batch),):
            raise ValueError(
                "Expected `score_pictures` to return one score for each picture, shape "
                f"({len(batch)},). Received: shape {found.shape}."
            )
        if found.dtype.kind not in "fiub":
            raise ValueError(
                f"Expected `score_pictures` to return real numbers. Received: dtype {found.dtype}."
            )
        if not np.isfinite(found).all():
            raise ValueError(
                "Expected `score_pictures` to return finite numbers. Received: NaN or infinity. "
                "Measure a score that stays finite, or another baseline."
            )
        scores.append(found.astype(np.float64))
    return np.concatenate(scores)


def checked_array(name: str, value: Any) -> np.ndarray:
    """Return an array of finite real numbers, or raise an error."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub":
        received = f"dtype {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(
            f"Expected `{name}` to be a NumPy array of real numbers. Received: {received}."
        )
    if not np.isfinite(value).all():
        bad = int(value.size - np.isfinite(value).sum())
        raise ValueError(
            f"Expected `{name}` to hold finite numbers. Received: {bad} of {value.size} values NaN "
            "or infinite."
        )
    return value
