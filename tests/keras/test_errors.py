"""What fails inside a model is told in words: the layer, the form, and what to try."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

import camlight
from camlight import ExplanationError


class Broken(keras.layers.Layer):
    def __init__(self, error=None, **kwargs):
        super().__init__(**kwargs)
        self.error = error

    def call(self, inputs):
        if self.error is not None:
            raise self.error
        return inputs


def sequential(error):
    return keras.Sequential([keras.layers.Conv2D(2, 3), Broken(error, name="bad")], name="chain")


def functional():
    inputs = keras.Input((8, 8, 3))
    x = Broken(name="bad")(keras.layers.Conv2D(2, 3, name="conv")(inputs))
    outputs = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, outputs, name="net")


def explain(model, doc, **arguments):
    with pytest.raises(ExplanationError) as caught:
        camlight.explain_prediction(model, doc, **arguments)
    return str(caught.value), caught.value.__cause__


def test_while_it_is_built(doc):
    message, cause = explain(sequential(ArithmeticError("too deep")), doc, layer=0)
    assert isinstance(cause, ArithmeticError)
    start = "Expected model `chain`, a Sequential model, to be run on an input of shape "
    assert message.startswith(f"{start}(1, 8, 8, 3). Received: ArithmeticError in layer `bad` (B")
    assert "too deep. See whether `model(doc, training=False)` does the same; if it" in message
    assert "\x1b" not in message


def test_while_it_runs(doc):
    model = functional()
    model.get_layer("bad").error = ValueError("no cats today!")
    message, cause = explain(model, doc)
    assert "model `net`, a functional model, to be run" in message
    assert "ValueError in layer `bad` (Broken)" in message
    assert "no cats today!" in message
    assert isinstance(cause, ValueError)


def test_deep_inside(doc):
    inner = functional()
    inner.get_layer("bad").error = ValueError("deep")
    outer = keras.Input((8, 8, 3))
    message, _ = explain(keras.Model(outer, inner(outer), name="outer"), doc, layer="net/conv")
    assert "model `outer`" in message
    assert "in layer `bad` (Broken)" in message


def test_a_subclassed_model_of_its_own_mistake(doc):
    class Mistaken(keras.Model):
        def __init__(self):
            super().__init__(name="mistaken")
            self.conv = keras.layers.Conv2D(2, 3)

        def call(self, inputs):
            return keras.ops.reshape(self.conv(inputs), (7, 13))

    message, cause = explain(Mistaken(), doc)
    assert "model `mistaken`, a subclassed model (Mistaken)" in message
    assert cause is not None


def test_the_frameworks_own_words_are_kept(doc):
    """A shape that doesn't fit, deep in a layer of Keras's own."""

    class Unfit(keras.Model):
        def __init__(self):
            super().__init__(name="unfit")
            self.conv = keras.layers.Conv2D(2, 3, name="conv")
            self.head = keras.layers.Dense(2, name="head")
            self.head.build((None, 5))

        def call(self, inputs):
            return self.head(keras.ops.mean(self.conv(inputs), axis=(1, 2)))

    message, _ = explain(Unfit(), doc)
    assert "Received: " in message
    assert "head" in message
    assert "\n" not in message


def test_on_the_way_back(doc):
    @keras.ops.custom_gradient
    def one_way(x):
        def grad(*args, upstream=None):
            raise ArithmeticError("no way back")

        return x * 1.0, grad

    class OneWay(keras.layers.Layer):
        def call(self, inputs):
            return one_way(inputs)

    inputs = keras.Input((8, 8, 3))
    x = OneWay(name="one_way")(keras.layers.Conv2D(2, 3, name="conv")(inputs))
    outputs = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, outputs, name="net")
    message, _ = explain(model, doc, layer="conv")
    if keras.config.backend() == "jax":  # which prepares the way back while the model runs
        assert "to be run on" in message
    else:
        assert "to be differentiated" in message
        assert "choose a layer behind it with `layer`" in message
    assert camlight.explain_prediction(model, doc, [0], layer="one_way").error == ""


def test_an_interruption_passes_as_it_is(doc):
    model = functional()
    model.get_layer("bad").error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        camlight.explain_prediction(model, doc)


def test_what_is_wrong_with_the_arguments_is_no_error_of_the_model(network, doc):
    for arguments, error in (({"targets": [99]}, ValueError), ({"layer": 7.5}, TypeError)):
        with pytest.raises(error) as caught:
            camlight.explain_prediction(network, doc, **arguments)
        assert not isinstance(caught.value, ExplanationError)


def test_calls_that_are_not_made(doc):
    inputs = keras.Input((8, 8, 3))
    conv = keras.layers.Conv2D(3, 3, padding="same", name="conv")
    x = keras.layers.GlobalAveragePooling2D()(conv(conv(inputs)))
    model = keras.Model(inputs, keras.layers.Dense(2)(x), name="net")
    message = "`call` between 0 and 1: model `net` calls layer `conv` 2 times. Received: 2"
    with pytest.raises(ValueError, match=message):
        camlight.explain_prediction(model, doc, layer="conv", call=2)
    for call in (1.0, True, "last"):
        with pytest.raises(TypeError, match="which of the layer's calls to explain. Received"):
            camlight.explain_prediction(model, doc, layer="conv", call=call)


def test_whole_numbers_are_no_map(doc):
    class Rounded(keras.layers.Layer):
        def call(self, inputs):
            return keras.ops.cast(inputs, "int32")

    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(2, 3, name="conv")(inputs)
    x = keras.ops.cast(Rounded(name="rounded")(x), "float32")
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(x)))
    with pytest.raises(
        ValueError, match="real numbers.* `rounded`, whose output is a tensor of int32"
    ):
        camlight.explain_prediction(model, np.float32(doc), layer="rounded")


CHANNELS_FIRST = """
import keras, numpy as np, camlight
conv = keras.layers.Conv2D(2, 3, data_format="channels_first")
pool = keras.layers.GlobalAveragePooling2D(data_format="channels_first")
model = keras.Sequential([keras.Input((3, 8, 8)), conv, pool])
try:
    camlight.explain_prediction(model, np.ones((1, 3, 8, 8), "float32"))
except camlight.ExplanationError as error:
    print(error)
"""


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="others need no oneDNN for it")
def test_channels_first_where_tensorflow_has_no_onednn():
    found = subprocess.run(
        [sys.executable, "-c", CHANNELS_FIRST],
        env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "set the environment variable TF_ENABLE_ONEDNN_OPTS=1" in found.stdout
