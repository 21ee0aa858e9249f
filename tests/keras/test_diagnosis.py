"""An empty map is told in a warning that names the cause and the cure."""

import warnings

import keras
import numpy as np
import pytest

import camlight
from camlight import ExplanationWarning


def head(scale=1.0, activation=None, bias="zeros"):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="conv")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    ones = keras.initializers.Constant(scale)
    dense = keras.layers.Dense(
        2 if activation == "softmax" else 1,
        activation,
        kernel_initializer=ones,
        bias_initializer=bias,
        name="head",
    )
    return keras.Model(inputs, dense(x))


def explain(model, doc, message, **arguments):
    with pytest.warns(ExplanationWarning, match=message) as caught:
        expl = camlight.explain_prediction(model, doc, **arguments)
    assert len(caught) == 1
    assert caught[0].filename == __file__, "the warning points at the caller's line"
    assert expl.warnings == [str(caught[0].message)]
    return expl.targets[0]


def empty(target):
    np.testing.assert_array_equal(target.heatmap, np.zeros(target.heatmap.shape))
    return target


def test_nothing_to_warn_of(network, doc):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert camlight.explain_prediction(network, doc).warnings == []


def test_saturated_softmax(doc):
    bias = keras.initializers.Constant(0.0)
    model = head(activation="softmax", bias=bias)
    model.get_layer("head").bias.assign([200.0, 0.0])
    message = r"empty: the softmax is saturated \(p = 1.000 for class 0\).*pre_softmax=True"
    target = empty(explain(model, doc, message))
    assert (target.score, target.target) == (1.0, 0)
    empty(explain(model, doc, message, targets=[1]))


def test_nearly_saturated_softmax_is_noise(doc):
    keras.utils.set_random_seed(0)
    model = head(activation="softmax")
    layer = model.get_layer("head")
    layer.kernel.assign(np.random.default_rng(0).uniform(0, 1, (4, 2)))
    layer.bias.assign([15.5, 0.0])
    explain(model, doc, "may be rounding noise: the softmax is saturated")


def test_saturated_sigmoid(doc):
    model = head(activation="sigmoid")
    model.get_layer("head").bias.assign([150.0])
    empty(explain(model, doc, r"the sigmoid is saturated \(p = 1.000\)"))


def test_saturated_sigmoid_of_several(doc):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3, name="conv")(inputs))
    bias = keras.initializers.Constant(150.0)
    model = keras.Model(inputs, keras.layers.Dense(5, "sigmoid", bias_initializer=bias)(x))
    message = r"the sigmoid is saturated \(p = 1.000\).*pre_softmax=True"
    empty(explain(model, doc, message, targets=[3]))


@pytest.mark.parametrize("activation", [None, "relu"])
def test_a_score_of_zero_is_no_saturated_sigmoid(doc, activation):
    model = head(scale=0.0, activation=activation)
    target = empty(explain(model, doc, "the gradient of the score is 0 everywhere, as behind"))
    assert target.score == 0


def test_underflow_in_half_precision(doc):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = head(scale=1e-9)
    finally:
        keras.config.set_dtype_policy("float32")
    empty(explain(model, doc, "in float16 small gradients are rounded to 0.*float32"))


def test_the_cure_for_saturation_cures(doc):
    model = head(activation="sigmoid")
    model.get_layer("head").bias.assign([150.0])
    cured = camlight.explain_prediction(model, doc, pre_softmax=True)
    assert cured.warnings == []
    assert cured.targets[0].heatmap.max() == 1
    assert (cured.targets[0].score, cured.targets[0].proba) == (pytest.approx(150, abs=5), 1.0)


def test_only_evidence_against(doc):
    target = empty(explain(head(scale=-1.0), doc, "only speaks against the target.*raw_map"))
    assert target.raw_map.min() < 0
    assert target.raw_map.max() <= 0


def test_layer_not_connected(doc):
    inputs = keras.Input((8, 8, 3))
    used = keras.layers.Conv2D(2, 3, name="used")(inputs)
    unused = keras.layers.Conv2D(2, 3, name="unused")(inputs)
    pool = keras.layers.GlobalAveragePooling2D()
    model = keras.Model(inputs, [keras.layers.Dense(2)(pool(used)), pool(unused)])
    target = empty(explain(model, doc, "doesn't depend on the layer", layer="unused", output=0))
    np.testing.assert_array_equal(target.raw_map, 0)


def test_dead_units(doc):
    model = head()
    model.get_layer("conv").bias.assign([-100.0] * 4)
    empty(explain(model, doc, "activations are all 0"))


def test_gradient_of_zero(doc):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(2, 3, name="conv")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    dead = keras.layers.Dense(3, "relu", bias_initializer=keras.initializers.Constant(-1e3))
    model = keras.Model(inputs, keras.layers.Dense(2)(dead(x)))
    empty(explain(model, doc, "gradient of the score is 0 everywhere"))


@pytest.mark.parametrize("layer", ["head", "conv"])
def test_nan_in_the_weights(doc, layer):
    model = head()
    bias = model.get_layer(layer).bias
    bias.assign(np.full(bias.shape, np.nan))
    target = explain(model, doc, "says nothing: the model's output holds NaN or inf.*weights")
    assert np.isnan(target.score)
    assert np.isfinite(target.heatmap).all()


def test_nan_in_the_gradient_alone(doc):
    """The square root of 0 is 0, its derivative infinite, and 0 times infinity is NaN."""
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(2, 3, name="conv")(inputs)
    x = keras.ops.sqrt(keras.ops.mean(x, axis=(1, 2)) * 0.0)
    outputs = keras.layers.Dense(2)(x)
    target = explain(keras.Model(inputs, outputs), doc, "the gradients hold NaN", layer="conv")
    assert np.isfinite(target.score)
    empty(target)
