"""Derivatives of the score by the picture, and what a layer shows of other pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from camlight.keras.capture import laid_out
from camlight.keras.places import PICTURE

from .picture import as_picture
from .runs import shown
from .scene import Scene
from .variants import picture

__all__ = ["gradient_of", "gradients_of_pictures", "picture_gradients", "views_of_pictures"]


def picture_gradients(scene: Scene) -> np.ndarray:
    """Return the derivatives of the score by the picture, shape (H, W, C)."""
    gradient: np.ndarray = gradients_of_pictures(scene)(picture(scene)[np.newaxis])[0]
    return gradient


def gradients_of_pictures(scene: Scene) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function from pictures (N, H, W, C) to derivatives of their scores by them."""

    def gradients(pictures: np.ndarray) -> np.ndarray:
        found = [one.gradients[0][0] for one in shown(scene, [PICTURE], pictures)]
        return np.stack([gradient_of(scene, gradient) for gradient in found])

    return gradients


def gradient_of(scene: Scene, gradient: np.ndarray | None) -> np.ndarray:
    """Return what was captured of the picture's gradient, shape (H, W, C), with the scene's sign.

    None stands for a score that doesn't depend on the picture.
    """
    if gradient is None:
        return np.zeros_like(picture(scene))
    return scene.sign * as_picture(scene, gradient)


def views_of_pictures(scene: Scene) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return the function from pictures to what the layer shows of them.

    It gives its activations, shape (N, h, w, K), and the derivatives of the scores by them.
    """
    place = scene.plan.layers[scene.layer]
    if scene.plan.maps.rank > 1:  # how tokens lie was found out for the picture itself
        place = replace(place, grid=scene.view.activations.shape[:-1])
    plan = replace(scene.plan, layers=[place])

    def views(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = [
            laid_out(scene.run, plan, one, [scene.target]).views[0][0]
            for one in shown(scene, plan.layers, pictures)
        ]
        activations = np.stack([view.activations for view in found])
        return activations, scene.sign * np.stack([view.gradients for view in found])

    return views
