"""Forms that can't be explained, and how camlight says so."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tests.forms.form import average, conv2d, dense, picture
from tests.forms.kinds import network


@dataclass(frozen=True)
class Refused:
    """A form without a map; `message` is part of the explanation's error."""

    name: str
    row: str
    build: Callable[[], keras.Model]
    doc: Callable[[], Any]
    message: str
    backends: frozenset = frozenset({"tensorflow", "jax", "torch"})


def exported():
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "net")
        network(conv2d(), average(), dense()).export(path, verbose=False)
        layer = keras.layers.TFSMLayer(path, call_endpoint="serving_default")
        inputs = keras.Input((8, 8, 3))
        outputs = layer(inputs)
        return keras.Model(inputs, outputs, name="net")


def table():
    return network(dense(), shape=(6,))


FORMS = [
    Refused(
        "no spatial layer",
        "No spatial layer at all",
        table,
        lambda: np.ones((1, 6), "float32"),
        "Grad-CAM needs a convolutional model or a vision transformer",
    ),
    Refused(
        "exported (TFSMLayer)",
        "Exported (TFSMLayer)",
        exported,
        picture,
        "It holds an exported graph, whose layers can't be seen: explain the model that was",
        frozenset({"tensorflow"}),
    ),
]
