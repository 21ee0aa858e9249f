"""What measures are given, checked: maps, pictures, scores, and explanations of a model."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from camlight import _check
from camlight.base import Explanation, ExplanationWarning
from camlight.explain import explain_prediction
from camlight.progress import heard

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


@dataclass(frozen=True, eq=False)
class Measure:
    """One number about one map.

    Attributes
    ----------
    metric : str
        What was measured, such as ``"deletion"``.
    value : float
    better : {"higher", "lower"}
        Which way a map does better by this measure.
    passes : int
        How many pictures were scored, or of max-sensitivity explained. A model may see more: its
        batches are filled up to one size.
    details : mapping
        What the number was made of, such as the curve under which it is the area.

    Examples
    --------
    >>> measure = Measure("deletion", 0.25, "lower", 51, {"shares": np.array([0.0, 1.0])})
    >>> print(measure)
    deletion 0.25, lower is better
    >>> measure.as_row()
    {'metric': 'deletion', 'value': 0.25, 'better': 'lower', 'passes': 51}
    >>> measure.as_dict()["details"]
    {'shares': [0.0, 1.0]}
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
        """Return everything, in types that JSON knows."""
        return {
            **self.as_row(),
            "details": {
                name: value.tolist() if isinstance(value, np.ndarray | np.generic) else value
                for name, value in self.details.items()
            },
        }


def array(name: str, value: Any) -> np.ndarray:
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


def picture(value: Any) -> np.ndarray:
    """Return a picture as floating numbers, its channels last."""
    found = array("picture", value)
    if found.ndim < 2 or found.size == 0:
        raise ValueError(
            "Expected `picture` of shape (H, W, C), as the model takes it but for the batch axis, "
            f"its channels last. Received: shape {found.shape}."
        )
    return found.astype(np.result_type(found, np.float32), copy=False)


def heatmap(value: Any, places: tuple[int, ...]) -> np.ndarray:
    """Return a map as float64, with a value for each place of the picture."""
    found = array("heatmap", value)
    if found.shape != places:
        raise ValueError(
            f"Expected `heatmap` with a value for each place of the picture, shape {places}. "
            f"Received: shape {found.shape}. Enlarge a coarser one: "
            "`camlight.methods.enlarged(heatmap, shape)`."
        )
    return found.astype(np.float64, copy=False)


def count(name: str, value: Any, highest: int | None = None, least: int = 1) -> int:
    """Return a number of things that is at least `least` and at most `highest`."""
    found = _check.checked_count(name, value, least)
    if highest is not None and found > highest:
        raise ValueError(
            f"Expected `{name}` of at most {highest}, the places that there are. Received: {found}."
        )
    return found


def seed(value: Any) -> int:
    """Return what random numbers are made of: a whole number of 0 or more."""
    return _check.checked_count("seed", value, least=0)


def positive(name: str, value: float) -> float:
    """Return a number that is more than 0 and finite."""
    number = _check.checked_real(name, value)
    if not 0 < number < np.inf:
        raise ValueError(
            f"Expected `{name}` to be a positive number; of a flat picture it has no default. "
            f"Received: {value}."
        )
    return number


def scores(score_pictures: ScorePictures, pictures: Iterable[np.ndarray]) -> np.ndarray:
    """Return the finite scores of pictures that are made as they are scored, few at a time."""
    if not callable(score_pictures):
        raise TypeError(
            "Expected `score_pictures` to be a function from pictures to a score for each. "
            f"Received: {type(score_pictures).__name__}."
        )
    known, left = [np.empty(0)], iter(pictures)
    expected = "Expected `score_pictures` to return"
    while batch := list(islice(left, _AT_ONCE)):
        found, shape = np.asarray(score_pictures(np.stack(batch))), (len(batch),)
        if found.shape != shape:
            one_each = f"one score for each picture, shape {shape}"
            raise ValueError(f"{expected} {one_each}. Received: shape {found.shape}.")
        if found.dtype.kind not in "fiub":
            raise ValueError(f"{expected} real numbers. Received: dtype {found.dtype}.")
        if not np.isfinite(found).all():
            raise ValueError(
                f"{expected} finite numbers. Received: NaN or infinity. Measure a score that stays "
                "finite, or another baseline."
            )
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
    if len(expl.targets or []) > 1:
        raise ValueError(
            "Expected one target, whose maps are compared. Received: "
            f"{len(expl.targets or [])} targets. Ask for one after the other: `targets=[...]`."
        )
    signed = signed_map(expl)
    if not np.isfinite(signed).all() or np.ptp(signed) == 0:
        raise ValueError(
            "Expected a map that differs from cell to cell, to compare others with. Received: "
            f"a constant map of shape {signed.shape}, by {expl.method} for {name_of(expl)}. "
            "Another layer, method or target, or `pre_softmax=True`, may have one."
        )
    fixed = {name: value for name, value in how.items() if name != "top_targets"}
    fixed["targets"] = how.get("targets") or [(expl.targets or [])[0].target]
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
        raise TypeError(
            "Expected `explanation` to be an `Explanation`, what `explain_prediction` returns. "
            f"Received: {explanation!r} of type {type(explanation).__name__}."
        )
    if explanation.error or not explanation.targets:
        raise ValueError(
            f"Expected an explanation with a map. Received: {explanation.error or 'none'}"
        )
    signed = explanation.targets[0].raw_map
    if signed is None:
        raise ValueError("Expected an explanation with its signed map. Received: `raw_map` None.")
    return signed


def name_of(expl: Explanation) -> str:
    """Return what the first target is called."""
    target = (expl.targets or [])[0]
    return target.name or str(target.target)


def is_empty(expl: Explanation) -> bool:
    """Say whether the map of the first target shows nothing."""
    target = (expl.targets or [])[0]
    return target.heatmap is None or not target.heatmap.any()
