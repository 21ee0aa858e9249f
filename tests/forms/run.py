"""Explain every form of model on this process's backend, and save what came out.

``python -m tests.forms.run out`` writes ``out.npz``, the signed maps by the forms' names, and
``out.json``, for each row of the README's table what its forms gave.
"""

import json
import sys
import warnings
from collections import defaultdict

import keras
import numpy as np

import camlight
from tests.forms import refused
from tests.forms.arithmetic import derivative, grad_cam
from tests.forms.families import CLASSIFIERS, TRANSFORMERS
from tests.forms.test_forms import FORMS, explained

MAP, SAYS_WHY, KERAS_REFUSES = "✓", "says why", "Keras refuses"


def main(path):
    maps, outcomes = {}, defaultdict(set)
    for form in FORMS:
        keras.backend.clear_session()
        maps[form.name.replace("/", " ")] = right_map(form)
        outcomes[form.row].add(MAP)
    for form in refused.FORMS:
        outcomes[form.row].add(refusal(form))
    for name, build in CLASSIFIERS.items():
        keras.backend.clear_session()
        maps[name] = map_of_classifier(build())
        outcomes[row_of_family(name)].add(MAP)
    np.savez(f"{path}.npz", **maps)
    with open(f"{path}.json", "w", encoding="utf-8") as file:  # noqa: PTH123 # a name without suffix
        json.dump({row: ", ".join(sorted(found)) for row, found in outcomes.items()}, file)


def right_map(form):
    model, doc, expl = explained(form)
    activations, tail = form.reference(model, doc)
    expected = grad_cam(activations, derivative(tail, activations))
    found = expl.targets[0].raw_map
    assert np.abs(found - expected).max() <= form.tolerance * np.abs(expected).max(), form.name
    return found


def refusal(form):
    if keras.config.backend() not in form.backends:
        try:
            form.build()
        except Exception:
            return KERAS_REFUSES
    assert form.message in camlight.explain_prediction(form.build(), form.doc()).error, form.name
    return SAYS_WHY


def map_of_classifier(model):
    doc = np.random.default_rng(0).normal(size=(1, *model.input_shape[1:])).astype("float32")
    return camlight.explain_prediction(model, doc, targets=[1]).targets[0].raw_map


def row_of_family(name):
    kinds = {True: "transformers", False: "CNNs"}
    of_same_kind = sorted(
        {
            other.partition(",")[0]
            for other in CLASSIFIERS
            if (other.partition(",")[0] in TRANSFORMERS) == (name.partition(",")[0] in TRANSFORMERS)
        }
    )
    kind = kinds[name.partition(",")[0] in TRANSFORMERS]
    return f"keras-hub's {kind}: {', '.join(of_same_kind)}"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1])
