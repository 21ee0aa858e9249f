"""A small vision transformer, trained on crops of two photos: the demo has none of its own."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from PIL import Image

from camlight import demo

SIDE, PATCH, WIDTH, BLOCKS, STEPS = 224, 16, 48, 3, 300
NAMES = ("chelsea", "coffee", "motorcycle", "camera", "grace_hopper")
"""The photos that it tells apart: the cat is class 0, the espresso class 1."""


def small_transformer() -> Any:
    """Return the transformer, trained for a minute to say which photo a crop is from."""
    keras.utils.set_random_seed(0)
    model = untrained()
    model.compile(
        optimizer=keras.optimizers.Adam(2e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=False),
    )
    rng = np.random.default_rng(0)
    photos = [demo.photo(name).convert("RGB") for name in NAMES]
    for _ in range(STEPS):
        labels = rng.integers(len(NAMES), size=16)
        crops = np.stack([crop(photos[label], rng) for label in labels])
        loss = model.train_on_batch(to_small(crops), labels)
    print(f"the transformer's last loss: {loss:.3f}", flush=True)
    return model


def untrained() -> Any:
    """Return the model: patches, blocks of attention, and the mean of all tokens."""
    inputs = keras.Input((SIDE, SIDE, 3))
    tokens = (SIDE // PATCH) ** 2
    x = keras.layers.Conv2D(WIDTH, PATCH, strides=PATCH, name="patches")(inputs)
    x = keras.layers.Reshape((tokens, WIDTH))(x)
    for _ in range(BLOCKS):
        y = keras.layers.LayerNormalization()(x)
        x = keras.layers.Add()([x, keras.layers.MultiHeadAttention(4, WIDTH // 4)(y, y)])
        y = keras.layers.Dense(2 * WIDTH, activation="gelu")(keras.layers.LayerNormalization()(x))
        x = keras.layers.Add()([x, keras.layers.Dense(WIDTH)(y)])
    x = keras.layers.GlobalAveragePooling1D()(keras.layers.LayerNormalization()(x))
    outputs = keras.layers.Dense(len(NAMES), activation="softmax")(x)
    return keras.Model(inputs, outputs, name="small_transformer")


def to_small(pixels: Any) -> Any:
    """Scale pixels from 0 to 255 as the small transformer takes them."""
    return pixels / 127.5 - 1


def crop(photo: Image.Image, rng: np.random.Generator) -> np.ndarray:
    """Return a random part of a photo, at the size that the model takes."""
    side = int(rng.uniform(0.4, 1) * min(photo.size))
    left, top = (rng.integers(length - side + 1) for length in photo.size)
    part = photo.crop((left, top, left + side, top + side)).resize((SIDE, SIDE))
    pixels = np.asarray(part)
    return pixels[:, ::-1] if rng.random() < 0.5 else pixels
