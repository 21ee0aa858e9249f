"""The notebook that questions a map: what it says of the answers is so."""

import json

import nbformat

from .running import FOLDER, ON_TENSORFLOW, pictures, run

pytestmark = ON_TENSORFLOW

MEASURE = """
import json

numbers = {
    "changed": {m: [s.rank_correlation for s in check.steps] for m, check in checks.items()},
    "randomised": checks["gradcam"].steps[0].layers,
    "faithful": faithful.as_rows(),
    "inside": inside,
    "even": even,
    "hit": hit,
    "permuted": {m: one.means["spearman"] for m, one in permuted.items()},
    "learned": permuted["gradcam"].accuracies,
    "report": report.as_dict(),
}
print(json.dumps(numbers))
"""


def test_what_is_said_of_the_maps_is_so():
    """One test, so that the notebook runs once however the tests are spread over processes."""
    notebook = nbformat.read(FOLDER / "can-i-trust-this-map.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(MEASURE))
    found = json.loads(run(notebook).cells[-1].outputs[0].text)
    assert len(set(pictures(notebook))) == 5

    guided, gradcam = found["changed"]["guided_gradcam"], found["changed"]["gradcam"]
    assert found["randomised"] == ["predictions"]
    assert min(guided[:3]) > 0.6
    assert guided[3] < 0.3
    assert max(gradcam) < 0.7

    rows = {row["metric"]: row for row in found["faithful"]}
    deletion, insertion = rows["deletion"], rows["insertion"]
    assert deletion["map"] < deletion["random"] - 0.3
    assert insertion["map"] > insertion["random"] + 0.5
    assert abs(deletion["map"] - deletion["centre"]) < 0.5
    assert abs(insertion["map"] - insertion["centre"]) < 0.3

    assert all(found["hit"].values())
    assert min(found["inside"].values()) > found["even"] + 0.1

    assert found["learned"] == [1, 1]
    assert found["permuted"]["gradcam"] < 0.5
    assert found["permuted"]["eigencam"] > found["permuted"]["gradcam"] + 0.1

    titles = [section["title"] for section in found["report"]["sections"]]
    assert len(titles) == 4
    [faithful] = [s for s in found["report"]["sections"] if "score" in s["title"]]
    won = [
        one["name"]
        for one in faithful["rows"]
        if one["better"] == "higher" and one["values"]["gradcam"] > max(one["controls"].values())
    ]
    assert len(won) < len(faithful["rows"]) / 2
