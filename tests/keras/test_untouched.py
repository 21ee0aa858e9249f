"""The model is left as it was, whatever happens, and other threads get right answers."""

import sys
import threading
import warnings
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from camlight.keras.keeping import attributes_kept
from camlight.keras.places import places
from camlight.keras.state import State
from camlight.keras.tap import tapped

import camlight
from camlight import ExplanationError
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

    def kept(self):
        return (
            *(self.calls, id(self.last), list(self.shapes), id(self.outputs["last"])),
            *(list(map(id, self.outputs["few"])), set(self.sizes), float(self.total[0])),
            *(self.object.calls, list(self.ordered)),
        )


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


@pytest.mark.parametrize("made", BUSY, ids=["functional", "subclassed"])
@pytest.mark.parametrize("compile", [True, False])
def test_what_a_layer_keeps_as_it_runs(doc, made, compile):
    model, busy = made()
    model(doc)
    kept, calls = busy.kept(), getattr(model, "calls", None)
    before = fingerprint(model)
    camlight.explain_prediction(model, doc, compile=compile)
    assert fingerprint(model) == before
    assert (busy.kept(), getattr(model, "calls", None)) == (kept, calls)
    assert isinstance(array(busy.last), np.ndarray)
    model(doc)
    assert busy.calls == kept[0] + 1


def test_what_is_built_by_the_first_run_stays(doc):
    model = Subclassed()
    with attributes_kept(model):
        model(doc)
    assert model.calls > 0
    assert model.parts[1].calls > 0
    camlight.explain_prediction(model, doc)
    kernel = model.parts[0].kernel
    camlight.explain_prediction(model, doc)
    assert model.parts[0].kernel is kernel


class Lazy(keras.layers.Layer):
    """Makes a layer when it first runs, where Keras doesn't see it."""

    def __init__(self):
        super().__init__()
        self.helper = SimpleNamespace(dense=None, calls=0)

    def call(self, inputs):
        self.helper.calls += 1
        if self.helper.dense is None:
            self.helper.dense = keras.layers.Dense(4)
        return self.helper.dense(inputs)


def test_a_layer_that_is_made_as_another_runs_stays(doc):
    lazy = Lazy()
    model = keras.Sequential([keras.Input((8, 8, 3)), lazy])
    lazy.helper.dense, lazy.helper.calls = None, 0
    with attributes_kept(model):
        model(doc)
    assert lazy.helper.dense.built
    assert lazy.helper.calls == 0


@pytest.mark.parametrize("of_another_model", [False, True])
def test_what_a_layer_keeps_while_another_thread_explains_it_too(doc, of_another_model):
    model, busy = functional_and_busy()
    other = keras.Model(model.inputs, busy.output) if of_another_model else model
    model(doc)
    kept = busy.kept()
    outer, inner = attributes_kept(model), attributes_kept(other)
    outer.__enter__()
    model(doc)
    inner.__enter__()
    model(doc)
    outer.__exit__(None, None, None)
    assert busy.calls == kept[0] + 2
    inner.__exit__(None, None, None)
    assert busy.kept() == kept


def test_what_others_set_meanwhile_stays(doc):
    model, busy = functional_and_busy()
    model(doc)
    with attributes_kept(model):
        busy.rate = 0.5
        busy.object.rate = 0.5
        model(doc)
    assert (busy.rate, busy.object.rate) == (0.5, 0.5)


class Mixed(keras.layers.Layer):
    """Keeps what it saw next to layers and variables, in slots, bytes and an array that grows."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)
        self.scale = self.add_weight(shape=(), initializer="ones")
        self.with_a_layer = {"dense": self.dense, "calls": 0}
        self.with_a_variable = {"scale": self.scale, "last": None}
        self.pair = (self.dense, [])
        self.helper = SimpleNamespace(layer=self, dense=self.dense, last=None)
        self.slotted = Slotted()
        self.bytes = bytearray(2)
        self.grown = np.zeros(1)

    def call(self, inputs):
        self.with_a_layer["calls"] += 1
        self.with_a_variable["last"] = inputs
        self.pair[1].append(inputs)
        self.helper.last = inputs
        self.slotted.calls += 1
        self.bytes[0] += 1
        self.grown.resize(len(self.grown) + 1, refcheck=False)
        return self.dense(inputs) * self.scale

    def kept(self):
        return (
            *(self.with_a_layer["calls"], id(self.with_a_variable["last"]), len(self.pair[1])),
            *(id(self.helper.last), self.slotted.calls, bytes(self.bytes), len(self.grown)),
        )


@dataclass(slots=True)
class Slotted:
    calls: int = 0


@pytest.mark.parametrize("compile", [True, False])
def test_what_a_layer_keeps_next_to_layers_and_variables(doc, compile):
    mixed, inputs = Mixed(), keras.Input((8, 8, 3))
    x = mixed(keras.layers.Conv2D(4, 3)(inputs))
    model = keras.Model(inputs, keras.layers.GlobalMaxPooling2D()(x))
    model(doc)
    kept = mixed.kept()
    camlight.explain_prediction(model, doc, compile=compile)
    assert mixed.kept() == kept
    assert array(mixed.helper.last).shape == (1, 6, 6, 4)


class Ledger:
    """Keeps what a layer tells it, by its own methods."""

    def __init__(self):
        self.last = None
        self.seen = []

    def note(self, value):
        self.last = value
        setattr(self, "by_name", value)  # noqa: B010 # what it tests
        self.seen.append(value)


class Telling(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.ledger = Ledger()

    def call(self, inputs):
        self.ledger.note(inputs)
        return inputs * 1.0


@pytest.mark.parametrize("compile", [True, False])
def test_what_an_object_keeps_as_a_layer_runs(doc, compile):
    telling = Telling()
    inputs = keras.Input((8, 8, 3))
    x = telling(keras.layers.Conv2D(4, 3)(inputs))
    model = keras.Model(inputs, keras.layers.GlobalMaxPooling2D()(x))
    telling.ledger.__init__()
    del telling.ledger.by_name  # left there as the model was made
    camlight.explain_prediction(model, doc, compile=compile)
    assert vars(telling.ledger) == {"last": None, "seen": []}


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


def test_looking_at_a_model_while_others_listen_to_it(network, doc):
    """The attributes of layers come and go meanwhile, at every step of the interpreter."""
    state = State(network)
    interval = sys.getswitchinterval()
    operations = [place.operation for place in places(network)]
    done = threading.Event()

    def listen():
        while not done.is_set():
            with ExitStack() as stack:
                for operation in operations:
                    stack.enter_context(tapped(operation, lambda output: output))
        return True

    try:
        sys.setswitchinterval(1e-6)
        with ThreadPoolExecutor(2) as pool:
            listeners = [pool.submit(listen) for _ in range(2)]
            held = all(state.holds() for _ in range(400))
            done.set()
            assert held
            assert all(job.result() for job in listeners)
    finally:
        done.set()
        sys.setswitchinterval(interval)
