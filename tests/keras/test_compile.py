"""When a model is compiled, and that nothing outlives it."""

import gc
import weakref

import keras
import numpy as np
import pytest

import camlight
from camlight.keras.backends import load_backend
from camlight.keras.capture import compiled as kept
from camlight.keras.capture.compiled import cache_of
from tests.keras import compiling
from tests.keras.compiling import build, compiled, one_step
from tests.notes import Notes


@pytest.fixture
def model():
    return build()


class Remembering(keras.layers.Layer):
    """Sets attributes as it runs."""

    runs = Notes()

    def __init__(self):
        super().__init__()
        self.calls = 0

    def call(self, inputs):
        self.runs.add(inputs.shape)
        self.calls += 1
        self.shape = tuple(inputs.shape)
        self.output_of_before = inputs
        return inputs * 1.0


@pytest.mark.parametrize("compile", [None, True])
def test_a_layer_that_sets_attributes_is_traced_twice_and_no_more(doc, compile):
    inputs = keras.Input((8, 8, 3))
    remembering = Remembering()
    x = remembering(keras.layers.Conv2D(4, 3, activation="relu")(inputs))
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))

    def explained(count):
        for _ in range(count):
            camlight.explain_prediction(model, doc, targets=[1], compile=compile)
        return len(remembering.runs.taken())

    plain = 0 if compile else load_backend().COMPILE_AT_CALL - 1
    assert explained(plain + 2) > 0
    assert explained(3) == (3 if keras.config.backend() == "torch" else 0)


def test_training_and_predicting_compile_nothing_anew(model, doc):
    compiled(model, doc)
    one_step(model, doc)
    model.predict(doc, verbose=0)
    cache = cache_of(model, None)
    compiled(model, doc)
    one_step(model, doc)
    model.predict(doc, verbose=0)
    assert cache_of(model, None) is cache


def test_compiles_by_itself_when_it_pays(model, doc, monkeypatch):
    backend, calls = load_backend(), []
    own = backend.BatchRunner.__call__

    def counted(self, *args):
        calls.append(self)
        return own(self, *args)

    monkeypatch.setattr(backend.BatchRunner, "__call__", counted)
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
    cache = weakref.ref(cache_of(model, None))
    gone = weakref.ref(model)
    del model
    keras.backend.clear_session()
    gc.collect()
    assert (gone(), cache()) == (None, None)


def test_classes_that_hold_a_model_are_collected_with_it(doc):
    def explained():
        models = []

        class Helper:
            factor = 1.0

            def model(self):
                return models[0]

        class Own(keras.layers.Layer):
            def __init__(self):
                super().__init__()
                self.helper = Helper()

            def call(self, inputs):
                return inputs * self.helper.factor

        inputs = keras.Input((8, 8, 3))
        x = Own()(keras.layers.Conv2D(4, 3, name="last")(inputs))
        models.append(keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x)))
        compiled(models[0], doc)
        return [weakref.ref(one) for one in (models[0], Helper, Own)]

    gone = explained()
    keras.backend.clear_session()
    gc.collect()
    assert [one() for one in gone] == [None, None, None]


def test_layers_in_turn_are_not_compiled_again_and_again(doc, monkeypatch):
    monkeypatch.setattr(kept, "_COMPILED", 2)
    model = build()
    layers = ["first", "norm", "last"]
    made = []
    monkeypatch.setattr(load_backend(), "BatchRunner", lambda: made.append(0) or plain_function)

    def plain_function(*arguments):
        raise NotImplementedError

    for _ in range(20 * load_backend().COMPILE_AT_CALL):
        for layer in layers:
            camlight.explain_prediction(model, doc, layer=layer)
    assert len(layers) <= len(made) < 20


def test_an_unrelated_global_variable_changes_nothing(doc):
    """One with the name of an attribute that the layer's code reads."""
    model = build()
    compiled(model, doc)
    cache = cache_of(model, None)
    compiling.factor = 1.0
    try:
        compiled(model, doc)
        compiling.factor = 2.0
        compiled(model, doc)
        assert cache_of(model, None) is cache
    finally:
        del compiling.factor


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
    [function] = cache_of(model, None)._runners.values()
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
    [function] = cache_of(model, None)._runners.values()
    first = set(function._functions)
    assert len(first) == 8
    for _ in range(20):
        camlight.explain_prediction(model, docs[-1], targets=[0])
    assert len(set(function._functions) - first) == 1


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
