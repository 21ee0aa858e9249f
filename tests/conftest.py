import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")
# channels first on a CPU: TensorFlow has it by oneDNN alone, which it turns on for some CPUs only
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
import pytest
from PIL import Image

from tests.forms.form import Fixed


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


@pytest.fixture
def vit():
    """A vision transformer of two blocks: 16 patches behind a class and a register token."""
    keras.utils.set_random_seed(4)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(6, 2, strides=2, name="patches")(inputs)
    x = Prepend(2, name="prepend")(keras.layers.Reshape((16, 6), name="sequence")(x))
    for block in range(2):
        y = keras.layers.LayerNormalization(name=f"norm_{block}")(x)
        y = keras.layers.MultiHeadAttention(2, 3, name=f"attention_{block}")(y, y)
        x = keras.layers.Add(name=f"add_{block}")([x, y])
    x = keras.layers.LayerNormalization(name="norm")(x)
    return keras.Model(inputs, keras.layers.Dense(3, name="head")(x[:, 0]), name="vit")


@keras.saving.register_keras_serializable("tests")
class Prepend(keras.layers.Layer):
    """Puts learned tokens before the others, and adds learned positions."""

    def __init__(self, count, **kwargs):
        super().__init__(**kwargs)
        self.count = count

    def build(self, shape):
        self.tokens = self.add_weight(
            shape=(1, self.count, shape[-1]), initializer=Fixed(40), name="t"
        )
        self.places = self.add_weight(
            shape=(1, shape[1] + self.count, shape[-1]), initializer=Fixed(41), name="p"
        )

    def call(self, inputs):
        return keras.ops.concatenate([self.tokens + 0 * inputs[:, :1], inputs], 1) + self.places

    def compute_output_shape(self, shape):
        return (shape[0], shape[1] + self.count, shape[2])
