"""Compiled, every form gives the map that it gives as it is, also for several targets at once."""

import keras
import numpy as np
import pytest

import camlight
from tests.forms.test_forms import FORMS

pytestmark = [
    pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`:UserWarning"),
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64:UserWarning"),
    pytest.mark.filterwarnings("ignore::camlight.ExplanationWarning"),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_compiled_is_as_plain(form):
    model, doc = form.build(), form.doc()
    arguments = dict(form.arguments)
    if callable(arguments.get("layer")):
        arguments["layer"] = arguments["layer"](model)
    plain = camlight.explain_prediction(model, doc, compile=False, **arguments)
    compiled = camlight.explain_prediction(model, doc, compile=where_it_can(arguments), **arguments)
    same(compiled, plain, form.tolerance)
    if "targets" not in arguments and np.size(plain.targets) == 1:
        outputs = {"top_targets": 1}
        again = camlight.explain_prediction(model, doc, compile=True, **arguments | outputs)
        same(again, plain, form.tolerance)


def where_it_can(arguments):
    """Whether to ask for a compiled model: the scores of functions can't be compiled."""
    return None if any(map(callable, arguments.get("targets", ()))) else True


def same(found, expected, tolerance):
    assert (found.error, found.layer, found.warnings) == ("", expected.layer, expected.warnings)
    for one, other in zip(found.targets, expected.targets, strict=True):
        assert (one.target, one.name) == (other.target, other.name)
        assert one.score == pytest.approx(other.score, tolerance, tolerance)
        scale = np.abs(other.raw_map).max()
        np.testing.assert_allclose(one.raw_map, other.raw_map, rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("asked", [{"targets": [2, 0, 2]}, {"top_targets": 3}])
def test_several_targets(net, asked):
    doc = np.random.default_rng(0).normal(size=(1, 8, 8, 3)).astype("float32")
    plain = camlight.explain_prediction(net, doc, compile=False, **asked)
    compiled = camlight.explain_prediction(net, doc, compile=True, **asked)
    assert len(compiled.targets) == 3
    same(compiled, plain, 1e-5)


@pytest.fixture
def net():
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(6, 3, activation="relu"),
            keras.layers.Conv2D(5, 3, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
