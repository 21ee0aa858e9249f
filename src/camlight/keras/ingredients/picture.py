"""Pictures as methods see them, and as the model takes them."""

from __future__ import annotations

import keras
import numpy as np

from .scene import Scene

__all__ = ["as_picture", "inputs_of"]


def as_picture(scene: Scene, batch: np.ndarray) -> np.ndarray:
    """Return a batch of one, of the picture's shape, without its first axis, the channels last."""
    maps, values = scene.plan.maps, batch[0]
    if maps.rank < 1 or values.ndim not in (maps.rank, maps.rank + 1):
        raise ValueError(
            f"Expected a picture, a signal or a volume along with method "
            f"`{scene.question.method.name}`. Received: an input of shape {batch.shape}."
        )
    if values.ndim == maps.rank:
        values = values[..., np.newaxis]
    elif maps.data_format == "channels_first":
        values = np.moveaxis(values, 0, -1)
    floating: np.ndarray = values.astype(np.result_type(values, np.float32))
    return floating


def inputs_of(scene: Scene, pictures: np.ndarray) -> list[np.ndarray | None]:
    """Return the model's flattened inputs with N pictures for the one; others are repeated.

    Parameters
    ----------
    scene : Scene
    pictures : ndarray, shape (N, H, W, C)
    """
    leaves, maps = keras.tree.flatten(scene.run.inputs), scene.plan.maps
    own = leaves[scene.run.picture]
    if own.ndim == maps.rank + 1:
        pictures = pictures[..., 0]
    elif maps.data_format == "channels_first":
        pictures = np.moveaxis(pictures, -1, 1)
    dtype = own.dtype if own.dtype.kind == "f" else keras.config.floatx()
    return [
        np.ascontiguousarray(pictures, dtype=dtype)
        if i == scene.run.picture
        else leaf
        if leaf is None
        else np.repeat(leaf, len(pictures), axis=0)
        for i, leaf in enumerate(leaves)
    ]
