"""Precision, and what happened to the model before: training, freezing, quantizing, saving."""

import tempfile
from pathlib import Path

import keras
import numpy as np

from tests.forms.arithmetic import conv, pool, relu
from tests.forms.form import Form, average, conv2d, dense, one, plain
from tests.references import array

PRECISION, STATE = "Mixed precision, float64", "Frozen, compiled, trained, quantized"
SAVED = "Loaded from .keras or .h5"


def network(activation=None):
    inputs = keras.Input((8, 8, 3))
    return keras.Model(
        inputs, dense(activation=activation)(average()(conv2d()(inputs))), name="net"
    )


def in_precision(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return network()
    finally:
        keras.config.set_dtype_policy(before)


def frozen():
    model = network()
    model.trainable = False
    return model


def compiled():
    model = network()
    model.compile("adam", "mse")
    return model


def trained():
    model = compiled()
    pictures = np.random.default_rng(3).normal(size=(4, 8, 8, 3)).astype("float32")
    model.fit(pictures, np.eye(4, dtype="float32"), verbose=0)
    return model


def quantized():
    model = network()
    model.quantize("int8")
    return model


def dequantized(model, doc):
    """Keras divides an int8 kernel by its scale, and rounds what goes in to 1 of 255 levels;
    gradients pass through the rounding as if it weren't there."""
    head, convolution = model.get_layer("head"), model.get_layer("conv")

    def kernel(layer):
        stored = array(layer._kernel if hasattr(layer, "_kernel") else layer.kernel)
        scale = array(layer.kernel_scale) if hasattr(layer, "kernel_scale") else 1.0
        return stored.astype("float64") / scale

    biases = [array(layer.bias).astype("float64") for layer in (convolution, head)]
    tail_kernel = kernel(head)
    features = relu(conv(one(doc), kernel(convolution), biases[0]))
    return features, lambda a: float((pool(a) @ tail_kernel + biases[1])[1])


def reloaded(suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"net{suffix}"
        network().save(path)
        return keras.models.load_model(path, compile=False)


FORMS = [
    Form(
        "mixed_float16",
        PRECISION,
        lambda: in_precision("mixed_float16"),
        plain,
        "conv",
        tolerance=5e-3,
    ),
    Form(
        "mixed_bfloat16",
        PRECISION,
        lambda: in_precision("mixed_bfloat16"),
        plain,
        "conv",
        tolerance=4e-2,
    ),
    Form("float64", PRECISION, lambda: in_precision("float64"), plain, "conv"),
    Form("frozen", STATE, frozen, plain, "conv"),
    Form("compiled", STATE, compiled, plain, "conv"),
    Form("trained", STATE, trained, plain, "conv"),
    Form("quantized to int8", STATE, quantized, dequantized, "conv", tolerance=2e-2),
    Form(".keras", SAVED, lambda: reloaded(".keras"), plain, "conv"),
    Form(".h5", SAVED, lambda: reloaded(".h5"), plain, "conv"),
]
