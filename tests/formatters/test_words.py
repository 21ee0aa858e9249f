"""Text, dictionaries and tables."""

import base64
import json
from io import BytesIO

import eli5.base
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import camlight
from camlight import Explanation, TargetExplanation
from camlight.formatters import fields
from camlight.formatters.fields import describe_location, numbers_of, rounded


@pytest.fixture
def expl():
    target = TargetExplanation(285, score=0.93, heatmap=np.array([[1.0, 0.0, 0.0], [0.0, 0, 0.25]]))
    return Explanation(
        "net",
        description="what it does",
        method="Grad-CAM",
        targets=[target],
        image=Image.new("RGB", (6, 4)),
        layer="conv",
        warnings=["mind the gap"],
    )


def test_text(expl):
    assert camlight.format_as_text(expl).splitlines() == [
        "Warning: mind the gap",
        "",
        "Explained as: Grad-CAM",
        "",
        "what it does",
        "",
        "y=285 (score=0.930): upper left, 80 % of a 2 x 3 map at layer conv",
        "",
        "┌──────┐",
        "│██    │",
        "│    ░░│",
        "└──────┘",
    ]


def test_text_shows_what_is_asked(expl):
    expl.warnings = []
    assert (
        camlight.format_as_text(expl, show=fields.INFO) == "Explained as: Grad-CAM\n\nwhat it does"
    )
    assert camlight.format_as_text(expl, show=fields.WEIGHTS).startswith("y=285")


def test_text_of_an_error():
    assert camlight.format_as_text(Explanation("net", error="no")) == "Error: no"


def test_text_escapes_names():
    target = TargetExplanation("\x1b[31mred\nline", proba=0.5)
    text = camlight.format_as_text(Explanation("net", targets=[target]))
    assert text == r"y='\x1b[31mred\nline' (probability=0.500)"


@pytest.mark.parametrize("given", [None, "cat.png", 3, [Explanation("net")], iter(())])
def test_what_is_no_explanation(given):
    """`explain_predictions` gives many, one after the other."""
    formatters = [
        camlight.format_as_text,
        camlight.format_as_html,
        camlight.format_as_image,
        camlight.format_as_figure,
        camlight.format_as_dataframes,
    ]
    for formatter in formatters:
        with pytest.raises(TypeError, match="Expected an explanation, as .* Received: ") as caught:
            formatter(given)
        several = not (given is None or isinstance(given, (str, int)))
        assert ("one by one" in str(caught.value)) == several


@pytest.mark.parametrize(
    ("show", "error", "message"),
    [
        ("method", TypeError, r"a list of names, such as \['method'\]. Received: 'method'"),
        (None, TypeError, r"a list of names, such as \['targets'\]. Received: None"),
        (["maps"], ValueError, "some of 'method', 'description', 'targets'. Received: 'maps'"),
    ],
)
def test_sections_that_are_none(expl, show, error, message):
    """A single string would be read letter by letter, and nothing shown."""
    for formatter in (camlight.format_as_text, camlight.format_as_html):
        with pytest.raises(error, match=message):
            formatter(expl, show=show)


def test_explanations_of_the_real_eli5():
    target = eli5.base.TargetExplanation(np.int64(3), score=0.5, heatmap=np.eye(2))
    expl = eli5.base.Explanation(
        "net", method="CAM", targets=[target], image=Image.new("L", (2, 2))
    )
    assert "y=3 (score=0.500): upper left, 50 %" in camlight.format_as_text(expl)


def test_dict_is_json(expl):
    expl.targets[0].heatmap = np.array([[np.nan, 0.5]])
    expl.targets[0].score = np.float32(0.25)
    back = json.loads(json.dumps(camlight.format_as_dict(expl), allow_nan=False))
    assert list(back) == [
        *("estimator", "description", "error", "method", "is_regression", "targets"),
        *("feature_importances", "decision_tree", "highlight_spaces", "transition_features"),
        *("image", "layer", "warnings", "data", "layers"),
    ]
    [target] = back["targets"]
    assert (target["target"], target["score"], target["heatmap"]) == (285, 0.25, [[None, 0.5]])
    assert back["image"] == {"mode": "RGB", "size": [6, 4]}
    assert back["warnings"] == ["mind the gap"]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_dict_with_its_picture_survives_json(expl, mode, rng):
    noise = Image.fromarray(rng.integers(0, 256, (4, 6), dtype="uint8"))
    expl.image = noise.convert("LA").convert("La") if mode == "La" else noise.convert(mode)
    back = json.loads(json.dumps(camlight.format_as_dict(expl, image=True), allow_nan=False))
    picture = back["image"]
    assert (picture["mode"], picture["size"]) == (mode, [6, 4])
    head, data = picture["data"].split(",")
    assert head == "data:image/png;base64"
    found = Image.open(BytesIO(base64.b64decode(data, validate=True)))
    expected = noise.convert("1") if mode == "1" else noise
    if mode == "I;16":  # eight bits of sixteen
        expected = Image.new("L", (6, 4))
    np.testing.assert_array_equal(found.convert("L"), expected.convert("L"))
    np.testing.assert_array_equal(back["targets"][0]["heatmap"], expl.targets[0].heatmap)


