"""What can be asked for as a method, and what is said where it can't."""

import keras
import numpy as np
import pytest

import camlight
from camlight import METHODS
from camlight.methods.method import read_method
from tests.references import array


def test_a_function_is_given_what_it_asks_for(network, doc):
    def brightest(activations, *, channel=0):
        """Brightest: one channel, as it is."""
        return activations[..., channel]

    plain = camlight.explain_prediction(network, doc, targets=[1], method=brightest)
    third = camlight.explain_prediction(
        network, doc, targets=[1], method=brightest, method_options={"channel": 2}
    )
    features = array(keras.Model(network.inputs, network.get_layer("sum").output)([doc]))[0]
    np.testing.assert_allclose(plain.targets[0].raw_map, features[..., 0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(third.targets[0].raw_map, features[..., 2], rtol=1e-5, atol=1e-6)
    assert third.method == "Brightest"
    assert third.description.startswith("Brightest, whatever the target:\none channel, as it is; ")


@pytest.mark.parametrize("compile", [True, False])
def test_a_function_may_write_to_what_it_is_given(network, doc, compile):
    """Neither the other targets nor the user's picture change by it."""

    def overwritten(activations, gradients, picture):
        found = (activations * gradients).sum(axis=-1) * picture.sum()
        for given in (activations, gradients, picture):
            given[:] = 0.0
        return found

    def only_read(activations, gradients, picture):
        return (activations * gradients).sum(axis=-1) * picture.sum()

    before = doc.copy()
    asked = {"targets": [2, 1, 2], "layer": "sum", "compile": compile}
    expl = camlight.explain_prediction(network, doc, method=overwritten, **asked)
    expected = camlight.explain_prediction(network, doc, method=only_read, **asked)
    for target, other in zip(expl.targets, expected.targets, strict=True):
        np.testing.assert_array_equal(target.raw_map, other.raw_map)
        assert target.raw_map.any()
    np.testing.assert_array_equal(doc, before)


def test_hirescam_adds_up_to_the_score(doc):
    """Behind Flatten and one Dense layer the map's sum and the bias are the logit."""
    keras.utils.set_random_seed(5)
    layers = [keras.layers.Conv2D(5, 3, activation="relu", name="conv"), keras.layers.Flatten()]
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers, keras.layers.Dense(4, name="head")])
    model.get_layer("head").bias.assign([0.5, -1.0, 2.0, 0.25])
    expl = camlight.explain_prediction(model, doc, targets=[1, 3], method="hirescam")
    for target, bias in zip(expl.targets, (-1.0, 0.25), strict=True):
        assert target.raw_map.sum() + bias == pytest.approx(target.score, abs=1e-5)
    assert expl.method == "HiResCAM"


def test_in_batches_too(network, rng):
    docs = rng.uniform(-1, 1, (3, 8, 8, 3)).astype("float32")
    many = camlight.explain_predictions(network, docs, targets=[2], method="hirescam")
    for doc, expl in zip(docs, many, strict=True):
        one = camlight.explain_prediction(network, doc, targets=[2], method="hirescam")
        np.testing.assert_allclose(expl.targets[0].raw_map, one.targets[0].raw_map, atol=1e-5)


@pytest.mark.parametrize(
    ("method", "error", "message"),
    [
        ("gradcm", ValueError, "Did you mean 'gradcam'"),
        ("HiRes-CAM", ValueError, "Did you mean 'hirescam'"),
        ("xyz", ValueError, "There are: gradcam, "),
        (7, TypeError, "Expected `method` to be a name"),
        (lambda picture_of_dorian_gray: 0, TypeError, "Received: picture_of_dorian_gray"),
        (lambda: 0, TypeError, "a function without any"),
    ],
)
def test_what_is_no_method(network, doc, method, error, message):
    with pytest.raises(error, match=message):
        camlight.explain_prediction(network, doc, method=method)


def test_what_is_no_option(network, doc):
    with pytest.raises(ValueError, match="to be left out: it has none. Received: gamma"):
        camlight.explain_prediction(network, doc, method_options={"gamma": 1})
    with pytest.raises(TypeError, match="to be a dict"):
        camlight.explain_prediction(network, doc, method_options=["gamma"])


def test_what_is_no_map(network, doc):
    with pytest.raises(TypeError, match="to return a NumPy array of real numbers.*Received: list"):
        camlight.explain_prediction(network, doc, method=lambda activations: [[0.0]])


def test_each_has_a_title_and_a_sentence():
    for name in METHODS:
        method = read_method(name)
        assert method.title != name, name
        assert method.sentence, name
