"""In batches, every form gives the maps that it gives for one picture after another."""

import keras
import numpy as np
import pytest

import camlight
from tests.forms.test_compiled import same, where_it_can
from tests.forms.test_forms import FORMS

pytestmark = [
    pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`:UserWarning"),
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64:UserWarning"),
    pytest.mark.filterwarnings("ignore::camlight.ExplanationWarning"),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_batches_are_as_one_by_one(form):
    model, doc = form.build(), form.doc()
    arguments = dict(form.arguments)
    if callable(arguments.get("layer")):
        arguments["layer"] = arguments["layer"](model)
    docs = [doc, keras.tree.map_structure(turned, doc), doc]
    arguments["compile"] = where_it_can(arguments)
    found = list(camlight.explain_predictions(model, docs, batch_size=2, **arguments))
    assert len(found) == 3
    for one, expl in zip(docs, found, strict=True):
        plain = camlight.explain_prediction(model, one, **arguments | {"compile": False})
        same(expl, plain, form.tolerance)


def turned(array):
    return np.flip(array, axis=1).copy() if np.ndim(array) > 1 else array
