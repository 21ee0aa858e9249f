"""Every form of model against its reference in NumPy."""

import keras
import numpy as np
import pytest

import camlight
from tests.forms import classes, graphs, inputs, kinds, refused, state, tasks, tokens
from tests.forms.arithmetic import derivative, grad_cam

FORMS = [
    form
    for module in (graphs, classes, inputs, state, kinds, tasks, tokens)
    for form in module.FORMS
]


def test_every_form_has_a_name_of_its_own():
    names = [form.name for form in [*FORMS, *refused.FORMS]]
    assert len(set(names)) == len(names)


def explained(form):
    model, doc = form.build(), form.doc()
    arguments = dict(form.arguments)
    if callable(arguments.get("layer")):
        arguments["layer"] = arguments["layer"](model)
    return model, doc, camlight.explain_prediction(model, doc, **arguments)


# Keras quantizes what it can and names the rest; JAX has no float64 unless it is told to
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`:UserWarning")
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64:UserWarning")
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_map_is_the_one_worked_out_in_numpy(form):
    model, doc, expl = explained(form)
    activations, tail = form.reference(model, doc)
    expected = grad_cam(activations, derivative(tail, activations))
    [target] = expl.targets
    assert (expl.error, expl.warnings) == ("", [])
    assert expl.layer == (form.layer or expl.layer)
    sign = -1 if form.arguments.get("counterfactual") else 1
    scale, size = np.abs(expected).max(), np.abs(expected).sum()
    score = pytest.approx(sign * tail(activations), form.tolerance, form.tolerance * size)
    assert target.score == score
    np.testing.assert_allclose(target.raw_map, expected, rtol=0, atol=form.tolerance * scale)
    peak = target.raw_map.max()
    assert peak > 0.1 * scale, "a map with something to see"
    np.testing.assert_allclose(target.heatmap, np.maximum(target.raw_map, 0) / peak, atol=1e-12)


@pytest.mark.parametrize("form", refused.FORMS, ids=lambda form: form.name)
def test_what_cannot_be_explained_says_so(form):
    if keras.config.backend() not in form.backends:
        with pytest.raises(Exception):  # noqa: B017, PT011 # Keras's own refusal, of any type
            form.build()
        return
    expl = camlight.explain_prediction(form.build(), form.doc())
    assert 'model "net" is not supported' in expl.error
    assert form.message in expl.error
    assert expl.targets is None
