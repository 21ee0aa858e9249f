"""Ways to run a model that only one framework has."""

import keras
import numpy as np
import pytest

import camlight

BACKEND = keras.config.backend()


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = keras.layers.Conv2D(4, 3, activation="sigmoid", name="conv")
        self.head = keras.layers.Dense(3, kernel_initializer="ones")

    def call(self, inputs):
        return self.head(keras.ops.mean(self.conv(inputs), axis=(1, 2)))


@pytest.mark.skipif(BACKEND != "tensorflow", reason="`tf.function` is TensorFlow's")
@pytest.mark.parametrize("inside", [False, True])
def test_a_call_that_is_a_tf_function(doc, inside):
    import tensorflow as tf

    class Decorated(Subclassed):
        call = tf.function(Subclassed.call)

    plain, model = Subclassed(), Decorated()
    for net in (plain, model):
        net(doc)
    model.set_weights(plain.get_weights())
    expected = camlight.explain_prediction(plain, doc, targets=[1])
    if inside:
        model = keras.Sequential([keras.Input(doc.shape[1:]), model])
    before = np.asarray(model(doc))
    for layer in (None, "conv"):
        found = camlight.explain_prediction(model, doc, targets=[1], layer=layer)
        assert found.layer.endswith("conv")
        np.testing.assert_allclose(
            found.targets[0].raw_map, expected.targets[0].raw_map, rtol=1e-5, atol=1e-8
        )
    np.testing.assert_array_equal(model(doc), before)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="`tf.nn` is TensorFlow's")
def test_tensorflows_own_softmax_can_be_taken_off(doc):
    import tensorflow as tf

    layers = [
        keras.layers.Conv2D(4, 3, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, activation=tf.nn.softmax),
    ]
    model = keras.Sequential([keras.Input(doc.shape[1:]), *layers])
    [target] = camlight.explain_prediction(
        model, doc, targets=[1], pre_softmax=True, counterfactual=True
    ).targets
    assert target.proba == pytest.approx(float(model(doc)[0, 1]))
    layers[-1].activation = keras.activations.linear
    assert target.score == pytest.approx(float(model(doc)[0, 1]), rel=1e-5)


@pytest.mark.skipif(BACKEND != "torch", reason="inference mode is PyTorch's")
def test_in_inference_mode(doc):
    import torch

    model = Subclassed()
    for layer in (None, "conv"):
        expected = camlight.explain_prediction(model, doc, targets=[1], layer=layer)
        with torch.inference_mode():
            assert camlight.explain_prediction(model, doc, targets=[1], layer=layer) == expected
            assert torch.is_inference_mode_enabled()
