"""The same weights and the same picture give the same map on every backend."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import camlight
from tests.forms.families import CLASSIFIERS
from tests.forms.test_forms import FORMS as FORMS_OF_MODELS
from tests.references import patchwork, randomize

pytestmark = pytest.mark.every_backend

BACKENDS = ("tensorflow", "jax", "torch")

SCRIPT = """
import sys
import keras, numpy as np
import camlight
from camlight import demo
from tests.references import patchwork, randomize

maps = {}

def keep(name, model, doc, **arguments):
    target = camlight.explain_prediction(model, doc, **arguments).targets[0]
    maps[name] = target.raw_map
    maps[name + " score"] = np.array([target.score])

picture = np.asarray(demo.photo("chelsea").resize((224, 224)))[np.newaxis]
lite0 = demo.efficientnet_lite0()
keep("lite0", lite0, demo.preprocess_input(picture))
keep("lite0 inside", lite0, demo.preprocess_input(picture), targets=[282],
     layer="block5b_expand_activation")
outer = keras.Input((224, 224, 3))
keep("nested", keras.Model(outer, lite0(outer)), demo.preprocess_input(picture))

for name, seed in {"MobileNetV2": 1, "ResNet50": 1, "EfficientNetB0": 2, "ConvNeXtTiny": 1}.items():
    model = getattr(keras.applications, name)(weights=None, classes=10)
    doc = patchwork(model.input_shape[1:3], seed=11)
    keep(name, randomize(model, doc, seed), doc)

np.savez(sys.argv[1], **maps)
"""

FORMS = """
import sys
import keras, numpy as np
from tests.forms.families import CLASSIFIERS
from tests.forms.test_forms import FORMS, explained

maps = {}
for form in FORMS:
    keras.backend.clear_session()
    maps[form.name.replace("/", " ")] = explained(form)[2].targets[0].raw_map
for name, build in CLASSIFIERS.items():
    keras.backend.clear_session()
    model = build()
    doc = np.random.default_rng(0).normal(size=(1, *model.input_shape[1:])).astype("float32")
    import camlight
    maps[name] = camlight.explain_prediction(model, doc, targets=[1]).targets[0].raw_map
np.savez(sys.argv[1], **maps)
"""

ROUNDED = {"mixed_float16": 5e-3, "mixed_bfloat16": 4e-2, "quantized to int8": 1e-3}
"""Forms whose own arithmetic is coarser than the backends' agreement."""


def on_every_backend(script, folder):
    """What `script` saves on each backend."""
    found = {}
    for backend in BACKENDS:
        path = folder / f"{backend}.npz"
        done = subprocess.run(
            [sys.executable, "-W", "ignore::UserWarning", "-c", script, str(path)],
            env={**os.environ, "KERAS_BACKEND": backend},
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found[backend] = dict(np.load(path))
    return found


def assert_agree(maps, count, tolerances):
    for backend in BACKENDS[1:]:
        assert len(maps[backend]) == count
        for name, expected in maps["tensorflow"].items():
            difference = np.abs(maps[backend][name] - expected).max() / np.abs(expected).max()
            assert difference < tolerances.get(name, 1e-4), (backend, name, difference)


def test_maps_and_scores_of_large_networks_agree(tmp_path):
    assert_agree(on_every_backend(SCRIPT, tmp_path), 14, {})


def test_maps_of_every_form_agree(tmp_path):
    count = len(FORMS_OF_MODELS) + len(CLASSIFIERS)
    assert_agree(on_every_backend(FORMS, tmp_path), count, ROUNDED)


def test_camlight_beside_the_autograd_of_torch():
    """One of these networks written by hand in PyTorch, with the same weights."""
    from tests.resnet_in_torch import ResNet50, grad_cam  # only here is PyTorch there for sure

    model = keras.applications.ResNet50(weights=None, classes=10, classifier_activation=None)
    doc = patchwork((224, 224), seed=11)
    randomize(model, doc, 1)
    expected, score = grad_cam(ResNet50(model), doc, 3)
    target = camlight.explain_prediction(model, doc, targets=[3]).targets[0]
    assert target.score == pytest.approx(score, rel=1e-4)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(target.raw_map, expected, rtol=0, atol=1e-4 * scale)


def test_another_backend_is_refused_in_words():
    code = """
import keras, numpy as np, camlight
layers = [keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), keras.layers.GlobalMaxPooling2D()]
try:
    camlight.explain_prediction(keras.Sequential(layers), np.ones((1, 8, 8, 3)))
except NotImplementedError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "backends: jax, tensorflow, torch. Received" in done.stdout, done.stderr
    assert "'numpy'" in done.stdout
