"""The notebooks run in a real Jupyter kernel, offline, and show pictures."""

import json

import keras
import nbformat
import pytest

from .running import FOLDER, pictures, run

pytestmark = pytest.mark.notebook

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
TUTORIAL = FOLDER / "keras-image-classifiers.ipynb"
OWN_TESTS = {
    "can-i-trust-this-map",
    "keras-image-classifiers",
    "transfer-learning",
    "vision-transformers",
    "which-method",
}


def test_there_are_notebooks():
    assert TUTORIAL in NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.fixture(scope="module")
def tutorial():
    return run(nbformat.read(TUTORIAL, as_version=4))


def test_the_tutorial_runs(tutorial):
    steps = [cell.source for cell in tutorial.cells if cell.source.startswith("## ")]
    titled = [line for source in tutorial.cells for line in source.source.splitlines()]
    assert len([line for line in titled if line.startswith("## ")]) == 8
    assert steps[0].startswith("## 1.")
    assert len(pictures(tutorial)) >= 17
    assert len(set(pictures(tutorial))) >= 14


@pytest.mark.skipif(
    keras.config.backend() != "tensorflow", reason="ELI5 explains on TensorFlow alone"
)
def test_the_tutorial_runs_on_the_real_eli5(tutorial):
    """Every call is also valid there; the pictures that don't depend on rounding are the same."""
    notebook = nbformat.read(TUTORIAL, as_version=4)
    [line] = [cell for cell in notebook.cells if cell.source == "import camlight as eli5"]
    line.source = "import warnings; warnings.simplefilter('ignore'); import eli5"
    theirs = pictures(run(notebook))
    assert len(theirs) == len(pictures(tutorial))


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="it is for TensorFlow")
def test_what_the_transformer_shows_is_so():
    """Its words hold on figures that differ a little from machine to machine."""
    notebook = nbformat.read(FOLDER / "vision-transformers.ipynb", as_version=4)
    measure = "import json; print(json.dumps([on_digit, at_random, fallen], default=float))"
    notebook.cells.append(nbformat.v4.new_code_cell(measure))
    on_digit, at_random, fallen = json.loads(run(notebook).cells[-1].outputs[0].text)
    assert len(pictures(notebook)) == 4
    assert on_digit[0] > 0.6
    assert 1 / 9 < max(on_digit[1:]) < on_digit[0] / 2
    assert fallen[0] < 0.4
    assert fallen[0] < min(fallen[1:]) < max(fallen[1:]) < at_random


@pytest.mark.parametrize(
    "path", [p for p in NOTEBOOKS if p.stem not in OWN_TESTS], ids=lambda p: p.stem
)
def test_the_others_run(path):
    assert pictures(run(nbformat.read(path, as_version=4)))
