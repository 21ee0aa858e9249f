"""The model is left as it was, whatever happens, and other threads get right answers."""

import sys
import threading
import warnings
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import camlight
from camlight import ExplanationError
from camlight.keras.capture.fingerprint import Fingerprint
from camlight.keras.graph.layers import all_layers
from camlight.keras.run.hooks import hooked, output_hook
from camlight.keras.run.restore import restored
from tests.fingerprint import fingerprint
from tests.references import array


class Noisy(keras.layers.Layer):
    """Draws a random number and counts its calls, also when it predicts."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = keras.random.SeedGenerator(4)
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")
        self.raises = None

    def call(self, inputs):
        if self.raises is not None:
            raise self.raises
        self.calls.assign_add(1.0)
        return inputs + 0 * keras.random.normal(keras.ops.shape(inputs), seed=self.seeds)


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="conv", activity_regularizer="l2")(inputs)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = Noisy(name="noisy")(x)
    x = keras.layers.Dropout(0.5, seed=1)(x)
    x = keras.layers.Conv2D(4, 3, name="last")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(np.ones((2, 8, 8, 3)), np.zeros(2), verbose=0)
    model.get_layer("norm").trainable = False
    return model


@pytest.mark.parametrize("layer", [None, "conv", "noisy", 0])
def test_after_an_explanation(model, doc, layer):
    before = fingerprint(model)
    camlight.explain_prediction(model, doc, layer=layer)
    assert fingerprint(model) == before


@pytest.mark.parametrize("error", [ArithmeticError("in the middle"), KeyboardInterrupt()])
def test_after_an_exception_in_a_layer(model, doc, error):
    model.get_layer("noisy").raises = error
    before = fingerprint(model)
    interrupted = isinstance(error, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt if interrupted else camlight.ExplanationError):
        camlight.explain_prediction(model, doc, layer="conv")
    assert fingerprint(model) == before
    assert "call" not in vars(model.get_layer("conv"))


@pytest.mark.parametrize(
    "arguments", [{"targets": [9]}, {"targets": ["cat"]}, {"layer": "none"}, {"layer": -1}]
)
def test_after_bad_arguments(model, doc, arguments):
    before = fingerprint(model)
    with pytest.raises((TypeError, ValueError)):
        camlight.explain_prediction(model, doc, **arguments)
    assert fingerprint(model) == before


class Busy(keras.layers.Layer):
    """Keeps what it saw, in all sorts of places."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = 0
        self.shapes = []
        self.outputs = {"last": None, "few": deque(maxlen=2)}
        self.sizes = {8}
        self.total = np.zeros(1)
        self.object = SimpleNamespace(calls=0)
        self.ordered = OrderedDict()

    def call(self, inputs):
        self.calls += 1
        self.last = inputs
        self.shapes.append(inputs.shape)
        self.outputs["last"] = inputs
        self.outputs["few"].append(inputs)
        self.sizes.add(len(self.shapes))
        self.total += 1
        self.object.calls += 1
        self.ordered[self.calls] = inputs
        return inputs * 1.0


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = [keras.layers.Conv2D(4, 3), Busy(), keras.layers.GlobalMaxPooling2D()]
        self.calls = 0

    def call(self, inputs):
        self.calls += 1
        for part in self.parts:
            inputs = part(inputs)
        return inputs


def functional_and_busy():
    inputs = keras.Input((8, 8, 3))
    busy = Busy()
    x = busy(keras.layers.Conv2D(4, 3)(inputs))
    return keras.Model(inputs, keras.layers.GlobalMaxPooling2D()(x)), busy


def subclassed_and_busy():
    model = Subclassed()
    return model, model.parts[1]


BUSY = [functional_and_busy, subclassed_and_busy]


def tensors_in(layer):
    """The tensors that the layer holds, at whatever place."""
    held = [layer.last, *layer.outputs.values(), *layer.outputs["few"], *layer.ordered.values()]
    return [one for one in held if keras.ops.is_tensor(one)]


@pytest.mark.parametrize("made", BUSY, ids=["functional", "subclassed"])
@pytest.mark.parametrize("compile", [True, False])
def test_no_symbol_of_a_trace_is_left_in_what_a_layer_keeps(doc, made, compile):
    model, busy = made()
    model(doc)
    before = tensors_in(busy)
    camlight.explain_prediction(model, doc, compile=compile)
    new = [one for one in tensors_in(busy) if not any(one is other for other in before)]
    assert all(isinstance(array(one), np.ndarray) for one in new)
    assert isinstance(array(busy.last), np.ndarray)
    model(doc)


def symbol_in(holder):
    return isinstance(holder, Symbol)


class Symbol:
    """Stands for what a trace runs on."""


