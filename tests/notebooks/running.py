"""Notebooks in a real Jupyter kernel, and what they show."""

from pathlib import Path

import keras
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"

ON_TENSORFLOW = [
    pytest.mark.notebook,
    pytest.mark.skipif(
        keras.config.backend() != "tensorflow", reason="the notebook is for TensorFlow"
    ),
]


def run(notebook):
    NotebookClient(notebook, timeout=180, kernel_name="python3").execute(cwd=FOLDER)
    return notebook


def pictures(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [o.data["image/png"] for o in outputs if "image/png" in o.get("data", {})]
