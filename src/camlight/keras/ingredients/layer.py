"""What the one run of the model showed of the layer."""

from __future__ import annotations

import numpy as np

from .scene import Scene

__all__ = ["activations", "gradients"]


def activations(scene: Scene) -> np.ndarray:
    """Return the output of the layer, shape (H, W, K)."""
    return scene.view.activations


def gradients(scene: Scene) -> np.ndarray:
    """Return the derivatives of the score by the activations."""
    return -scene.view.gradients if scene.sign < 0 else scene.view.gradients
