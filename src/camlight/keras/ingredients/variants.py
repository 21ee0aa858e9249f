"""The picture, and what the model scores variants of it or of what a layer makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from camlight.keras.scoring import Scoring

from .scene import Scene

__all__ = ["picture", "score_activations", "score_pictures"]

Score = Callable[..., np.ndarray]


def picture(scene: Scene) -> np.ndarray:
    """Return the picture as the model takes it, shape (H, W, C)."""
    return Scoring(scene).picture


def score_pictures(scene: Scene) -> Score:
    """Return the function from pictures (N, H, W, C), or a generator of them, to scores (N,)."""
    scoring = Scoring(scene, [scene.target])

    def score(pictures: Iterable[np.ndarray], count: int | None = None) -> np.ndarray:
        return scoring.score(pictures, count)[:, 0]

    return score


def score_activations(scene: Scene) -> Score:
    """Return the function from variants (N, H, W, K) of the activations to scores (N,)."""
    scoring = Scoring(scene, [scene.target])

    def score(variants: Iterable[np.ndarray], count: int | None = None) -> np.ndarray:
        return scoring.score_activations(scene.view, variants, count)[:, 0]

    return score
