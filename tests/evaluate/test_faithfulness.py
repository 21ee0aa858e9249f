"""All measures of one explanation, of real models."""

import io
import json
from contextlib import redirect_stderr

import keras
import numpy as np
import pytest

import camlight
from camlight.evaluate import METRICS, faithfulness
from camlight.keras.measuring import Scoring
from camlight.progress import show_progress

FEW = {
    "insertion": {"steps": 8},
    "deletion": {"steps": 8},
    "infidelity": {"samples": 10},
    "sensitivity_n": {"samples": 10},
    "max_sensitivity": {"samples": 2},
    "road": {"percentiles": [30, 60]},
}


@pytest.fixture
def bright():
    """A model that scores the brightness of a picture's left half: what counts is known."""
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(1, 1, use_bias=False, name="conv")(inputs)
    outputs = keras.layers.Dense(1, use_bias=False, name="head")(keras.layers.Flatten()(x))
    model = keras.Model(inputs, outputs, name="bright")
    left = np.zeros((8, 8), "float32")
    left[:, :4] = 1
    model.set_weights([np.ones((1, 1, 1, 1), "float32"), left.reshape(64, 1)])
    return model


@pytest.fixture
def grey(rng):
    return rng.uniform(0.5, 1, (1, 8, 8, 1)).astype("float32")


def test_a_right_map_beats_every_control(bright, grey):
    options = {name: {**FEW.get(name, {}), "baseline": "zero"} for name in METRICS}
    for name in ("road", "max_sensitivity"):
        options[name] = FEW[name]
    found = faithfulness(bright, grey, method="hirescam", layer="conv", options=options)
    for metric in ("insertion", "deletion", "confidence_drop", "infidelity", "sensitivity_n"):
        assert found[metric].beats_controls, metric
    assert found["sensitivity_n"].found.value == pytest.approx(1, abs=1e-4)
    assert found["infidelity"].found.details["share"] == pytest.approx(1, abs=1e-4)
    left, whole = grey[0, :, :4].sum(), grey[0].sum()
    assert found["deletion"].found.details["scores"][0] == pytest.approx(left, rel=1e-5)
    assert left < whole


def test_what_it_costs_is_said_before_and_kept(network, doc):
    said = io.StringIO()
    with redirect_stderr(said), show_progress(True):
        found = faithfulness(network, doc, pre_softmax=False, options=FEW, random_maps=2)
    assert f"0 of {found.passes} forward passes" in said.getvalue()
    # 4 maps: 2 x (4 x 7 + 1) for insertion and deletion, 4, 4 x 4, 10, 4 x 10, the picture, and 3
    assert found.passes == 2 * (4 * 7 + 1) + 4 + 16 + 10 + 40 + 1 + 3


def test_no_more_pictures_are_scored_than_were_said(network, doc, monkeypatch):
    counted = []
    score = Scoring.score

    def watched(self, pictures, count=None):
        counted.append(len(pictures))
        return score(self, pictures, count)

    monkeypatch.setattr(Scoring, "score", watched)
    metrics = [metric for metric in METRICS if metric not in ("max_sensitivity", "confidence_drop")]
    options = {name: FEW[name] for name in metrics}
    assert faithfulness(network, doc, metrics=metrics, options=options).passes == sum(counted)


def test_a_given_explanation_is_measured(network, doc):
    expl = camlight.explain_prediction(network, doc, [1], method="hirescam")
    options = {name: FEW[name] for name in ("deletion", "max_sensitivity")}
    same = {"method": "hirescam", "metrics": list(options), "options": options}
    given = faithfulness(network, doc, expl, **same)
    made = faithfulness(network, doc, targets=[1], **same)
    np.testing.assert_allclose(given["deletion"].found.value, made["deletion"].found.value)
    assert (given.method, given.layer, given.target) == ("HiResCAM", expl.layer, "1")
    other = faithfulness(network, doc, expl, metrics=["max_sensitivity"], layer="branch")
    assert other["max_sensitivity"].found is None
    assert "made otherwise" in other["max_sensitivity"].note


