"""What was asked is done or refused; what is caught is logged."""

import logging

import keras
import numpy as np
import pytest

import camlight
from tests.forms.tokens import vit, wide


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"grid": (2, 2)}, r"a layer that gives tokens, along with `grid`. Received: layer `sum`"),
        ({"grid": (2, 2), "layer": "conv"}, "along with `grid`. Received: layer `conv`"),
        ({"grid": (2, 2), "method": "occlusion"}, "no `grid` along with method `occlusion`"),
        ({"call": 0, "method": "occlusion"}, "no `call` along with method `occlusion`"),
        ({"layer": "conv", "method": "rise"}, "no `layer` along with method `rise`"),
        (
            {"compile": True, "targets": [lambda output: output[:, 0]]},
            "`compile=True` along with classes as targets. Received: a function",
        ),
    ],
)
def test_an_argument_without_effect_is_refused(network, doc, asked, message):
    with pytest.raises(ValueError, match=message):
        camlight.explain_prediction(network, doc, **{"targets": [1]} | asked)


def test_a_grid_of_tokens_has_an_effect():
    expl = camlight.explain_prediction(vit(1), wide(), targets=[1], grid=(1, 4))
    assert expl.targets[0].heatmap.shape == (1, 4)


@pytest.mark.parametrize("layer", [None, "conv", ["conv", "sum"]])
def test_layers_can_be_fed_back(network, doc, layer):
    expl = camlight.explain_prediction(network, doc, targets=[1], layer=layer)
    assert isinstance(expl.layers, tuple)
    assert expl.layer == " + ".join(expl.layers)
    assert camlight.explain_prediction(network, doc, targets=[1], layer=expl.layers) == expl


def test_no_layers_can_be_fed_back_to_a_method_without(network, doc):
    expl = camlight.explain_prediction(network, doc, targets=[1], method="gradient")
    asked = {"targets": [1], "method": "gradient", "layer": expl.layers}
    assert camlight.explain_prediction(network, doc, **asked) == expl


class Closed:
    """Can't be looked at."""

    def __getattribute__(self, name):
        raise AttributeError(f"there is no {name}")


def test_a_model_that_cannot_be_looked_at(doc, caplog):
    inputs = keras.Input((8, 8, 3))
    last = keras.layers.Conv2D(4, 3, name="last")
    x = keras.layers.GlobalAveragePooling2D()(last(inputs))
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
    object.__setattr__(last, "closed", Closed())
    plain = camlight.explain_prediction(model, doc, targets=[1], compile=False)
    with caplog.at_level(logging.DEBUG, "camlight"):
        for _ in range(3):
            found = camlight.explain_prediction(model, doc, targets=[1])
            np.testing.assert_array_equal(found.targets[0].raw_map, plain.targets[0].raw_map)
    assert "Nothing is kept of model" in caplog.text
    with pytest.raises(camlight.ExplanationError, match="to compile, along with `compile=True`"):
        camlight.explain_prediction(model, doc, targets=[1], compile=True)
