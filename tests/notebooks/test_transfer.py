"""The notebook on transfer learning finds a mistake and mends it: what it says is so."""

import json

import nbformat
import pytest

from .running import FOLDER, ON_TENSORFLOW, pictures, run

pytestmark = ON_TENSORFLOW

# Grad-CAM of a linear head is the weighted sum of the last maps: without camlight or gradients
MEASURE = """
import json

by_hand = keras.Model(network.input, maps).predict(prepared(broken[200:]), verbose=0)
kernel = keras.ops.convert_to_numpy(model.get_layer("head").kernel)[:, 1]
by_hand = np.maximum(by_hand @ kernel, 0)
by_hand /= by_hand.max(axis=(1, 2), keepdims=True)
shown = np.stack([expl.targets[0].heatmap for expl in before])
found = {
    "held out": held_out,
    "wrong": wrong,
    "accuracy": [accuracy_before, accuracy_after],
    "in the corners": [corners_before, corners_after],
    "layers": sorted({expl.layer for expl in before + after}),
    "names": sorted({target.name for expl in before for target in expl.targets}),
    "maps": len(shown),
    "from by hand": np.abs(by_hand - shown).max(),
}
print(json.dumps(found, default=float))
"""


def test_the_mistake_is_found_and_mended():
    """One test, so that the notebook runs once however the tests are spread over processes."""
    notebook = nbformat.read(FOLDER / "transfer-learning.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(MEASURE))
    found = json.loads(run(notebook).cells[-1].outputs[0].text)

    # it looks like success, but the maps lie in the corners, and the guess is right
    assert found["held out"] > 0.97
    assert found["in the corners"][0] > 0.5
    assert found["wrong"] > 0.95
    assert found["accuracy"][0] == pytest.approx(0.5, abs=0.03)

    assert found["in the corners"][1] < 0.2
    assert found["accuracy"][1] > 0.8

    assert found["layers"] == ["backbone/block6a_expand_activation"]
    assert found["names"] == ["broken"]
    assert found["maps"] == 100
    assert found["from by hand"] < 1e-3

    shown = pictures(notebook)
    assert len(shown) == len(set(shown)) == 7
    said = [o.text for cell in notebook.cells for o in cell.get("outputs", []) if "text" in o]
    assert not any("Warning" in text for text in said)
