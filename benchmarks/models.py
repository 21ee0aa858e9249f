"""The models that are explained, and the pictures: all made here, nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from tests.references import patchwork, randomize

__all__ = ["MODELS", "build", "layer_of", "pictures"]

SIZE = 224


@dataclass(frozen=True)
class Recipe:
    """How to make a model.

    Attributes
    ----------
    make : callable
    last : str or int
        Name or index of the last layer that holds a map.
    early : str
        Of one near the start.
    scale : float
        The pictures' values run from minus this to this.
    """

    make: Callable[[], keras.Model]
    last: str | int
    early: str
    scale: float = 1.0


def vit(width: int = 192, depth: int = 12, heads: int = 3, patch: int = 16) -> keras.Model:
    """Return a vision transformer of ViT-Tiny's size; its last tokens are laid out as a map."""
    first = keras.config.image_data_format() == "channels_first"
    side = SIZE // patch
    picture = keras.Input((3, SIZE, SIZE) if first else (SIZE, SIZE, 3))
    x = keras.layers.Conv2D(width, patch, strides=patch, name="patches")(picture)
    x = keras.layers.Reshape((width, side * side) if first else (side * side, width))(x)
    if first:
        x = keras.layers.Permute((2, 1))(x)
    x = Position(name="position")(x)
    for number in range(1, depth + 1):
        y = keras.layers.LayerNormalization(epsilon=1e-6)(x)
        y = keras.layers.MultiHeadAttention(heads, width // heads)(y, y)
        x = keras.layers.Add()([x, y])
        y = keras.layers.LayerNormalization(epsilon=1e-6)(x)
        y = keras.layers.Dense(4 * width, activation="gelu")(y)
        x = keras.layers.Add(name=f"block_{number}")([x, keras.layers.Dense(width)(y)])
    x = keras.layers.LayerNormalization(epsilon=1e-6)(x)
    if first:
        x = keras.layers.Permute((2, 1))(x)
    x = keras.layers.Reshape((width, side, side) if first else (side, side, width), name="map")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(picture, keras.layers.Dense(1000, activation="softmax")(x), name="vit_tiny")


class Position(keras.layers.Layer):
    """Adds to each token what it learned of the token's place."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the embeddings."""
        self.embeddings = self.add_weight(shape=shape[1:], initializer="zeros", name="embeddings")

    def call(self, tokens: object) -> object:
        """Return the tokens with their places added."""
        return tokens + self.embeddings


def _of_keras(name: str) -> Callable[[], keras.Model]:
    return lambda: getattr(keras.applications, name)(weights=None)


MODELS = {
    "MobileNetV2": Recipe(_of_keras("MobileNetV2"), "out_relu", "block_2_add"),
    "ResNet50": Recipe(_of_keras("ResNet50"), "conv5_block3_out", "conv2_block3_out"),
    "EfficientNetB0": Recipe(_of_keras("EfficientNetB0"), "top_activation", "block2b_add", 128),
    "NASNetMobile": Recipe(_of_keras("NASNetMobile"), -3, "reduction_concat_stem_1"),
    "ViT-Tiny": Recipe(vit, "map", "block_3"),
}


def build(name: str, seed: int = 0) -> keras.Model:
    """Return the model with random weights that are as alive as trained ones."""
    keras.utils.set_random_seed(seed)
    return randomize(MODELS[name].make(), pictures(name, 1), seed)


def layer_of(name: str, model: keras.Model, which: str) -> str:
    """Return the name of the "last" or the "early" layer."""
    layer = getattr(MODELS[name], which)
    return model.layers[layer].name if isinstance(layer, int) else layer


def pictures(name: str, count: int) -> np.ndarray:
    """Return so many pictures as the model takes them: shape (N, H, W, C), or (N, C, H, W)."""
    rows = [patchwork((SIZE, SIZE), seed) for seed in range(count)]
    array = np.concatenate(rows) * np.float32(MODELS[name].scale)
    if keras.config.image_data_format() == "channels_first":
        array = np.ascontiguousarray(array.transpose(0, 3, 1, 2))
    return array
