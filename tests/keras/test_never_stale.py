"""Whatever changes in a model, its next explanation shows, compiled or not."""

import copy
from time import perf_counter

import keras
import numpy as np
import pytest

import camlight
from camlight.keras.backends import load_backend
from camlight.keras.capture.compiled import cache_of
from camlight.keras.capture.fingerprint import Fingerprint
from tests.keras.compiling import Scaled, build, compiled, one_step, plain


@pytest.fixture
def model():
    return build()


def layer(name, attribute, value):
    return lambda model, doc: setattr(model.get_layer(name), attribute, value)


def within(change):
    return lambda model, doc: change(model.get_layer("scaled"))


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


class Holding(keras.layers.Layer):
    """Multiplies by a number that stands somewhere in what it holds."""

    def __init__(self, held, number):
        super().__init__()
        self.held = held
        self.number = number

    def call(self, inputs):
        return inputs * self.number(self.held)


class Part:
    """An object of the user's."""

    factor = 1.0

    def __init__(self, **held):
        vars(self).update(held)

    def get(self):
        return self.by


class Slotted:
    """An object of the user's without a dict."""

    __slots__ = ("by",)

    def __init__(self):
        self.by = 1.0


def three_times(self):
    return 3.0


HELD = {
    "a list": ([1.0], lambda held: held[0], lambda held: held.__setitem__(0, 3.0)),
    "a list that grows": ([1.0], sum, lambda held: held.append(2.0)),
    "a list of many": ([0.0] * 999 + [1.0], sum, lambda held: held.__setitem__(999, 3.0)),
    "a dict": ({"by": 1.0}, lambda held: held["by"], lambda held: held.__setitem__("by", 3.0)),
    "a dict of many": (
        dict.fromkeys(range(999), 0.0) | {"by": 1.0},
        lambda held: held["by"],
        lambda held: held.__setitem__("by", 3.0),
    ),
    "a list of lists": (
        [[number, 0.0] for number in range(200)] + [[0, 1.0]],
        lambda held: held[-1][1],
        lambda held: held[-1].__setitem__(1, 3.0),
    ),
    "a cell of a mask": (
        np.ones((128, 128)),
        lambda held: held[3, 4],
        lambda held: held.__setitem__((3, 4), 3.0),
    ),
    "an object with slots": (
        Slotted(),
        lambda held: held.by,
        lambda held: setattr(held, "by", 3.0),
    ),
    "an object's method": (
        Part(by=1.0).get,
        lambda held: held(),
        lambda held: setattr(held.__self__, "by", 3.0),
    ),
    "a set": ({1.0}, max, lambda held: held.add(3.0)),
    "an array": (np.ones(1), lambda held: held[0], lambda held: held.__setitem__(0, 3.0)),
    "a large array": (
        np.ones(100_000),
        lambda held: float(held.mean()),
        lambda held: held.__imul__(3.0),
    ),
    "an array that is turned": (
        np.ones((300, 200), order="F").T,
        lambda held: float(held.mean()),
        lambda held: held.__imul__(3.0),
    ),
    "an object": (Part(by=1.0), lambda held: held.by, lambda held: setattr(held, "by", 3.0)),
    "an object's list in a dict": (
        {"part": Part(by=[1.0])},
        lambda held: held["part"].by[0],
        lambda held: held["part"].by.__setitem__(0, 3.0),
    ),
    "a dict in a list in a dict": (
        {"a": [{"by": 1.0}]},
        lambda held: held["a"][0]["by"],
        lambda held: held["a"][0].__setitem__("by", 3.0),
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_what_a_layer_of_the_users_holds(doc, name):
    held, number, change = HELD[name]
    model = ending_with(Holding(copy.deepcopy(held), number))
    before = compiled(model, doc).targets[0].score
    cache = cache_of(model, None)
    assert compiled(model, doc).targets[0].score == before
    assert cache_of(model, None) is cache, "nothing is compiled anew"
    change(model.get_layer("holding").held)
    assert compiled(model, doc).targets[0].score == pytest.approx(3 * before, 1e-5)


def ending_with(layer):
    layer.name = "holding"
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="last")(inputs)
    x = layer(keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, keras.layers.Dense(4, use_bias=False, kernel_initializer="ones")(x))


def test_what_one_layer_holds_does_not_hide_what_another_does(doc):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="last")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    for _ in range(20):
        x = Holding(["name"] * 3000, lambda held: 1.0)(x)
    x = Holding({"by": 1.0}, lambda held: held["by"])(x)
    model = keras.Model(inputs, keras.layers.Dense(4, use_bias=False, kernel_initializer="ones")(x))
    before = compiled(model, doc).targets[0].score
    model.layers[-2].held["by"] = 3.0
    assert compiled(model, doc).targets[0].score == pytest.approx(3 * before, 1e-5)


