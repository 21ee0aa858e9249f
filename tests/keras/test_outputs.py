"""Which of several outputs is explained."""

from collections import namedtuple

import keras
import numpy as np
import pytest

import camlight
from camlight import ExplanationWarning


def two_heads(network, structure):
    second = keras.layers.Dense(7, name="second")(network.get_layer("pool").output)
    heads = {"list": [network.output, second], "dict": {"zeta": network.output, "alpha": second}}
    return keras.Model(network.inputs, heads[structure], name="pair")


@pytest.mark.parametrize(
    ("structure", "first", "second"),
    [("list", ("head", 0, -2), ("second", 1, -1)), ("dict", ("zeta", 0), ("alpha", 1))],
)
def test_by_index_and_by_name(network, doc, structure, first, second):
    model = two_heads(network, structure)
    alone = camlight.explain_prediction(network, doc, targets=[1]).targets
    for output in first:
        assert camlight.explain_prediction(model, doc, targets=[1], output=output).targets == alone
    other = keras.Model(model.inputs, model.get_layer("second").output)
    alone = camlight.explain_prediction(other, doc, targets=[6]).targets
    for output in second:
        assert camlight.explain_prediction(model, doc, targets=[6], output=output).targets == alone


def test_asking_nothing_says_which_was_taken(network, doc):
    model = two_heads(network, "dict")
    with pytest.warns(
        ExplanationWarning, match="2 outputs, zeta, alpha. Explained: zeta. Ch.*'alpha'"
    ):
        expl = camlight.explain_prediction(model, doc, targets=[1])
    assert expl.targets == camlight.explain_prediction(network, doc, targets=[1]).targets


def test_a_map_among_the_outputs_is_passed_over(network, doc):
    model = keras.Model(network.inputs, [network.get_layer("sum").output, network.output])
    with pytest.warns(ExplanationWarning, match="Explained: head"):
        expl = camlight.explain_prediction(model, doc, targets=[1])
    assert expl.targets == camlight.explain_prediction(network, doc, targets=[1]).targets


def test_the_automatic_layer_is_that_of_the_output(doc):
    inputs = keras.Input((8, 8, 3))
    stem = keras.layers.Conv2D(3, 3, name="stem")(inputs)
    pool = keras.layers.GlobalAveragePooling2D()
    heads = {}
    for name in ("left", "right"):
        x = keras.layers.Conv2D(2, 3, name=name)(stem)
        heads[name] = keras.layers.Dense(2)(pool(x))
    model = keras.Model(inputs, heads)
    for name in heads:
        assert camlight.explain_prediction(model, doc, [0], output=name).layer == name


@pytest.mark.parametrize(
    ("output", "error", "message"),
    [
        (2, ValueError, "between 0 and 1: model `pair` has 2 outputs, head, second. Received: 2"),
        ("secnd", ValueError, "Received: 'secnd'. Did you mean 'second'"),
        (1.0, TypeError, "Received: 1.0 of type float"),
        (True, TypeError, "of type bool"),
    ],
)
def test_bad_outputs(network, doc, output, error, message):
    with pytest.raises(error, match=message):
        camlight.explain_prediction(two_heads(network, "list"), doc, output=output)


def test_the_fields_of_a_named_tuple(network, doc):
    Parts = namedtuple("Parts", ["maps", "scores"])  # as users write it

    class Wrapped(keras.Model):
        def __init__(self):
            super().__init__(name="wrapped")
            self.inner = network

        def call(self, inputs):
            return Parts(inputs, self.inner(inputs))

    expl = camlight.explain_prediction(Wrapped(), doc, targets=[1], output="scores")
    alone = camlight.explain_prediction(network, doc, targets=[1])
    assert expl.targets[0].score == pytest.approx(alone.targets[0].score, rel=1e-6)


def test_a_dict_from_a_subclassed_model(network, doc):
    class Wrapped(keras.Model):
        def __init__(self):
            super().__init__(name="wrapped")
            self.inner = network

        def call(self, inputs):
            scores = self.inner(inputs)
            return {"parts": [scores * 2, scores], "doubled": scores * 2}

    expl = camlight.explain_prediction(Wrapped(), doc, targets=[1], output="parts/1")
    alone = camlight.explain_prediction(network, doc, targets=[1])
    np.testing.assert_allclose(expl.targets[0].raw_map, alone.targets[0].raw_map, atol=1e-6)
    with pytest.raises(ValueError, match="3 outputs, parts/0, parts/1, doubled. Received: 'x'"):
        camlight.explain_prediction(Wrapped(), doc, output="x")


def test_the_name_of_the_only_output(network, doc):
    [name] = network.output_names
    found = camlight.explain_prediction(network, doc, [0], output=name)
    assert found.targets == camlight.explain_prediction(network, doc, [0]).targets


@pytest.mark.parametrize(("given", "kind"), [(None, "NoneType"), (3.0, "float")])
def test_what_is_no_tensor(doc, given, kind):
    class Nothing(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = keras.layers.Conv2D(4, 3, name="conv")

        def call(self, inputs):
            self.conv(inputs)
            return given

    for layer in (None, "conv"):
        with pytest.raises(ValueError, match=f"to return tensors. Received: {kind}"):
            camlight.explain_prediction(Nothing(), doc, layer=layer)
