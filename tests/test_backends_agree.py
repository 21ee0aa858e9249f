"""The same weights and the same picture give the same map on every backend."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

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


@pytest.fixture(scope="module")
def maps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    found = {}
    for backend in BACKENDS:
        path = folder / f"{backend}.npz"
        done = subprocess.run(
            [sys.executable, "-W", "ignore::UserWarning", "-c", SCRIPT, str(path)],
            env={**os.environ, "KERAS_BACKEND": backend},
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found[backend] = dict(np.load(path))
    return found


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_maps_and_scores_agree(maps, backend):
    assert len(maps[backend]) == 14
    for name, expected in maps["tensorflow"].items():
        difference = np.abs(maps[backend][name] - expected).max() / np.abs(expected).max()
        assert difference < 1e-4, (name, difference)


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
