"""Second derivatives of the score by what a layer gave."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from camlight.keras.backends import load_backend

from .scene import Scene

__all__ = ["hessian_product"]


def hessian_product(scene: Scene) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function from a direction (H, W, K) to the score's Hessian times it.

    Tokens of no patch stay what they are: the direction is 0 there.
    """
    return partial(_product, scene)


def _product(scene: Scene, direction: np.ndarray) -> np.ndarray:
    view = scene.view
    product = load_backend().hessian_product(
        scene.run, view.place, scene.target.score, view.layout.back(direction)
    )
    return scene.sign * view.layout.of(product)