@pytest.mark.parametrize(
    ("made", "measured", "words"),
    [
        (
            {"pre_softmax": True},
            {},
            "Expected the score that the explanation has, .* such as `pre_softmax`",
        ),
        ({}, {"pre_softmax": True}, "Expected the score that the explanation has"),
        ({}, {"targets": [0]}, "begin with that of the explanation, 2. Received: 0"),
    ],
)
def test_an_explanation_of_another_score_is_refused(network, doc, made, measured, words):
    classifier = keras.Sequential([network, keras.layers.Softmax()])
    expl = camlight.explain_prediction(classifier, doc, [2], layer="network/sum", **made)
    how = {"metrics": ["deletion"], "options": {"deletion": FEW["deletion"]}}
    with pytest.raises(ValueError, match=words):
        faithfulness(classifier, doc, expl, **how, **measured)
    found = faithfulness(classifier, doc, expl, **how, **made)["deletion"].found
    assert found.details["scores"][0] == pytest.approx(expl.targets[0].score, rel=1e-4)


def test_an_explanation_of_another_model_or_picture_is_refused(network, doc):
    expl = camlight.explain_prediction(network, doc, [2])
    with pytest.raises(ValueError, match="of another model or picture. Pass the model"):
        faithfulness(network, 2 * doc, expl)
    network.get_layer("head").bias.assign([0, 0, 1, 0])
    with pytest.raises(ValueError, match="Expected the score that the explanation has"):
        faithfulness(network, doc, expl)


def test_a_score_that_is_not_positive_is_a_note(network, doc):
    def below(output):
        return -keras.ops.exp(output[:, 0])

    measured = faithfulness(
        network,
        doc,
        targets=[below],
        metrics=["confidence_drop", "deletion"],
        options={"deletion": FEW["deletion"]},
    )
    assert measured.target == "below"
    assert measured["deletion"].found.details["scores"].max() < 0
    found = measured["confidence_drop"]
    assert found.found is None
    assert "positive score" in found.note
    assert found.beats_controls is None


def test_text_rows_and_dict(network, doc):
    found = faithfulness(network, doc, options=FEW)
    assert [row["metric"] for row in found.as_rows()] == list(METRICS)
    assert json.loads(json.dumps(found.as_dict()))["passes"] == found.passes
    text = str(found)
    assert "not that it is right" in text
    assert all(metric in text for metric in METRICS)
    with pytest.raises(KeyError):
        found["erasure"]


def test_one_measure_by_its_name(network, doc):
    found = faithfulness(network, doc, metrics="deletion", options={"deletion": FEW["deletion"]})
    assert [one.metric for one in found] == ["deletion"]


def test_a_seed_decides_everything(network, doc):
    one, other = (faithfulness(network, doc, options=FEW, seed=3).as_rows() for _ in range(2))
    assert str(one) == str(other)


def test_bad_input(network, doc):
    with pytest.raises(ValueError, match="out of: insertion"):
        faithfulness(network, doc, metrics=["erasure"])
    with pytest.raises(TypeError, match="Received: stride"):
        faithfulness(network, doc, options={"deletion": {"stride": 3}})
    with pytest.raises(ValueError, match="measures asked for: road"):
        faithfulness(network, doc, metrics=["road"], options={"deletion": {}})
    with pytest.raises(ValueError, match="Did you mean 'deletion'"):
        faithfulness(network, doc, metrics="deletio")
    with pytest.raises(ValueError, match="a measure out of: .* Received: none"):
        faithfulness(network, doc, metrics=[])
    with pytest.raises(TypeError, match="`metrics` to be a list .* Received: 3 of type int"):
        faithfulness(network, doc, metrics=3)
    for options in (3, {"deletion": 3}):
        with pytest.raises(TypeError, match="`options` to hold .* Received: 3 of type int"):
            faithfulness(network, doc, options=options)
    with pytest.raises(TypeError, match="`explanation` to be an `Explanation`.* Received: 3"):
        faithfulness(network, doc, 3)
    with pytest.raises(ValueError, match="one target.* Received: `top_targets` 2"):
        faithfulness(network, doc, top_targets=2)
    with pytest.raises(ValueError, match="at most 64"):
        faithfulness(network, doc, options={"deletion": {"steps": 65}})
    with pytest.raises(ValueError, match="`random_maps` of 1 or more"):
        faithfulness(network, doc, random_maps=0)
    unsupported = camlight.Explanation("net", error="not supported")
    with pytest.raises(ValueError, match="Received: not supported"):
        faithfulness(network, doc, unsupported)
