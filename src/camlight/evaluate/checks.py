"""What measures take and give: pictures, maps and scores, checked, and controls of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from itertools import islice
from typing import Any

import numpy as np

from camlight import _check

Baseline = str | float | np.ndarray

ScorePictures = Callable[[np.ndarray], np.ndarray]
"""From pictures, shape (N, H, W, C), to a score for each, shape (N,)."""

_AT_ONCE = 32


class UndefinedMeasure(ValueError):  # noqa: N818 # says what it is, as `ZeroDivisionError` does not
    """What was asked has no answer for this map or score; the message says why.

    Examples
    --------
    >>> from camlight.evaluate import sensitivity_n
    >>> try:
    ...     sensitivity_n(np.ones((2, 2)), np.ones((2, 2, 1)), lambda p: p.sum((1, 2, 3)))
    ... except UndefinedMeasure as error:
    ...     print(str(error)[:34])
    Expected a map that differs betwee
    """


@dataclass(frozen=True, eq=False)
class Measure:
    """One number about one map.

    Attributes
    ----------
    metric, value, better : str, float and {"higher", "lower"}
        What was measured, such as ``"deletion"``; and which way a map does better.
    passes, details : int and mapping
        How many pictures were scored, or of max-sensitivity explained; and what the number was made
        of, such as the curve under which it is the area.

    Examples
    --------
    >>> print(Measure("deletion", 0.25, "lower", 51, {"shares": np.array([0.0, 1.0])}))
    deletion 0.25, lower is better
    """

    metric: str
    value: float
    better: str
    passes: int
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"{self.metric} {self.value:.3g}, {self.better} is better"

    def as_row(self) -> dict[str, Any]:
        """Return what fits into a row of a table, without the details."""
        return {name: getattr(self, name) for name in ("metric", "value", "better", "passes")}

    def as_dict(self) -> dict[str, Any]:
        """Return everything, in types that JSON knows: NaN becomes None."""
        return {**self.as_row(), "details": plain(self.details)}


def plain(value: Any) -> Any:
    """Return a value in types that JSON knows: NaN becomes None."""
    if isinstance(value, Measure):
        return value.as_dict()
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def array(name: str, value: Any) -> np.ndarray:
    """Return an array of finite real numbers, or raise an error."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub":
        received = f"dtype {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(f"Expected `{name}` to be a NumPy array of numbers. Received: {received}.")
    if bad := int(value.size - np.isfinite(value).sum()):
        received = f"{bad} of {value.size} values NaN or infinity"
        raise ValueError(f"Expected `{name}` to hold finite numbers. Received: {received}.")
    return value


def told(value: Any) -> str:
    """Return what was received, and its type."""
    return f"{value!r} of type {type(value).__name__}"


def picture(value: Any) -> np.ndarray:
    """Return a picture as floating numbers, its channels last."""
    found = array("picture", value)
    if found.ndim < 2 or found.size == 0:
        expected = "Expected `picture` of shape (H, W, C), its channels last."
        raise ValueError(f"{expected} Received: shape {found.shape}.")
    return found.astype(np.result_type(found, np.float32), copy=False)


def question(heatmap: Any, shown: Any, of_values: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return a map as float64, of the picture's places or of all its values, and the picture."""
    of, found = picture(shown), array("heatmap", heatmap)
    wanted, cure = of.shape[:-1], "Enlarge a coarser one: `camlight.methods.enlarged`."
    if of_values:
        wanted, cure = of.shape, 'For a value a place take "square" in place of "noise".'
    if found.shape != wanted:
        raise ValueError(
            f"Expected `heatmap` as large as the picture, shape {wanted}. "
            f"Received: shape {found.shape}. {cure}"
        )
    return found.astype(np.float64, copy=False), of


def count(name: str, value: Any, highest: int | None = None, least: int = 1) -> int:
    """Return a number of things that is at least `least` and at most `highest`."""
    found = _check.checked_count(name, value, least)
    if highest is not None and found > highest:
        raise ValueError(f"Expected `{name}` of at most {highest}. Received: {found}.")
    return found


def seed(value: Any) -> int:
    """Return what random numbers are made of: a whole number of 0 or more."""
    return _check.checked_count("seed", value, least=0)


def positive(name: str, value: float) -> float:
    """Return a number that is more than 0 and finite."""
    number = _check.checked_real(name, value)
    if not 0 < number < np.inf:
        expected = f"Expected `{name}` to be a positive number; a flat picture has no default."
        raise ValueError(f"{expected} Received: {value}.")
    return number


def scores(score_pictures: ScorePictures, pictures: Iterable[np.ndarray]) -> np.ndarray:
    """Return the finite scores of pictures that are made as they are scored, few at a time."""
    if not callable(score_pictures):
        expected = "Expected `score_pictures` to be a function from pictures to scores."
        raise TypeError(f"{expected} Received: {type(score_pictures).__name__}.")
    known, left = [np.empty(0)], iter(pictures)
    while batch := list(islice(left, _AT_ONCE)):
        found, wrong = np.asarray(score_pictures(np.stack(batch))), ""
        if found.shape != (len(batch),):
            wrong = f"one score for each picture of {len(batch)}. Received: shape {found.shape}"
        elif found.dtype.kind not in "fiub":
            wrong = f"real numbers. Received: dtype {found.dtype}"
        elif not np.isfinite(found).all():
            wrong = "finite numbers. Received: NaN or infinity. Try another score or baseline"
        if wrong:
            raise ValueError(f"Expected `score_pictures` to return {wrong}.")
        known.append(found.astype(np.float64))
    return np.concatenate(known)


def extra(module: str, purpose: str) -> Any:
    """Return a module of SciPy or scikit-image, which the extra `evaluate` brings along."""
    package = {"scipy": "SciPy", "skimage": "scikit-image"}[module.partition(".")[0]]
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"Expected {package} to be installed, {purpose}. "
            f'Received: {error}. Install it with: pip install "camlight[evaluate]"',
            name=module.partition(".")[0],
        ) from error


