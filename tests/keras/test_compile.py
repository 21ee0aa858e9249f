"""When a model is compiled, that it is never stale, and that nothing outlives it."""

import gc
import weakref
from collections import deque
from functools import partial
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import camlight
from camlight.keras import memory as memories
from camlight.keras.backends import load_backend


@pytest.fixture
def doc():
    return np.random.default_rng(5).normal(size=(1, 8, 8, 3)).astype("float32")


@pytest.fixture
def model():
    return build()


class Scaled(keras.layers.Layer):
    """Reads what Keras doesn't know of: numbers, a list, an array, an object of the user's."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.factor = 1.0
        self.factors = [1.0, [1.0]]
        self.array = np.ones(3, "float32")
        self.settings = Settings()

    def call(self, inputs):
        factor = self.factor * self.factors[0] * self.factors[1][0] * self.settings.factor
        return inputs * factor * keras.ops.convert_to_tensor(self.array, inputs.dtype)


class Settings:
    factor = 1.0

    def __init__(self):
        self.factor = 1.0


def build(seed=3):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((8, 8, 3))
    x = Scaled(name="scaled")(inputs)
    x = keras.layers.Conv2D(6, 3, activation="relu", name="first")(x)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Conv2D(5, 3, activation="relu", name="last")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dense(4, name="head")(x)
    model = keras.Model(inputs, x)
    head = model.get_layer("head").kernel
    head.assign(keras.ops.abs(head))
    model.compile("sgd", "mse")
    return model


def compiled(model, doc):
    return camlight.explain_prediction(model, doc, targets=[1], layer="last", compile=True)


def plain(model, doc):
    return camlight.explain_prediction(model, doc, targets=[1], layer="last", compile=False)


def layer(name, attribute, value):
    return lambda model, doc: setattr(model.get_layer(name), attribute, value)


def within(change):
    return lambda model, doc: change(model.get_layer("scaled"))


def one_step(model, doc):
    model.optimizer.learning_rate = 1.0
    model.fit(doc, np.ones((1, 4)), verbose=0)


def other_weights(model, doc):
    model.set_weights([weights * 1.5 for weights in model.get_weights()])


def other_policy(model, doc):
    for part in model.layers:
        part.dtype_policy = keras.DTypePolicy("mixed_bfloat16")


CHANGES = {
    "weights set": other_weights,
    "one weight assigned": lambda m, d: m.get_layer("last").kernel.assign_add(
        m.get_layer("last").kernel
    ),
    "trained one step": one_step,
    "an activation swapped": layer("last", "activation", keras.activations.tanh),
    "an activation swapped for a function": layer("last", "activation", lambda x: x * x),
    "another dtype policy": other_policy,
    "an epsilon": layer("norm", "epsilon", 0.7),
    "a padding": layer("last", "padding", "same"),
    "a call replaced": layer("pool", "call", lambda x: 3 * keras.ops.max(x, axis=(1, 2))),
    "a number": layer("scaled", "factor", 2.0),
    "a number in a list": within(lambda scaled: scaled.factors.__setitem__(0, 3.0)),
    "a number in a nested list": within(lambda scaled: scaled.factors[1].__setitem__(0, 3.0)),
    "a number in an array": within(lambda scaled: scaled.array.__setitem__(1, 3.0)),
    "a number in an object": within(lambda scaled: setattr(scaled.settings, "factor", 3.0)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_never_stale(model, doc, name):
    before = compiled(model, doc)
    CHANGES[name](model, doc)
    expected, found = plain(model, doc), compiled(model, doc)
    old, new = before.targets[0].raw_map, expected.targets[0].raw_map
    assert old.shape != new.shape or np.abs(new - old).max() > 1e-5, "the change shows"
    tolerance = 2e-2 if name == "another dtype policy" else 1e-5
    np.testing.assert_allclose(
        found.targets[0].raw_map, expected.targets[0].raw_map, rtol=tolerance, atol=1e-6
    )
    assert found.targets[0].score == pytest.approx(expected.targets[0].score, tolerance)


class Slotted:
    __slots__ = ("factor",)

    def __init__(self):
        self.factor = 1.0

    def times(self, x):
        return x * self.factor


class Holding(keras.layers.Layer):
    """Multiplies its input by what it finds in `held`."""

    kind_factor = 1.0

    def __init__(self, held, factor):
        super().__init__(name="holding")
        self._self_held = held
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor(self._self_held) * self.kind_factor


def keyword(x, factor):
    return x * factor


def with_default(x, settings={"factor": 1.0}):  # noqa: B006 # what it tests
    return x * settings["factor"]


def closure():
    factor = [1.0]
    return keras.layers.Lambda(lambda x: x * factor[0]), lambda _: factor.__setitem__(0, 3.0)


def bound_method():
    held = Slotted()
    return keras.layers.Activation(held.times), lambda _: setattr(held, "factor", 3.0)


def partial_function():
    function = partial(keyword, factor=1.0)
    change = lambda _: function.keywords.__setitem__("factor", 3.0)  # noqa: E731
    return keras.layers.Lambda(function), change


def default_of_a_function():
    def change(_):
        with_default.__defaults__[0]["factor"] = 3.0

    with_default.__defaults__[0]["factor"] = 1.0
    return keras.layers.Lambda(with_default), change


def a_deque():
    held = deque([1.0])
    return Holding(held, lambda held: held[0]), lambda _: held.__setitem__(0, 3.0)


def slots():
    held = Slotted()
    return Holding(held, lambda held: held.factor), lambda _: setattr(held, "factor", 3.0)


def deep():
    def innermost(held):
        return held["a"]["b"]["c"]["d"]["e"]

    def change(model):
        innermost(model.get_layer("holding")._self_held)["f"] = 3.0

    held = {"a": {"b": {"c": {"d": {"e": {"f": 1.0}}}}}}
    return Holding(held, lambda held: innermost(held)["f"]), change


def a_layer_that_keras_does_not_know_of():
    held = SimpleNamespace(act=keras.layers.LeakyReLU(0.1))
    change = lambda _: setattr(held.act, "negative_slope", 0.3)  # noqa: E731
    return Holding(held, lambda held: held.act(keras.ops.full((1,), -1.0)) * -10.0), change


def attribute_of_a_class():
    class Own(Holding):
        pass

    return Own(None, lambda _: 1.0), lambda _: setattr(Own, "kind_factor", 3.0)


def method_of_a_class():
    class Own(Holding):
        pass

    return Own(None, lambda _: 1.0), lambda _: setattr(Own, "call", lambda self, x: x * 3.0)


HIDDEN = [
    *(closure, bound_method, partial_function, default_of_a_function, a_deque, slots, deep),
    *(a_layer_that_keras_does_not_know_of, attribute_of_a_class, method_of_a_class),
]


@pytest.mark.parametrize("hidden", HIDDEN, ids=lambda hidden: hidden.__name__)
def test_never_stale_wherever_a_number_is_hidden(doc, hidden):
    hiding, change = hidden()
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="last")(inputs)
    x = hiding(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, keras.layers.Dense(4, use_bias=False, kernel_initializer="ones")(x))
    before = compiled(model, doc).targets[0].score
    memory = memories.memory_of(model)
    assert compiled(model, doc).targets[0].score == before
    assert memories.memory_of(model) is memory, "nothing is compiled anew"
    change(model)
    assert compiled(model, doc).targets[0].score == pytest.approx(3 * before, 1e-5)


def test_frozen_and_predicted_in_between(model, doc):
    expected = plain(model, doc)
    for change in (
        lambda: setattr(model.get_layer("norm"), "trainable", False),
        lambda: model.predict(doc, verbose=0),
        lambda: model.evaluate(doc, np.ones((1, 4)), verbose=0),
        lambda: setattr(model, "trainable", False),
    ):
        compiled(model, doc)
        change()
        found = compiled(model, doc)
        np.testing.assert_allclose(
            found.targets[0].raw_map, expected.targets[0].raw_map, rtol=1e-5, atol=1e-7
        )


def test_reloaded_under_the_same_name(model, doc, tmp_path):
    compiled(model, doc)
    path = tmp_path / "net.keras"
    other = keras.models.clone_model(model)
    other.set_weights([weights * 2 for weights in model.get_weights()])
    other.name = model.name
    other.save(path)
    reloaded = keras.models.load_model(path, custom_objects={"Scaled": Scaled})
    assert reloaded.name == model.name
    found, expected = compiled(reloaded, doc), plain(reloaded, doc)
    np.testing.assert_allclose(found.targets[0].raw_map, expected.targets[0].raw_map, rtol=1e-5)
    assert found.targets[0].score != compiled(model, doc).targets[0].score


def test_training_and_predicting_compile_nothing_anew(model, doc):
    compiled(model, doc)
    one_step(model, doc)
    model.predict(doc, verbose=0)
    memory = memories.memory_of(model)
    compiled(model, doc)
    one_step(model, doc)
    model.predict(doc, verbose=0)
    assert memories.memory_of(model) is memory


def test_compiles_by_itself_when_it_pays(model, doc, monkeypatch):
    backend, calls = load_backend(), []
    own = backend.Compiled.__call__

    def counted(self, *args):
        calls.append(self)
        return own(self, *args)

    monkeypatch.setattr(backend.Compiled, "__call__", counted)
    for number in range(1, backend.COMPILE_AT_CALL + 3):
        camlight.explain_prediction(model, doc)
        assert len(calls) == max(0, number - backend.COMPILE_AT_CALL + 1)
    assert len(set(map(id, calls))) == 1
    camlight.explain_prediction(model, doc, compile=False)
    assert len(calls) == 3


def test_a_model_is_collected_with_all_that_was_compiled(doc):
    model = build()
    compiled(model, doc)
    camlight.explain_prediction(model, doc, top_targets=3, compile=True)
    memory = weakref.ref(memories.memory_of(model))
    gone = weakref.ref(model)
    del model
    keras.backend.clear_session()
    gc.collect()
    assert (gone(), memory()) == (None, None)


def test_pictures_of_any_size_are_not_compiled_without_end():
    inputs = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="last")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
    model.layers[-1].set_weights([np.ones((4, 3)), np.zeros(3)])
    rng = np.random.default_rng(0)
    for size in range(8, 24):
        doc = rng.normal(size=(1, size, 40 - size, 3)).astype("float32")
        found = camlight.explain_prediction(model, doc, targets=[0], compile=True)
        expected = camlight.explain_prediction(model, doc, targets=[0], compile=False)
        np.testing.assert_allclose(
            found.targets[0].raw_map, expected.targets[0].raw_map, rtol=1e-4, atol=1e-6
        )
    [function] = memories.memory_of(model)._compiled.values()
    if keras.config.backend() == "tensorflow":
        assert len(function._graphs) <= 4
    if keras.config.backend() == "jax":
        assert len(function._functions) <= 8


@pytest.mark.skipif(keras.config.backend() != "jax", reason="others compile one for all sizes")
def test_sizes_that_come_in_turn_are_not_compiled_again_and_again():
    inputs = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="last")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(3, kernel_initializer="ones")(x))
    docs = [np.ones((1, 8 + size, 8, 3), "float32") for size in range(10)]
    for _ in range(2):
        for doc in docs:
            camlight.explain_prediction(model, doc, targets=[0])
    [function] = memories.memory_of(model)._compiled.values()
    first = set(function._functions)
    assert len(first) == 8
    for _ in range(20):
        camlight.explain_prediction(model, docs[-1], targets=[0])
    assert len(set(function._functions) - first) == 1


@pytest.mark.parametrize("compile", [None, False])
def test_a_layer_that_the_model_does_not_know_of_is_read_anew(doc, compile):
    unknown = keras.layers.Dense(4, use_bias=False, kernel_initializer="ones")
    unknown.build((None, 4))
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="last")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Lambda(lambda x: unknown(x), output_shape=(4,))(x)
    model = keras.Model(inputs, keras.layers.Dense(4, kernel_initializer="ones")(x))

    def score():
        found = camlight.explain_prediction(model, doc, targets=[1], compile=compile)
        return found.targets[0].score

    before = [score() for _ in range(load_backend().COMPILE_AT_CALL + 1)][-1]
    unknown.kernel.assign(unknown.kernel * 3)
    assert score() == pytest.approx(3 * before, 1e-5)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"targets": [4]}, "between 0 and 3"),
        ({"targets": [-1]}, "between 0 and 3"),
        ({"top_targets": 5}, "at most 4"),
        ({"targets": ["cat"]}, "target_names"),
        ({"compile": 1}, "True or False"),
    ],
)
def test_errors_are_the_same(model, doc, asked, message):
    with pytest.raises((TypeError, ValueError), match=message):
        camlight.explain_prediction(model, doc, **{"compile": True} | asked)


def test_what_cannot_be_compiled(doc):
    class Peeking(keras.layers.Layer):
        def call(self, inputs):
            return inputs * (1.0 if float(keras.ops.convert_to_numpy(inputs).max()) > 0 else 2.0)

    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(4, 3, name="last"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3),
        ]
    )
    model(doc)
    peeking = Peeking()
    object.__setattr__(model.get_layer("last"), "call", twice(model.get_layer("last"), peeking))
    expected = camlight.explain_prediction(model, doc, targets=[0], compile=False)
    for _ in range(load_backend().COMPILE_AT_CALL + 1):
        found = camlight.explain_prediction(model, doc, targets=[0])
        assert found == expected
    if keras.config.backend() != "torch":
        with pytest.raises(camlight.ExplanationError, match="to compile"):
            camlight.explain_prediction(model, doc, targets=[0], compile=True)


def twice(first, second):
    own = type(first).call
    return lambda inputs: second.call(own(first, inputs))