def test_dict_of_a_signal(expl):
    expl.data = np.array([[1.5], [2.0]])
    assert camlight.format_as_dict(expl)["data"] == {"shape": [2, 1]}
    assert camlight.format_as_dict(expl, image=True)["data"] == [[1.5], [2.0]]


def test_dict_of_no_picture(expl):
    for image in (None, Image.new("RGB", (0, 3))):
        expl.image = image
        assert camlight.format_as_dict(expl, image=True) == camlight.format_as_dict(expl)


def test_dict_of_a_part_and_of_odd_things(expl):
    assert camlight.format_as_dict(expl.targets)[0]["target"] == 285
    odd = {1: np.int64(2), "t": (np.bool_(True), float("inf")), "o": Ellipsis}
    assert camlight.format_as_dict(odd) == {"1": 2, "t": [True, None], "o": "Ellipsis"}


def test_dataframe(expl):
    frame = camlight.format_as_dataframe(expl)
    assert list(frame.columns) == ["target", "row", "column", "value"]
    assert len(frame) == 6
    assert frame.loc[frame.value.idxmin() - 1, "value"] == 1.0
    pivot = frame.pivot_table(index="row", columns="column", values="value")
    np.testing.assert_array_equal(pivot, expl.targets[0].heatmap)
    pd.testing.assert_frame_equal(camlight.format_as_dataframe(expl.targets), frame)
    pd.testing.assert_frame_equal(camlight.format_as_dataframes(expl)["targets"], frame)
    assert camlight.format_as_dataframe(Explanation("net", error="no")) is None


def test_tables_bring_warnings_along(expl):
    frames = camlight.format_as_dataframes(expl)
    assert list(frames) == ["targets", "scores", "warnings"]
    assert frames["warnings"].warning.tolist() == ["mind the gap"]
    assert frames["targets"].attrs == {"warnings": ["mind the gap"]}
    expl.warnings = []
    assert list(camlight.format_as_dataframes(expl)) == ["targets", "scores"]


def test_dataframe_of_several_targets():
    """A name that only the second target has stands behind `target` all the same."""
    targets = [
        TargetExplanation(1, score=2, heatmap=np.array([1.0, 0.0]), raw_map=np.array([4.0, -2.0])),
        TargetExplanation("mine", proba=0.5, heatmap=np.array([0.5, 1.0]), name="a cat"),
        TargetExplanation(3, score=1.5),
    ]
    frames = camlight.format_as_dataframes(Explanation("net", targets=targets))
    nan = float("nan")
    expected = {
        "target": [1, 1, "mine", "mine"],
        "name": [nan, nan, "a cat", "a cat"],
        "column": [0, 1, 0, 1],
        "value": [1.0, 0.0, 0.5, 1.0],
        "raw": [4.0, -2.0, nan, nan],
    }
    pd.testing.assert_frame_equal(frames["targets"], pd.DataFrame(expected), check_dtype=False)
    expected = {
        "target": [1, "mine", 3],
        "name": [nan, "a cat", nan],
        "score": [2.0, nan, 1.5],
        "proba": [nan, 0.5, nan],
        "where": ["first third, 100 %", "last third, 67 %", None],
    }
    pd.testing.assert_frame_equal(frames["scores"], pd.DataFrame(expected), check_dtype=False)
    assert list(frames) == ["targets", "scores"]
    frames = camlight.format_as_dataframes(Explanation("net", targets=targets[2:]))
    assert list(frames) == ["scores"]
    assert list(frames["scores"]) == ["target", "score", "proba", "where"]


def test_explain_as_dataframe(network, doc):
    frame = camlight.explain_prediction_df(network, doc, targets=[1])
    assert set(frame.target) == {1}
    assert frame.value.max() == 1.0
    pd.testing.assert_frame_equal(
        camlight.explain_prediction_dfs(network, doc, targets=[1])["targets"], frame
    )


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ((0, 0), "upper left"),
        ((0, 3), "upper centre"),
        ((3, 3), "centre"),
        ((6, 6), "lower right"),
        ((3, 6), "middle right"),
        ((4, 2), "centre"),
        ((5, 1), "lower left"),
    ],
)
def test_location(cell, words):
    """On 7 x 7 cells, rows 0 and 1 lie in the upper third, 2 to 4 in the middle one."""
    heatmap = np.zeros((7, 7))
    heatmap[cell] = 0.3
    assert describe_location(heatmap) == f"{words}, 100 %"


def test_numbers_in_words():
    assert [rounded(n) for n in (0.93, 0.00012, 0.0)] == ["0.930", "1.2e-04", "0.000"]
    known = TargetExplanation(3, proba=0.25, score=12.3456)
    assert numbers_of(known) == "score 12.3, probability 0.25"


def test_location_of_what_is_no_number():
    assert describe_location(np.array([[np.nan, 1.0]])) == "unknown"
    assert describe_location(np.array([[np.inf, 1.0]])) == "unknown"


def test_location_of_a_small_map():
    assert describe_location(np.ones((1, 1))) == "centre, 100 %"
    assert describe_location(np.array([[0.0, 2.0]])) == "middle right, 100 %"
