import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")

import keras
import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def doc(rng):
    """A picture for the tiny networks: shape (1, 8, 8, 3)."""
    return rng.uniform(-1, 1, (1, 8, 8, 3)).astype("float32")


@pytest.fixture
def network():
    """A functional network with a residual sum: conv, sum, pooling, four class scores."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(5, 3, padding="same", name="conv")(inputs)
    y = keras.layers.Conv2D(5, 3, padding="same", activation="relu", name="branch")(x)
    x = keras.layers.Add(name="sum")([x, y])
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    outputs = keras.layers.Dense(4, name="head")(x)
    return keras.Model(inputs, outputs, name="network")


@pytest.fixture
def picture(rng):
    return Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8))
