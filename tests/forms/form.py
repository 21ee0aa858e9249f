"""One form of model, and what its map must be."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from tests.forms.arithmetic import conv, pool, relu
from tests.references import array


@dataclass(frozen=True)
class Form:
    """A form of model with an independent reference.

    `reference` takes the model and the doc; it returns the activations of the explained layer,
    worked out in NumPy, and the function from these activations to the score.
    """

    name: str
    row: str
    build: Callable[[], keras.Model]
    reference: Callable[[keras.Model, Any], tuple[np.ndarray, Callable[[np.ndarray], float]]]
    layer: str
    arguments: dict = field(default_factory=lambda: {"targets": [1]})
    doc: Callable[[], Any] = lambda: picture()
    tolerance: float = 1e-5


@keras.saving.register_keras_serializable("tests")
class Fixed(keras.initializers.Initializer):
    """The same random numbers on every backend, of a size that keeps signals alive."""

    def __init__(self, seed, scale=1.0):
        self.seed = seed
        self.scale = scale

    def __call__(self, shape, dtype=None):
        spread = self.scale * np.sqrt(2 / max(np.prod(shape[:-1]), 1))
        values = np.random.default_rng([self.seed, *shape]).normal(0, spread, shape)
        return keras.ops.cast(keras.ops.convert_to_tensor(values.astype("float32")), dtype)

    def get_config(self):
        return {"seed": self.seed, "scale": self.scale}


def picture(seed=0, size=(8, 8), channels=3):
    shape = (1, *size, channels)
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def fixed(seed):
    return {"kernel_initializer": Fixed(seed), "bias_initializer": Fixed(seed + 100, 0.1)}


def conv2d(name="conv", filters=5, seed=1, activation="relu", **arguments):
    return keras.layers.Conv2D(
        filters, 3, activation=activation, name=name, **fixed(seed), **arguments
    )


def dense(units=4, name="head", seed=2, **arguments):
    return keras.layers.Dense(units, name=name, **fixed(seed), **arguments)


def average(**arguments):
    return keras.layers.GlobalAveragePooling2D(name="pool", **arguments)


def weights(model):
    """All weights by the name of their layer, as float64."""
    return {
        layer.name: [array(weight).astype("float64") for weight in layer.weights]
        for layer in model._flatten_layers()
    }


def one(doc):
    """A batch of one as float64, without its batch axis."""
    return np.asarray(doc, dtype="float64")[0]


def pooled_dense(w, target=1, head="head"):
    """The tail of most forms: global average pooling and one dense layer."""
    return lambda a: float((pool(a) @ w[head][0] + w[head][1])[target])


def plain(model, doc):
    """Convolution, ReLU, pooling, dense layer."""
    w = weights(model)
    return relu(conv(one(doc), *w["conv"])), pooled_dense(w)
