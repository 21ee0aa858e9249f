"""Guided Grad-CAM and guided backpropagation: by hand, and wherever a ReLU may stand."""

import keras
import numpy as np
import pytest

import camlight
from camlight.methods import gradcam
from camlight.methods.maps import enlarged

DOC = np.array([[[[1.0], [2.0]]]], "float32")


def asked(model, doc, look, target=0, **arguments):
    seen = []
    method = look(seen.append)
    camlight.explain_prediction(model, doc, targets=[target], method=method, **arguments)
    return seen[0]


def _plain(keep):
    def method(picture_gradients):
        keep(picture_gradients)
        return np.ones((2, 2))

    return method


def _guided(keep):
    def method(guided_gradients):
        keep(guided_gradients)
        return np.ones((2, 2))

    return method


def guided(model, doc, target=0, **arguments):
    return asked(model, doc, _guided, target, **arguments)


class Written(keras.layers.Layer):
    def call(self, inputs):
        return keras.ops.relu(inputs)


RELUS = {
    "layer": lambda: [keras.layers.ReLU()],
    "activation": lambda: [keras.layers.Activation("relu")],
    "ReLU6": lambda: [keras.layers.ReLU(6.0)],
    "relu6": lambda: [keras.layers.Activation("relu6")],
    "Lambda": lambda: [keras.layers.Lambda(keras.ops.relu)],
    "inside a layer": lambda: [Written()],
    "fused": lambda: [],
}


def hidden(relu, last=(1.0, 1.0, -1.0, 1.0)):
    """Four units of x + 2 y, 3 x - 2 y, 2 x + y and y - 4 x, a ReLU, and their sum with `last`.

    At x = 1, y = 2 they are 5, -1, 4 and -2: the second and the fourth are switched off. Back
    come 1, 1, -1 and 1; a guided ReLU lets only the first pass: (1, 2). A plain one passes the
    third too: (1, 2) - (2, 1).
    """
    fused = "relu" if relu == "fused" else None
    layers = [
        keras.layers.Reshape((2,)),
        keras.layers.Dense(4, use_bias=False, activation=fused),
        *RELUS[relu](),
        keras.layers.Dense(1, use_bias=False),
    ]
    model = keras.Sequential([keras.Input((1, 2, 1)), *layers])
    first = np.array([[1.0, 3.0, 2.0, -4.0], [2.0, -2.0, 1.0, 1.0]])
    model.set_weights([first, np.array(last)[:, np.newaxis]])
    return model


@pytest.mark.parametrize("relu", RELUS)
def test_by_hand(relu):
    for compile in (None, False):
        model = hidden(relu)
        np.testing.assert_allclose(guided(model, DOC, compile=compile), [[[1], [2]]])
        against = guided(model, DOC, counterfactual=True, compile=compile)
        np.testing.assert_allclose(against, [[[2], [1]]])  # of the negated score
        np.testing.assert_allclose(guided(model, DOC, compile=compile), [[[1], [2]]])
        np.testing.assert_allclose(asked(model, DOC, _plain), [[[-1], [1]]])


def test_nothing_passes_above_six():
    model = hidden("ReLU6", last=(1.0, 0.0, 1.0, 0.0))
    np.testing.assert_allclose(guided(model, 1.3 * DOC), [[[2], [1]]])  # the first is at 6.5


def test_a_function_as_target():
    found = guided(hidden("layer"), DOC, lambda output: output[:, 0])
    np.testing.assert_allclose(found, [[[1], [2]]])


@pytest.mark.parametrize("target", [1, 2])
def test_it_is_the_positive_part_of_gradcam_times_guided_gradients(network, doc, target):
    views = []

    def keep(activations, gradients):
        views[:] = activations, gradients
        return np.ones((2, 2))

    camlight.explain_prediction(network, doc, targets=[target], layer="conv", method=keep)
    seen = np.maximum(gradcam(*views), 0)
    expected = enlarged(seen, (8, 8)) * np.abs(guided(network, doc, target)).max(axis=-1)
    expl = camlight.explain_prediction(
        network, doc, targets=[target], layer="conv", method="guided_gradcam"
    )
    found = expl.targets[0].raw_map
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6 * np.abs(found).max())
    assert (found.shape, expl.layer) == ((8, 8), "conv")
    assert "untrained models" in expl.description


def test_a_model_without_relu(network, doc):
    network.get_layer("branch").activation = keras.activations.tanh
    for _ in range(2):
        with pytest.raises(ValueError, match='none of Keras. Choose .* "smoothgrad"'):
            camlight.explain_prediction(network, doc, method="guided_gradcam")


def test_its_docstring_warns():
    assert "fails the sanity checks" in camlight.METHODS["guided_gradcam"].__doc__
