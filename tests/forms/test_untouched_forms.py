"""Every form of model is left as it was, also when something fails on the way."""

import keras
import pytest

import camlight
from camlight.keras.graph.layers import find_layer
from tests.fingerprint import fingerprint
from tests.forms.test_forms import FORMS

pytestmark = [
    pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`:UserWarning"),
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64:UserWarning"),
    pytest.mark.filterwarnings("ignore::camlight.ExplanationWarning"),
]


class Asked:
    """A form, built and explained once: what an unbuilt model lacks, it has now."""

    def __init__(self, form):
        self.model, self.doc = form.build(), form.doc()
        self.arguments = dict(form.arguments)
        if callable(self.arguments.get("layer")):
            self.arguments["layer"] = self.arguments["layer"](self.model)
        self.layer = self.explain().layer

    def explain(self, **arguments):
        return camlight.explain_prediction(self.model, self.doc, **self.arguments | arguments)


def raising(error):
    def stop(*args, **kwargs):
        raise error

    return stop


def on_the_way_back(error):
    """A score whose gradient can't be had."""

    @keras.ops.custom_gradient
    def score(output):
        return keras.ops.sum(output), raising(error)

    return score


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_form(form):
    asked = Asked(form)
    before = fingerprint(asked.model)
    asked.explain()
    assert fingerprint(asked.model) == before
    for error in (ArithmeticError("broken"), KeyboardInterrupt()):
        expected = (camlight.ExplanationError, KeyboardInterrupt)
        with pytest.raises(expected):
            asked.explain(targets=[raising(error)])
        with pytest.raises(expected):
            asked.explain(targets=[on_the_way_back(error)])
        operation = find_layer(asked.model, asked.layer).operation
        object.__setattr__(operation, "call", raising(error))
        try:
            with pytest.raises(expected):
                asked.explain()
        finally:
            object.__delattr__(operation, "call")
    for wrong in ({"layer": "nothing"}, {"targets": [99]}, {"call": 99}, {"output": "nothing"}):
        with pytest.raises((ValueError, camlight.ExplanationError)):
            asked.explain(**wrong)
    assert fingerprint(asked.model) == before
    assert asked.explain().error == ""
