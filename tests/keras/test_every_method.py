"""Every method on real networks: it explains them, or says why not and which method does."""

import warnings

import keras
import numpy as np
import pytest

import camlight
from camlight import METHODS
from camlight.methods.method import read_method
from tests.fingerprint import fingerprint
from tests.forms.graphs import residual

OF_TOKENS = [name for name in METHODS if "token_grid" in read_method(name).needs]
CLASS_AGNOSTIC = [name for name in METHODS if not read_method(name).uses_target]


@pytest.fixture
def explained(method, vit):
    """A network that the method can explain, with something to see for classes 1 and 2."""
    return vit if method in OF_TOKENS else residual(layer_sum=True)


@pytest.mark.parametrize("method", METHODS)
def test_a_network_is_explained_and_left_as_it_was(explained, doc, method):
    explained(doc)  # Keras notes something of its own when a model is called for the first time
    before, picture = fingerprint(explained), doc.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expl = camlight.explain_prediction(explained, doc, targets=[2, 1], method=method)
    size = (4, 4) if method in OF_TOKENS else (8, 8)
    assert expl.error == ""
    assert expl.method == read_method(method).title
    assert expl.description.startswith(expl.method)
    for target in expl.targets:
        assert target.raw_map.dtype == target.heatmap.dtype == np.float64
        assert target.heatmap.shape == target.raw_map.shape == size
        assert target.heatmap.min() >= 0
        assert target.heatmap.max() == 1
    assert fingerprint(explained) == before
    np.testing.assert_array_equal(doc, picture)


@pytest.mark.parametrize("method", METHODS)
def test_what_speaks_against(explained, doc, method):
    arguments = {"targets": [2], "method": method, "counterfactual": True}
    if method in CLASS_AGNOSTIC:
        with pytest.raises(ValueError, match=f"`{method}`, which knows no target.*`gradcam`"):
            camlight.explain_prediction(explained, doc, **arguments)
        return
    if not read_method(method).is_signed:
        with pytest.raises(ValueError, match=f"`{method}`, which drops all signs.*`gradcam`"):
            camlight.explain_prediction(explained, doc, **arguments)
        return
    plain = camlight.explain_prediction(explained, doc, targets=[2], method=method)
    against = camlight.explain_prediction(explained, doc, **arguments)
    assert against.method == f"{plain.method} (counterfactual)"
    difference = np.abs(against.targets[0].heatmap - plain.targets[0].heatmap).max()
    assert difference > 0.01


@pytest.mark.parametrize("method", CLASS_AGNOSTIC)
def test_a_method_that_knows_no_target_says_so(explained, doc, method):
    expl = camlight.explain_prediction(explained, doc, targets=[0, 1], method=method)
    first, second = expl.targets
    np.testing.assert_array_equal(first.raw_map, second.raw_map)
    assert expl.description.startswith(f"{expl.method}, whatever the target:\n")
    assert "score" not in expl.description


def test_all_of_pooled_features_and_one_dense_layer_agree(network, doc):
    """Behind global average pooling and one Dense layer these are one method."""
    expected = camlight.explain_prediction(network, doc, targets=[1]).targets[0].heatmap
    for method in ("hirescam", "xgradcam"):
        expl = camlight.explain_prediction(network, doc, targets=[1], method=method)
        np.testing.assert_allclose(expl.targets[0].heatmap, expected, atol=1e-5)


def dead(bias):
    """A layer whose units give `bias` everywhere, and a saturated softmax."""
    inputs = keras.Input((8, 8, 3))
    conv = keras.layers.Conv2D(
        2,
        3,
        name="conv",
        kernel_initializer="zeros",
        bias_initializer=keras.initializers.Constant(bias),
    )
    x = keras.layers.GlobalAveragePooling2D()(conv(inputs))
    head = keras.layers.Dense(2, "softmax", name="head")
    model = keras.Model(inputs, head(x))
    head.bias.assign([200.0, 0.0])
    return model


def test_an_empty_map_is_not_blamed_on_gradients_that_nobody_asked_for(doc):
    with pytest.warns(camlight.ExplanationWarning, match="activations are all 0") as caught:
        camlight.explain_prediction(dead(0.0), doc, method="eigencam")
    assert "softmax" not in str(caught[0].message)


def test_a_saturated_softmax_is_no_concern_of_those_without_gradients(doc):
    model = dead(1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in ("eigencam", "random"):
            assert camlight.explain_prediction(model, doc, method=method).warnings == []
    with pytest.warns(camlight.ExplanationWarning, match="softmax is saturated"):
        camlight.explain_prediction(model, doc, method="layercam")


def test_a_layer_that_the_target_does_not_depend_on_has_a_pattern_all_the_same(doc):
    inputs = keras.Input((8, 8, 3))
    used = keras.layers.Conv2D(2, 3, name="used")(inputs)
    unused = keras.layers.Conv2D(2, 3, name="unused")(inputs)
    pool = keras.layers.GlobalAveragePooling2D()
    model = keras.Model(inputs, [keras.layers.Dense(2)(pool(used)), pool(unused)])
    arguments = {"layer": "unused", "output": 0}
    expl = camlight.explain_prediction(model, doc, method="eigencam", **arguments)
    assert (expl.warnings, expl.targets[0].heatmap.max()) == ([], 1.0)
    with pytest.warns(camlight.ExplanationWarning, match="doesn't depend on the layer"):
        camlight.explain_prediction(model, doc, method="xgradcam", **arguments)


def test_a_map_with_channels_left_in_it_is_refused(network, doc):
    with pytest.raises(ValueError, match=r"2 axes. Received: shape \(8, 8, 5\). Add up the chan"):
        camlight.explain_prediction(network, doc, method=lambda activations: activations)


def test_no_reaction_isnt_evidence_against(network, doc):
    network.get_layer("head").set_weights([np.zeros((5, 4)), np.zeros(4)])
    for method in ("cam", "ablationcam"):
        with pytest.warns(camlight.ExplanationWarning, match="doesn't react to the picture"):
            camlight.explain_prediction(network, doc, targets=[1], method=method)


def test_nothing_that_stands_out(doc):
    def below(activations):
        """Below: less than nothing."""
        return -np.abs(activations).sum(axis=-1)

    with pytest.warns(camlight.ExplanationWarning, match="Below found nothing there that stands"):
        camlight.explain_prediction(dead(1.0), doc, method=below)
