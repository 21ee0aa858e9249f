"""The score before the last softmax or sigmoid, without touching the model."""

import keras
import numpy as np
import pytest

import camlight
from tests.references import array

# random weights differ from backend to backend, and with some a map is empty
pytestmark = pytest.mark.filterwarnings("ignore::camlight.ExplanationWarning")


def features():
    keras.utils.set_random_seed(5)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(5, 3, activation="relu", name="conv")(inputs)
    return inputs, keras.layers.GlobalAveragePooling2D()(x)


def dense(activation):
    return keras.layers.Dense(4, activation=activation, name="head")


def by_activation(kind):
    inputs, x = features()
    return keras.Model(inputs, dense(kind)(x))


def by_activation_layer(kind):
    inputs, x = features()
    return keras.Model(inputs, keras.layers.Activation(kind)(dense(None)(x)))


def by_an_activation_that_is_a_layer(kind):
    inputs, x = features()
    return keras.Model(inputs, dense(keras.layers.Activation(kind))(x))


def by_operation(kind):
    inputs, x = features()
    return keras.Model(inputs, getattr(keras.ops, kind)(dense(None)(x)))


def behind_what_changes_nothing(kind):
    inputs, x = features()
    x = dense(kind)(x)
    x = keras.layers.Dropout(0.5)(keras.layers.Reshape((4,))(x))
    return keras.Model(inputs, keras.layers.Activation("linear", dtype="float32")(x))


def in_a_nested_head(kind):
    inputs, x = features()
    inner = keras.Input((5,))
    head = keras.Model(inner, keras.layers.Activation(kind)(dense(None)(inner)), name="top")
    return keras.Model(inputs, head(x))


def in_a_whole_nested_model(kind):
    outer = keras.Input((8, 8, 3))
    return keras.Model(outer, in_a_nested_head(kind)(outer))


def in_a_sequential(kind):
    inputs, x = features()
    return keras.Sequential([keras.Model(inputs, x), dense(None), keras.layers.Activation(kind)])


def in_a_subclassed_model(kind):
    inputs, x = features()

    class Classifier(keras.Model):
        def __init__(self):
            super().__init__()
            self.backbone = keras.Model(inputs, x)
            self.head = dense(None)
            self.last = keras.layers.Activation(kind)
            self.drop = keras.layers.Dropout(0.5)

        def call(self, picture):
            return self.drop(self.last(self.head(self.backbone(picture))))

    return Classifier()


def in_a_subclassed_head(kind):
    inputs, x = features()

    class Head(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = dense(kind)

        def call(self, pooled):
            return self.inner(pooled)

    return keras.Model(inputs, Head()(x))


BUILDERS = [
    by_activation,
    by_activation_layer,
    by_an_activation_that_is_a_layer,
    by_operation,
    behind_what_changes_nothing,
    in_a_nested_head,
    in_a_whole_nested_model,
    in_a_sequential,
    in_a_subclassed_model,
    in_a_subclassed_head,
]


def rebuilt(model, doc):
    """The same network, written anew without its softmax."""
    model(doc)
    inputs, x = features()
    plain = keras.Model(inputs, dense(None)(x))
    plain.set_weights([array(weight) for weight in model.weights])
    return plain


@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
@pytest.mark.parametrize("build", BUILDERS)
def test_equals_the_model_rebuilt_without_it(build, kind, doc):
    model = build(kind)
    plain = rebuilt(model, doc)
    expl = camlight.explain_prediction(model, doc, targets=[2, 0], pre_softmax=True)
    expected = camlight.explain_prediction(plain, doc, targets=[2, 0])
    probabilities = array(model(doc))[0]
    for found, wanted in zip(expl.targets, expected.targets, strict=True):
        scale = np.abs(wanted.raw_map).max()
        np.testing.assert_allclose(found.raw_map, wanted.raw_map, rtol=0, atol=1e-6 * scale)
        assert found.score == pytest.approx(wanted.score, rel=1e-6)
        assert found.proba == pytest.approx(float(probabilities[found.target]), rel=1e-6)
        assert wanted.proba is None


def test_a_softmax_layer(doc):
    inputs, x = features()
    model = keras.Model(inputs, keras.layers.Softmax()(dense(None)(x)))
    expected = camlight.explain_prediction(rebuilt(model, doc), doc, targets=[1]).targets[0]
    found = camlight.explain_prediction(model, doc, targets=[1], pre_softmax=True).targets[0]
    np.testing.assert_allclose(found.raw_map, expected.raw_map, atol=1e-7)


def test_the_output_asked_for_has_its_own(doc):
    inputs, x = features()
    shared = keras.layers.Dense(4, activation="softmax", name="shared")
    heads = {"plain": shared(x), "flipped": shared(-x)}
    model = keras.Model(inputs, heads)
    logits = array(keras.Model(inputs, x)(doc)) @ array(shared.kernel)
    for name, sign in (("plain", 1), ("flipped", -1)):
        expl = camlight.explain_prediction(model, doc, [3], output=name, pre_softmax=True)
        assert expl.targets[0].score == pytest.approx(sign * float(logits[0, 3]), rel=1e-5)


@pytest.mark.parametrize("build", BUILDERS)
def test_a_head_that_ends_in_neither_says_so(build, doc):
    if build is by_operation:
        inputs, x = features()
        model = keras.Model(inputs, keras.ops.relu(dense(None)(x)))
    else:
        model = build("tanh")
    with pytest.raises(ValueError, match="ends in a softmax or sigmoid.* whose output is made"):
        camlight.explain_prediction(model, doc, pre_softmax=True)


def test_a_softmax_outside_of_any_layer_says_so(doc):
    class Bare(keras.Model):
        def __init__(self):
            super().__init__(name="bare")
            self.conv = keras.layers.Conv2D(4, 3)

        def call(self, inputs):
            return keras.ops.softmax(keras.ops.mean(self.conv(inputs), axis=(1, 2)))

    with pytest.raises(ValueError, match="model `bare`, whose output is made outside of any layer"):
        camlight.explain_prediction(Bare(), doc, pre_softmax=True)


def test_the_head_is_as_it_was(doc):
    model = by_activation("softmax")
    head = model.get_layer("head")
    before = dict(vars(head))
    camlight.explain_prediction(model, doc, pre_softmax=True)
    with pytest.raises(ValueError, match="Received: 99"):
        camlight.explain_prediction(model, doc, targets=[99], pre_softmax=True)
    assert vars(head) == before
    assert head.activation is keras.activations.softmax


@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
def test_a_lambda_of_it(doc, kind):
    inputs, x = features()
    x = dense(None)(x)
    model = keras.Model(inputs, keras.layers.Lambda(getattr(keras.ops, kind))(x))
    expected = camlight.explain_prediction(keras.Model(inputs, x), doc, targets=[1])
    found = camlight.explain_prediction(model, doc, targets=[1], pre_softmax=True)
    assert found.targets[0].score == pytest.approx(expected.targets[0].score, rel=1e-6)
    np.testing.assert_allclose(found.targets[0].raw_map, expected.targets[0].raw_map, rtol=1e-6)