def test_a_method_of_the_users_layer_replaced(doc):
    class Tripled(keras.layers.Layer):
        def factor(self):
            return 1.0

        def call(self, inputs):
            return inputs * self.factor()

    model = ending_with(Tripled())
    before = compiled(model, doc).targets[0].score
    Tripled.factor = three_times
    assert compiled(model, doc).targets[0].score == pytest.approx(3 * before, 1e-5)
    Tripled.factor.__code__ = (lambda self: 1.0).__code__
    try:
        assert compiled(model, doc).targets[0].score == pytest.approx(before, 1e-5)
    finally:
        three_times.__code__ = (lambda self: 3.0).__code__


def test_an_object_of_the_users_in_a_layer_of_keras(doc):
    class Rate:
        by = 1.0

        def __call__(self, inputs):
            return inputs * self.by

    model = ending_with(keras.layers.Activation(Rate()))
    before = compiled(model, doc).targets[0].score
    model.get_layer("holding").activation.by = 3.0
    assert compiled(model, doc).targets[0].score == pytest.approx(3 * before, 1e-5)


def test_a_global_variable_is_seen_once_the_model_is_forgotten(doc):
    by = [1.0]
    model = ending_with(keras.layers.Lambda(lambda x: x * by[0]))
    before = compiled(model, doc).targets[0].score
    by[0] = 3.0
    camlight.forget(model)
    assert compiled(model, doc).targets[0].score == pytest.approx(3 * before, 1e-5)
    by[0] = 1.0
    assert plain(model, doc).targets[0].score == pytest.approx(before, 1e-5), "keeps nothing"
    camlight.forget(model)
    camlight.forget(model)
    with pytest.raises(TypeError, match="Expected `model` to be a Keras model. Received: str"):
        camlight.forget("model")


@pytest.mark.parametrize("many", ["an array of 400 MB", "100,000 dicts", "nothing"])
def test_a_look_at_the_model_takes_no_millisecond(many):
    held = {
        "an array of 400 MB": lambda: np.zeros(50_000_000),
        "100,000 dicts": lambda: [{"number": number} for number in range(100_000)],
        "nothing": lambda: None,
    }[many]()
    model = ending_with(Holding(held, lambda held: 1.0))
    known = Fingerprint(model)
    times = []
    for _ in range(50):
        start = perf_counter()
        assert known.holds()
        times.append(perf_counter() - start)
    assert min(times) < 1e-3


def test_what_changes_while_the_model_is_traced_is_seen(doc, monkeypatch):
    """As if another thread had set an attribute once the layer had read it."""
    model = build()
    scaled, own = model.get_layer("scaled"), type(model.get_layer("scaled")).call

    def call(self, inputs):
        given = own(self, inputs)
        if self.factor == 1.0:
            object.__setattr__(self, "factor", 2.0)
        return given

    monkeypatch.setattr(type(scaled), "call", call)
    compiled(model, doc)
    assert scaled.factor == 2.0
    expected = plain(model, doc).targets[0].score
    assert compiled(model, doc).targets[0].score == pytest.approx(expected, 1e-5)


def test_equal_values_set_anew_are_no_change(doc):
    model, same = build(), [1.5, (2, 3), "same"]
    scaled = model.get_layer("scaled")
    scaled.number, scaled.pair, scaled.word = same
    compiled(model, doc)
    cache = cache_of(model, None)
    scaled.number, scaled.pair, scaled.word = 3.0 / 2, tuple(range(2, 4)), "".join(["sa", "me"])
    compiled(model, doc)
    assert cache_of(model, None) is cache
    for name, other in (("number", 2), ("pair", (2, 3.0)), ("word", "other")):
        compiled(model, doc)
        cache = cache_of(model, None)
        setattr(scaled, name, other)
        compiled(model, doc)
        assert cache_of(model, None) is not cache, "another value or type is one"


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
