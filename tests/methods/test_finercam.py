"""Finer-CAM, by hand and on a network."""

from itertools import product

import numpy as np
import pytest

import camlight
from camlight.methods import finercam
from tests.references import array

ACTIVATIONS = np.array([[[1.0, 2.0], [3.0, 0.0]]])
GRADIENTS = np.array([[[0.5, -1.0], [-1.0, 4.0]]])


def similar(count):
    every = np.array([[[[1.0, 0.0], [1.0, 0.0]]], [[[0.0, 1.0], [2.0, 1.0]]], [[[9.0] * 2] * 2]])
    return every[:count]


def test_by_hand():
    """The mean weights (1, 0) and (1, 1) of two others, half of them off (-0.25, 1.5)."""
    signed = finercam(ACTIVATIONS, GRADIENTS, similar, similar=2, gamma=0.5)
    np.testing.assert_allclose(signed, ACTIVATIONS @ [-0.25 - 0.5, 1.5 - 0.25])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"similar": 0}, ValueError, "`similar` of 1 or more. Received: 0"),
        ({"similar": 2.0}, TypeError, "`similar` to be an integer. Received: 2.0 of type float"),
        ({"gamma": -0.5}, ValueError, "`gamma` of 0 or more. Received: -0.5"),
        ({"gamma": np.nan}, ValueError, "a finite `gamma`.*Received: nan"),
        ({"gamma": "half"}, TypeError, "`gamma` to be a number. Received: 'half'"),
    ],
)
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        finercam(ACTIVATIONS, GRADIENTS, similar, **options)


def test_on_a_network(network, doc):
    """Gradients are linear: it is Grad-CAM less that of the classes nearest by their scores."""
    scores = array(network(doc))[0].astype("float64")
    plain = camlight.explain_prediction(network, doc, [0, 1, 2, 3], method="gradcam")
    maps = [target.raw_map for target in plain.targets]
    for sign, compile in product((1, -1), (False, True)):
        options = {"method_options": {"similar": 2, "gamma": 0.8}, "counterfactual": sign < 0}
        expl = camlight.explain_prediction(
            network, doc, [2, 0], method="finercam", compile=compile, **options
        )
        for target in expl.targets:
            c = target.target
            nearest = sorted(set(range(4)) - {c}, key=lambda d: abs(scores[d] - scores[c]))[:2]
            expected = sign * (maps[c] - 0.8 * sum(maps[d] for d in nearest) / 2)
            np.testing.assert_allclose(target.raw_map, expected, atol=1e-6)


def test_no_comparison_is_gradcam(network, doc):
    plain = camlight.explain_prediction(network, doc, [1])
    finer = camlight.explain_prediction(
        network, doc, [1], method="finercam", method_options={"gamma": 0.0}
    )
    np.testing.assert_allclose(finer.targets[0].raw_map, plain.targets[0].raw_map, atol=1e-7)


def test_fewer_classes_than_asked_for(network, doc):
    three, many = (
        camlight.explain_prediction(
            network, doc, [1], method="finercam", method_options={"similar": count}
        )
        for count in (3, 50)
    )
    np.testing.assert_array_equal(three.targets[0].raw_map, many.targets[0].raw_map)
