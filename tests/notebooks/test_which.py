"""The notebook that compares methods: what it says of them is so."""

import json

import nbformat
import numpy as np
import pytest

from .running import FOLDER, ON_TENSORFLOW, pictures, run

pytestmark = ON_TENSORFLOW

MEASURE = """
import json

numbers = {
    "on the cup": [[*which, share] for which, share in on_cup.items()],
    "agreed": [agreed.labels, agreed.matrix.tolist()],
    "seconds": seconds,
    "shares": shares,
}
print(json.dumps(numbers))
"""


def test_what_is_said_of_methods_is_so():
    """One test, so that the notebook runs once however the tests are spread over processes."""
    notebook = nbformat.read(FOLDER / "which-method.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(MEASURE))
    found = json.loads(run(notebook).cells[-1].outputs[0].text)
    assert len(set(pictures(notebook))) == 8

    on_cup = {(name, where): share for name, where, share in found["on the cup"]}
    for name in ("gradcam", "gradcam++", "hirescam", "layercam"):
        assert on_cup[name, "earlier layer"] < on_cup[name, "last layer"] > 0.6
    assert on_cup["gradcam", "last layer"] == pytest.approx(on_cup["hirescam", "last layer"])
    for name in ("gradcam++", "layercam"):
        assert on_cup[name, "last layer"] == pytest.approx(2 / 3, abs=0.07)
    assert on_cup["eigencam", "last layer"] < 0.5
    assert on_cup["eigencam", "earlier layer"] > on_cup["eigencam", "last layer"]
    assert on_cup["gradcam++", "earlier layer"] < 0.4

    seconds = found["seconds"]
    assert seconds["rise_200"] > 20 * seconds["gradcam"]

    labels, matrix = found["agreed"]
    agreed = {
        label: dict(zip(labels, row, strict=True))
        for label, row in zip(labels, matrix, strict=True)
    }
    assert agreed["gradcam"]["hirescam"] > 0.999
    for name in ("smoothgrad", "integrated_gradients", "rise_200"):
        assert agreed["gradcam"][name] > 0.5
    assert max(abs(agreed["random"][name]) for name in labels[:-1]) < 0.25
    others = [name for name in labels if name != "eigencam"]
    assert max(others, key=agreed["eigencam"].get) == "layercam"
    assert agreed["eigencam"]["gradcam"] < 0.5

    shares = found["shares"]
    mean = {title: np.mean(some) for title, some in shares.items()}
    assert {len(some) for some in shares.values()} == {12}
    assert max(mean, key=mean.get) == "gradcam"
    assert min(shares["gradcam"]) > 0.65
    for title in ("gradcam, earlier layer", "layercam, earlier layer", "smoothgrad"):
        assert 0.53 < mean[title] < mean["gradcam"] - 0.1
    assert min(shares["smoothgrad"]) < 0.5
    # the same map for both photos: what is on one side isn't on the other
    assert mean["eigencam"] == pytest.approx(0.5, abs=1e-6)
    assert mean["random"] == pytest.approx(0.5, abs=1e-6)