def random_map(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Return a map of noise: values of float64 from 0 to 1, of a shape such as ``(H, W)``.

    Examples
    --------
    >>> random_map((1, 3), seed=4).round(2)
    array([[0.94, 0.51, 0.98]])
    """
    random = np.random.default_rng(_check.checked_count("seed", seed, least=0))
    return random.uniform(size=_checked_shape(shape))


def centre_map(shape: tuple[int, ...]) -> np.ndarray:
    """Return a blob in the middle: what photographers' habits alone would tell.

    It is a Gaussian of float64 whose standard deviation is a quarter of each side, its peak 1;
    `shape` is that of `random_map`.

    Examples
    --------
    >>> centre_map((1, 4)).round(2)
    array([[0.37, 1.  , 1.  , 0.37]])
    """
    blob = np.ones(())
    for length in _checked_shape(shape):
        distance = (np.arange(length) + 0.5) / length - 0.5
        blob = np.multiply.outer(blob, np.exp(-0.5 * (distance / 0.25) ** 2))
    return np.asarray(blob / blob.max())


def _checked_shape(shape: Any) -> tuple[int, ...]:
    if isinstance(shape, str) or not isinstance(shape, Sequence) or not shape:
        raise TypeError(f"Expected `shape` to be that of a map. Received: {told(shape)}.")
    return tuple(count("shape", length) for length in shape)


def baseline_of(picture: np.ndarray, baseline: Baseline) -> np.ndarray:
    """Return a picture of the same shape that holds no evidence, or little."""
    expected = "Expected `baseline` to be 'blur', 'mean', 'zero', a number or a picture."
    if isinstance(baseline, str):
        if baseline == "blur":
            return _blurred(picture)
        if baseline not in ("mean", "zero"):
            raise ValueError(f"{expected} Received: {baseline!r}.")
        places = tuple(range(picture.ndim - 1))
        baseline = picture.mean(axis=places, dtype=np.float64) if baseline == "mean" else 0.0
        return np.broadcast_to(np.asarray(baseline, picture.dtype), picture.shape)
    array = np.asarray(baseline)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{expected} Received: {told(baseline)}.")
    if array.shape not in ((), picture.shape) or not np.isfinite(array).all():
        received = f"shape {array.shape}" if np.isfinite(array).all() else "NaN or infinity"
        expected = f"Expected `baseline` to be finite, a number or of shape {picture.shape}."
        raise ValueError(f"{expected} Received: {received}.")
    return np.broadcast_to(array.astype(picture.dtype), picture.shape)


def _blurred(picture: np.ndarray) -> np.ndarray:
    """Return a picture blurred by a Gaussian, whose weights are renewed at the borders."""
    sigma = max(picture.shape[:-1]) / 20
    for axis, length in enumerate(picture.shape[:-1]):
        distance = np.subtract.outer(np.arange(length), np.arange(length))
        weights = np.exp(-0.5 * (distance / sigma) ** 2)
        weights /= weights.sum(axis=1, keepdims=True)
        along = np.tensordot(weights.astype(picture.dtype), picture, axes=(1, axis))
        picture = np.moveaxis(along, 0, axis)
    return picture
