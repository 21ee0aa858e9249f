"""The model and the explanation that are measured, as functions of a picture."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import numpy as np

from camlight.base import Explanation, ExplanationWarning
from camlight.explain import explain_prediction

from .checks import ScorePictures, UndefinedMeasure
from .models import Scoring

__all__ = ["explaining", "map_of", "remembering"]


def map_of(explanation: Explanation) -> tuple[Any, np.ndarray]:
    """Return the first target and its signed map."""
    if explanation.error or not explanation.targets:
        raise ValueError(
            f"Expected an explanation with a map. Received: {explanation.error or 'none'}"
        )
    first = explanation.targets[0]
    if first.raw_map is None:
        raise ValueError("Expected an explanation with its signed map. Received: `raw_map` None.")
    return first.target, first.raw_map


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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExplanationWarning)
            found = map_of(explain_prediction(model, scoring.doc_of(picture), **how))[1]
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
