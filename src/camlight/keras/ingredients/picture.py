"""Pictures as methods see them, and as the model takes them."""

from __future__ import annotations

import keras
import numpy as np

from .scene import Scene

__all__ = ["as_picture", "inputs_of", "inputs_with", "repeated"]


def as_picture(scene: Scene, batch: np.ndarray) -> np.ndarray:
    """Return a batch of one, of the picture's shape, without its first axis, the channels last."""
    maps = scene.plan.maps
    if maps.rank < 1 or batch.ndim not in (maps.rank + 1, maps.rank + 2):
        raise ValueError(
            f"Expected a picture, a signal or a volume along with method "
            f"`{scene.question.method.name}`. Received: an input of shape {batch.shape}."
        )
    values = maps.pictures(batch)[0]
    floating: np.ndarray = values.astype(np.result_type(values, np.float32))
    return floating


def inputs_of(scene: Scene, pictures: np.ndarray) -> list[np.ndarray | None]:
    """Return the model's flattened inputs with N pictures for the one; others are repeated.

    Parameters
    ----------
    scene : Scene
    pictures : ndarray, shape (N, H, W, C)
    """
    own = keras.tree.flatten(scene.run.inputs)[scene.run.picture]
    dtype = own.dtype if own.dtype.kind == "f" else keras.config.floatx()
    given = scene.plan.maps.inputs(pictures, own.ndim)
    return inputs_with(scene, np.ascontiguousarray(given, dtype=dtype))


def inputs_with(scene: Scene, batch: np.ndarray) -> list[np.ndarray | None]:
    """Return the model's flattened inputs with a batch for the picture's; others are repeated."""
    return [
        batch if number == scene.run.picture else repeated(leaf, len(batch))
        for number, leaf in enumerate(keras.tree.flatten(scene.run.inputs))
    ]


def repeated(leaf: np.ndarray | None, count: int) -> np.ndarray | None:
    """Return an input so many times; None for one that isn't given."""
    return None if leaf is None else np.repeat(leaf, count, axis=0)
