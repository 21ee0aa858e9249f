"""The NumPy layers against Keras's own, and against values worked out by hand."""

import keras
import numpy as np
import pytest

from tests.forms import arithmetic
from tests.forms.form import Fixed, fixed
from tests.references import array


def compare(layer, x, function, *arguments):
    expected = array(layer(x[np.newaxis].astype("float32")))[0]
    weights = [array(weight).astype("float64") for weight in layer.weights]
    np.testing.assert_allclose(function(x, *weights, *arguments), expected, atol=1e-5)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize(("kind", "size"), [("1D", (9,)), ("2D", (8, 9)), ("3D", (5, 6, 7))])
def test_convolution(rng, kind, size, strides, padding):
    layer = getattr(keras.layers, f"Conv{kind}")(4, 3, strides, padding, **fixed(1))
    compare(layer, rng.normal(size=(*size, 2)), arithmetic.conv, strides, padding)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_depthwise_convolution(rng, padding):
    layer = keras.layers.DepthwiseConv2D(
        3, padding=padding, depth_multiplier=2, depthwise_initializer=Fixed(1)
    )
    compare(layer, rng.normal(size=(6, 7, 3)), lambda x, *w: arithmetic.depthwise(x, *w, padding))


def test_normalizations(rng):
    x = rng.normal(size=(5, 6))
    compare(keras.layers.LayerNormalization(), x, arithmetic.layer_norm)
    layer = keras.layers.BatchNormalization(
        moving_mean_initializer=Fixed(1), moving_variance_initializer=keras.initializers.Constant(3)
    )
    compare(layer, x, arithmetic.batch_norm)


def test_attention(rng):
    layer = keras.layers.MultiHeadAttention(2, 3, **fixed(1))
    x = rng.normal(size=(5, 6))
    compare(lambda_layer(layer, x), x, arithmetic.attention)


def lambda_layer(layer, x):
    """Self-attention as a layer of one argument."""

    class Own(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = layer

        def call(self, inputs):
            return self.inner(inputs, inputs)

    return Own()


@pytest.mark.parametrize("name", ["relu", "gelu", "sigmoid", "softmax"])
def test_activations(rng, name):
    x = rng.normal(size=(4, 5))
    expected = array(getattr(keras.activations, name)(keras.ops.convert_to_tensor(x, "float32")))
    np.testing.assert_allclose(getattr(arithmetic, name)(x), expected, atol=1e-6)


def test_derivative_by_hand():
    x = np.array([[1.0, -2.0], [3.0, 0.5]])
    found = arithmetic.derivative(lambda a: float((a**3).sum()), x)
    np.testing.assert_allclose(found, 3 * x**2, atol=1e-8)


def test_grad_cam_by_hand():
    activations = np.array([[[1.0, 2.0], [0.0, 4.0]]])
    gradients = np.array([[[2.0, -1.0], [4.0, 0.0]]])
    np.testing.assert_allclose(arithmetic.grad_cam(activations, gradients), [[2.0, -2.0]])