def test_each_container_gets_back_what_it_held_and_keeps_what_others_put_there():
    model, busy = functional_and_busy()
    busy.last, busy.total, busy.sizes, busy.calls = "last", np.ones(2), {8}, 0
    busy.object.calls = 0
    busy.outputs, busy.ordered = {"last": 1, "few": deque([1, 2], maxlen=2)}, OrderedDict(a=1)
    busy.shapes = [1, [2]]
    inner = busy.shapes[1]
    with restored(model, symbol_in):
        busy.last = busy.new = Symbol()
        busy.rate = 0.5
        busy.outputs["last"] = {"deep": [Symbol()]}
        busy.outputs["other"] = 3
        busy.outputs["few"].append(Symbol())
        inner.append(Symbol())
        busy.sizes.update([9, Symbol()])
        busy.object.last, busy.object.rate = (Symbol(),), 0.5
        busy.ordered["b"] = Symbol()
        busy.calls += 1
    assert (busy.last, busy.rate, busy.calls) == ("last", 0.5, 1)
    assert not hasattr(busy, "new")
    assert dict(busy.outputs) == {"last": 1, "few": deque([1, 2]), "other": 3}
    assert [busy.shapes[0], list(busy.shapes[1])] == [1, [2]]
    assert set(busy.sizes) == {8, 9}
    assert vars(busy.object) == {"calls": 0, "rate": 0.5}
    assert busy.ordered == {"a": 1}


def test_what_is_built_by_the_first_run_stays(doc):
    model = Subclassed()
    camlight.explain_prediction(model, doc)
    kernel = model.parts[0].kernel
    camlight.explain_prediction(model, doc)
    assert model.parts[0].kernel is kernel


def test_a_call_of_the_users_own_stays(network, doc):
    conv = network.get_layer("conv")
    plain = conv.call
    conv.call = own = lambda inputs: plain(inputs) * 2
    camlight.explain_prediction(network, doc, layer="conv")
    assert conv.call is own


def test_doc_and_picture_stay(network, doc, picture):
    copies = doc.copy(), picture.copy()
    expl = camlight.explain_prediction(network, doc, image=picture)
    camlight.format_as_image(expl)
    np.testing.assert_array_equal(doc, copies[0])
    assert picture == copies[1]


CALLS = 200


def test_eight_threads_explain_and_predict_at_once(network, doc):
    """Five threads on other layers, one fusing two, two that predict: each answer equals its
    lonely one, 200 times over."""
    layers = ["conv", "branch", "sum", network.layers[0].name, None, ["conv", "sum"]]

    def asked(layer):
        return camlight.explain_prediction(network, doc, [1], layer, pre_softmax=True)

    head = network.get_layer("head")
    head.activation = keras.activations.softmax
    lonely = [asked(layer) for layer in layers]
    scores = array(network(doc))
    start = threading.Barrier(8)

    def explain(number):
        start.wait()
        return all(asked(layers[number]) == lonely[number] for _ in range(CALLS))

    def predict():
        start.wait()
        return all(np.array_equal(array(network(doc)), scores) for _ in range(CALLS))

    before = fingerprint(network)
    with ThreadPoolExecutor(8) as pool, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jobs = [pool.submit(explain, number) for number in range(len(layers))]
        jobs += [pool.submit(predict) for _ in range(2)]
        assert all(job.result() for job in jobs)
    assert fingerprint(network) == before


@pytest.mark.parametrize("compile", [True, False])
def test_while_keras_predicts_in_another_thread(network, doc, compile):
    """On JAX Keras takes the weights away meanwhile, and that is said."""
    asked = partial(camlight.explain_prediction, network, doc, [1], compile=compile)
    expected = asked()
    halfway, ended = threading.Event(), threading.Event()

    class Halfway(keras.callbacks.Callback):
        def on_predict_batch_end(self, batch, logs=None):
            halfway.set()
            assert ended.wait(60)

    with ThreadPoolExecutor(1) as pool:
        predicting = pool.submit(network.predict, doc, verbose=0, callbacks=[Halfway()])
        assert halfway.wait(60)
        try:
            if keras.config.backend() == "jax":
                with pytest.raises(ExplanationError, match="weights that are away.*another thread"):
                    asked()
            else:
                assert asked() == expected
        finally:
            ended.set()
        np.testing.assert_allclose(predicting.result()[0], array(network(doc))[0], atol=1e-6)
    assert asked() == expected


def test_a_look_at_a_model_while_others_have_hooks_on_it(network, doc):
    """The attributes of layers come and go meanwhile, at every step of the interpreter."""
    known = Fingerprint(network)
    interval = sys.getswitchinterval()
    hooks = [output_hook(layer.operation, lambda output: output) for layer in all_layers(network)]
    done = threading.Event()

    def come_and_go():
        while not done.is_set():
            with hooked(hooks):
                pass
        return True

    try:
        sys.setswitchinterval(1e-6)
        with ThreadPoolExecutor(2) as pool:
            others = [pool.submit(come_and_go) for _ in range(2)]
            held = all(known.holds() for _ in range(400))
            done.set()
            assert held
            assert all(job.result() for job in others)
    finally:
        done.set()
        sys.setswitchinterval(interval)
