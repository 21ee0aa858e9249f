"""The same weights and the same picture give the same map on every backend."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

import camlight
from tests.forms.families import CLASSIFIERS
from tests.forms.table import in_readme, maps, on_every_backend, table
from tests.forms.test_forms import FORMS
from tests.references import patchwork, randomize

pytestmark = pytest.mark.every_backend

ROUNDED = {"mixed_float16": 5e-3, "mixed_bfloat16": 4e-2, "quantized to int8": 1e-3}
"""Forms whose own arithmetic is coarser than the backends' agreement."""


def assert_agree(maps, count, tolerances):
    for backend in maps:
        assert len(maps[backend]) == count
        for name, expected in maps["tensorflow"].items():
            difference = np.abs(maps[backend][name] - expected).max() / np.abs(expected).max()
            assert difference < tolerances.get(name, 1e-4), (backend, name, difference)


def test_maps_and_scores_of_large_networks_agree(tmp_path):
    assert_agree(maps(on_every_backend("tests.large_networks", tmp_path)), 14, {})


def test_every_form_agrees_and_the_readme_says_so(tmp_path):
    paths = on_every_backend("tests.forms.run", tmp_path)
    assert_agree(maps(paths), len(FORMS) + len(CLASSIFIERS), ROUNDED)
    assert table(paths) == in_readme(), "run `make forms`"


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
