"""`install_as_eli5`, in fresh processes: with the real eli5, and without it."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import camlight

SOURCE = str(Path(camlight.__file__).parent.parent)

MODEL = """
import keras, numpy as np
keras.utils.set_random_seed(3)
inner = keras.Input((8, 8, 3))
backbone = keras.Model(inner, keras.layers.Conv2D(4, 3, name="conv")(inner), name="backbone")
outer = keras.Input((8, 8, 3))
x = keras.layers.GlobalAveragePooling2D()(backbone(outer))
nested = keras.Model(outer, keras.layers.Dense(3)(x))
doc = np.random.default_rng(0).normal(size=(1, 8, 8, 3)).astype("float32")
"""


def run(code, *, without=None, tmp_path=None):
    """Run code in a fresh process; `without` leaves a distribution out of its site-packages."""
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    flags = []
    if without:
        packages = Path(sysconfig.get_paths()["purelib"])
        for entry in packages.iterdir():
            if not entry.name.startswith(without):
                (tmp_path / entry.name).symlink_to(entry)
        flags = ["-S"]
        environment["PYTHONPATH"] = os.pathsep.join([SOURCE, str(tmp_path)])
    done = subprocess.run(
        [sys.executable, *flags, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_with_the_real_eli5():
    printed = run(
        MODEL
        + """
import warnings
warnings.simplefilter("ignore")
import eli5, eli5.base, camlight
from eli5 import show_prediction
before = eli5.explain_prediction.dispatch(keras.Model)
try:
    eli5.explain_prediction(nested, doc)
    print("eli5 alone explained")
except Exception:
    print("eli5 alone failed")

installed = camlight.install_as_eli5()
print(installed.mode, camlight.install_as_eli5() is installed, repr(installed))
expl = eli5.explain_prediction(nested, doc, targets=[1])
own = camlight.explain_prediction(nested, doc, targets=[1])
print(isinstance(expl, eli5.base.Explanation), expl.layer, repr(expl) == repr(own).replace(
    repr(own.image), repr(expl.image)))
print((expl.targets[0].heatmap == own.targets[0].heatmap).all(), expl.targets[0].target)
print(show_prediction(nested, doc, targets=[1]).convert("RGBA") == camlight.format_as_image(own))
print(eli5.format_as_image(expl) == camlight.format_as_image(expl))
print("Grad-CAM" in expl._repr_html_(), eli5.format_as_dict(expl)["method"])
print(eli5.explain_prediction_keras(nested, doc).layer)
table = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
print("not supported" in show_prediction(table, np.ones((1, 4))).data)

from sklearn.linear_model import LogisticRegression
model = LogisticRegression().fit([[0.0, 1.0], [1.0, 0.0]], [0, 1])
forest = eli5.explain_prediction(model, np.array([0.0, 1.0]))
weights = forest.targets[0].feature_weights
print(forest.error, len(weights.pos) + len(weights.neg) > 0)

installed.undo()
installed.undo()
print(eli5.explain_prediction.dispatch(keras.Model) is before, "undone" in repr(installed))
print(eli5.explain_prediction_keras is before)
"""
    )
    assert printed == [
        "eli5 alone failed",
        "registered True <camlight explains Keras models in the installed eli5>",
        "True backbone/conv True",
        "True 1",
        "True",
        "True",
        "True Grad-CAM",
        "backbone/conv",
        "True",
        "None True",
        "True True",
        "True",
    ]


def test_without_eli5(tmp_path):
    printed = run(
        MODEL
        + """
import importlib.util
print(importlib.util.find_spec("eli5"))
import camlight
spec = camlight.__spec__
installed = camlight.install_as_eli5()
print(installed.mode, repr(installed))

import eli5.keras.gradcam
import eli5.keras.explain_prediction
import eli5.formatters.image
import eli5.base, eli5.explain, eli5.ipython
import eli5.formatters.as_dataframe, eli5.formatters.as_dict, eli5.formatters.html
import eli5.formatters.text, eli5.formatters.fields
from eli5 import explain_prediction, show_prediction, format_as_image
from eli5.formatters.image import expand_heatmap, heatmap_to_image
from eli5.keras import gradcam, gradcam_backend
from eli5.base import Explanation, TargetExplanation
print(eli5 is camlight, Explanation is camlight.Explanation, camlight.__spec__ is spec)
print(callable(gradcam), gradcam is eli5.keras.gradcam, gradcam is camlight.keras.gradcam)
print(eli5.formatters.image.format_as_image is camlight.format_as_image)
print(explain_prediction(nested, doc).layer, show_prediction(nested, doc).mode)
try:
    import eli5.sklearn
except ModuleNotFoundError as error:
    print(error)

installed.undo()
try:
    import eli5
except ModuleNotFoundError as error:
    print(error)
print(camlight.install_as_eli5().mode)
import eli5
print(eli5 is camlight)
""",
        without="eli5",
        tmp_path=tmp_path,
    )
    assert printed == [
        "None",
        "replaced <eli5 is not installed: `import eli5` gives camlight>",
        "True True True",
        "True True True",
        "True",
        "backbone/conv RGBA",
        "No module named 'eli5.sklearn'",
        "No module named 'eli5'",
        "replaced",
        "True",
    ]


@pytest.mark.parametrize(
    ("package", "use", "extra"),
    [
        ("IPython", "camlight.ipython._html('')", "notebook"),
        ("pandas", "camlight.formatters.as_dataframe._pandas()", "dataframe"),
    ],
)
def test_a_missing_extra_names_its_cure(tmp_path, package, use, extra):
    code = f"""
import camlight
try:
    {use}
except ImportError as error:
    print(error)
"""
    [message] = run(f"from camlight import *\n{code}", without=package, tmp_path=tmp_path)
    assert f'pip install "camlight[{extra}]"' in message
    assert "not installed" in message
