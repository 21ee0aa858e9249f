"""Every form scores its own picture, and its own activations, as its explanation does."""

import numpy as np
import pytest

import camlight
from tests.fingerprint import fingerprint
from tests.forms.test_forms import FORMS

pytestmark = [
    pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`:UserWarning"),
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64:UserWarning"),
    pytest.mark.filterwarnings("ignore::camlight.ExplanationWarning"),
]


@pytest.mark.parametrize("compile", [True, False], ids=["compiled", "plain"])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_what_did_not_change_scores_as_before(form, compile):
    seen = {}

    def variants(activations, picture, score_pictures, score_activations):
        rows = [activations, 2 * activations, activations]
        seen["layer"] = score_activations(np.stack(rows))
        seen["pictures"] = score_pictures(np.stack([picture, picture[::-1], picture]))
        return activations[..., 0]

    model, doc = form.build(), form.doc()
    arguments = dict(form.arguments)
    if callable(arguments.get("layer")):
        arguments["layer"] = arguments["layer"](model)
    if isinstance(arguments.get("layer"), list):
        pytest.skip("one layer at a time")
    camlight.explain_prediction(model, doc, **arguments)  # builds what isn't built yet
    before = fingerprint(model)
    expl = camlight.explain_prediction(model, doc, method=variants, compile=compile, **arguments)
    assert fingerprint(model) == before
    score = expl.targets[-1].score * (-1 if arguments.get("counterfactual") else 1)
    near = form.tolerance * max(1, abs(score))
    for kind, found in seen.items():
        assert found[[0, 2]] == pytest.approx(score, abs=near), kind
    assert abs(seen["layer"][1] - score) > near or expl.targets[0].raw_map.max() == 0
