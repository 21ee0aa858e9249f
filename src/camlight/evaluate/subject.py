"""The model and the explanation that are measured, as functions of a picture."""

from __future__ import annotations

import math
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import numpy as np

from camlight.base import Explanation
from camlight.keras.measuring import Scoring, scoring_of

from .asking import again
from .checks import ScorePictures, UndefinedMeasure

__all__ = ["explaining", "map_of", "remembering", "scoring_like"]

_ALIKE = 1e-3
"""How far the score may be from the explanation's, of its size and by itself."""


def map_of(explanation: Explanation) -> tuple[Any, np.ndarray]:
    """Return the first target and its signed map."""
    if not isinstance(explanation, Explanation):
        raise TypeError(
            "Expected `explanation` to be an `Explanation`, what `explain_prediction` returns. "
            f"Received: {explanation!r} of type {type(explanation).__name__}."
        )
    if explanation.error or not explanation.targets:
        raise ValueError(
            f"Expected an explanation with a map. Received: {explanation.error or 'none'}"
        )
    first = explanation.targets[0]
    if first.raw_map is None:
        raise ValueError("Expected an explanation with its signed map. Received: `raw_map` None.")
    return first.target, first.raw_map


def scoring_like(explanation: Explanation, model: Any, doc: Any, asked: dict[str, Any]) -> Scoring:
    """Return what scores pictures as the explanation's first target was scored.

    Raises
    ------
    ValueError
        If the model gives `doc` another score, or `asked` names another target.
    """
    scoring = scoring_of(model, doc, **{n: v for n, v in asked.items() if n != "image"})
    first = (explanation.targets or [])[0]
    cure = "Pass the model, the picture and the arguments that it was made with."
    if scoring.targets[0].label != first.target:
        raise ValueError(
            f"Expected `targets` to begin with that of the explanation, {first.target!r}. "
            f"Received: {scoring.targets[0].label!r}. {cure}"
        )
    if first.score is not None and not math.isclose(
        scoring.scores[0], first.score, rel_tol=_ALIKE, abs_tol=_ALIKE
    ):
        raise ValueError(
            f"Expected the score that the explanation has, {first.score:.4g}. Received: "
            f"{scoring.scores[0]:.4g}, by other arguments such as `pre_softmax`, or of another "
            f"model or picture. {cure}"
        )
    return scoring


def remembering(scoring: Scoring, done: Callable[[int], None]) -> ScorePictures:
    """Return a function that scores pictures, each but once."""
    known: dict[bytes, float] = {}

    def score(pictures: np.ndarray) -> np.ndarray:
        names = [blake2b(one.tobytes()).digest() for one in pictures]
        new = {name: one for name, one in zip(names, pictures, strict=True) if name not in known}
        if new:
            scores = scoring.score(np.stack(list(new.values())))[:, 0]
            known.update(zip(new, scores.tolist(), strict=True))
            done(len(new))
        return np.array([known[name] for name in names])

    return score


def explaining(
    model: Any,
    scoring: Scoring,
    asked: dict[str, Any],
    signed: np.ndarray,
    done: Callable[[int], None],
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that explains a picture as the explanation was made."""
    how = {name: value for name, value in asked.items() if name != "preprocess"}
    first = True

    def explain(picture: np.ndarray) -> np.ndarray:
        nonlocal first
        found = map_of(again(model, scoring.doc_of(picture), how))[1]
        done(1)
        if first and not (
            found.shape == signed.shape
            and np.allclose(found, signed, rtol=1e-2, atol=1e-2 * np.abs(signed).max())
        ):
            raise UndefinedMeasure(
                "Expected arguments that give the explanation again. Received: an explanation that "
                "was made otherwise. Pass along what it was made with, such as `method`."
            )
        first = False
        return found

    return explain
