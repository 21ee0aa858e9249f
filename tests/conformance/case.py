"""What is explained: one picture, one class, and a small network whose weights are kept.

The picture is wider than high, the layer that is looked at lies in the middle, and what comes
behind it is not linear: methods that agree on the last layer of most networks differ here.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

__all__ = [
    *("FAINT", "LAST", "LAYER", "RESULTS", "SEED", "SIZE", "TARGET"),
    *("draw", "in_keras", "load", "save"),
]

RESULTS = Path(__file__).parent / "results"
SIZE = (32, 40)
"""Height and width of the picture."""
CHANNELS = (3, 8, 12, 16, 10)
"""Of the picture, of three convolutions, and the classes."""
LAYER, LAST = "relu2", "relu3"
"""The layer that is looked at, and the last one, which pooling and one Dense layer follow."""
TARGET = 6
FAINT = 0.01
"""What logits are multiplied by to see a method with small gradients."""
SEED = 32
"""Of the weights, and of what the peers draw."""


def draw(picture: np.ndarray) -> dict[str, np.ndarray]:
    """Return the weights by the names of layers and variables, and the picture.

    Parameters
    ----------
    picture : ndarray of uint8, shape (32, 40, 3)
    """
    rng = np.random.default_rng(SEED)
    case: dict[str, np.ndarray] = {}
    for number, (inside, out) in enumerate(pairwise(CHANNELS[:4]), 1):
        kernel = rng.normal(0, np.sqrt(2 / (9 * inside)), (3, 3, inside, out))
        case[f"conv{number}.kernel"], case[f"conv{number}.bias"] = kernel, rng.normal(0, 0.1, out)
    for number in (1, 3):
        for name, middle in (("gamma", 1), ("beta", 0), ("mean", 0), ("variance", 1)):
            case[f"norm{number}.{name}"] = middle + rng.uniform(-0.3, 0.3, CHANNELS[number])
    case["head.kernel"] = rng.normal(0, 1, CHANNELS[3:])
    case["head.bias"] = rng.normal(0, 0.1, CHANNELS[4])
    return {name: value.astype("float32") for name, value in case.items()} | {"picture": picture}


def save(case: dict[str, np.ndarray]) -> None:
    """Keep the case."""
    np.savez_compressed(RESULTS / "case.npz", **case)  # type: ignore[arg-type]


def load(scale: float = 1) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the weights and the picture as the network takes it, shape (1, 32, 40, 3).

    With `scale`, all logits are multiplied by it.
    """
    with np.load(RESULTS / "case.npz") as file:
        case = dict(file)
    picture = case.pop("picture").astype("float32") / 127.5 - 1
    for name in ("head.kernel", "head.bias"):
        case[name] = case[name] * np.float32(scale)
    return case, picture[np.newaxis]


def in_keras(weights: dict[str, np.ndarray], *, softmax: bool = False) -> Any:
    """Return the network as a Keras model that gives logits, or probabilities."""
    import keras  # here, so that the PyTorch peers need none

    layers = keras.layers
    inputs = keras.Input((*SIZE, CHANNELS[0]))
    x = layers.Conv2D(CHANNELS[1], 3, strides=2, name="conv1")(inputs)
    x = layers.ReLU(name="relu1")(layers.BatchNormalization(epsilon=1e-3, name="norm1")(x))
    x = layers.Conv2D(CHANNELS[2], 3, strides=2, name="conv2")(x)
    x = layers.Conv2D(CHANNELS[3], 3, name="conv3")(layers.ReLU(name=LAYER)(x))
    x = layers.ReLU(name=LAST)(layers.BatchNormalization(epsilon=1e-3, name="norm3")(x))
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    activation = "softmax" if softmax else None
    model = keras.Model(inputs, layers.Dense(CHANNELS[4], activation=activation, name="head")(x))
    for name in dict.fromkeys(key.partition(".")[0] for key in weights):
        own = [value for key, value in weights.items() if key.startswith(f"{name}.")]
        model.get_layer(name).set_weights(own)
    return model
