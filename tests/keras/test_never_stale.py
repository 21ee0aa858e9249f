"""Whatever changes in a model, its next explanation shows, compiled or not."""

import keras
import numpy as np
import pytest

import camlight
from camlight.keras import memory as memories
from camlight.keras.backends import load_backend
from tests.keras.compiling import Scaled, build, compiled, one_step, plain
from tests.keras.hiding import HIDDEN, put_back


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


@pytest.fixture
def globals_put_back():
    yield
    put_back()


@pytest.mark.parametrize("hidden", HIDDEN, ids=lambda hidden: hidden.__name__)
def test_never_stale_wherever_a_number_is_hidden(doc, hidden, globals_put_back):
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


def test_a_name_of_training_that_a_model_reads(doc):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = keras.layers.Conv2D(4, 3, activation="relu", name="last")
            self.pool = keras.layers.GlobalAveragePooling2D()
            self.loss = 1.0

        def call(self, inputs):
            return self.pool(self.conv(inputs)) * self.loss

    model = Own()
    scores = [compiled(model, doc).targets[0].score for _ in range(3)]
    model.loss = 3.0
    assert compiled(model, doc).targets[0].score == pytest.approx(3 * scores[-1], 1e-5)


def test_equal_values_set_anew_are_no_change(doc):
    model, same = build(), [1.5, (2, 3), "same"]
    scaled = model.get_layer("scaled")
    scaled.number, scaled.pair, scaled.word = same
    compiled(model, doc)
    memory = memories.memory_of(model)
    scaled.number, scaled.pair, scaled.word = 3.0 / 2, tuple(range(2, 4)), "".join(["sa", "me"])
    compiled(model, doc)
    assert memories.memory_of(model) is memory
    for name, other in (("number", 2), ("pair", (2, 3.0)), ("word", "other")):
        compiled(model, doc)
        memory = memories.memory_of(model)
        setattr(scaled, name, other)
        compiled(model, doc)
        assert memories.memory_of(model) is not memory, "another value or type is one"


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
