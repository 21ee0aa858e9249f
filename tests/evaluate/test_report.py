"""The report: what it counts, what it says, and that it stays inside its page."""

import json
import re
from html import unescape

import keras
import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import evaluate
from camlight.evaluate import Measure, Picture, Result, Row
from camlight.evaluate.faithfulness import beside
from camlight.evaluate.report import merged
from camlight.progress import heard
from tests.fingerprint import fingerprint

HOSTILE = "</td><script>alert(1)</script>\x1b[31m"


@pytest.fixture(scope="module")
def classifier():
    """Probabilities, so that shares of the score can be lost."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(5, 3, padding="same", name="conv")(inputs)
    y = layers.Conv2D(5, 3, padding="same", activation="relu", name="branch")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(layers.Add(name="sum")([x, y]))
    network = keras.Model(inputs, layers.Dense(4, name="head")(x), name="network")
    return keras.Sequential([network, layers.Softmax()], name="classifier")


@pytest.fixture(scope="module")
def doc():
    return np.random.default_rng(7).uniform(-1, 1, (1, 8, 8, 3)).astype("float32")


@pytest.fixture(scope="module")
def found(classifier, doc):
    return evaluate.report(classifier, doc, box=(0, 0, 4, 8), groups=2, layer="network/sum")


def values(section, name):
    return next(one.values for one in section.rows if one.name == name)


def test_every_question_is_asked(found):
    assert [section.title for section in found.sections] == [
        "Does it depend on what the model learned?",
        "Does the score rest on what it shows?",
        "Does it lie on the object?",
        "Do the maps agree?",
    ]
    assert all(section.verdicts for section in found.sections)
    assert found.methods == ("gradcam", "layercam")


def test_numbers_are_those_of_the_single_tests(found, classifier, doc):
    how = {"layer": "network/sum"}
    check = evaluate.randomization(classifier, doc, groups=2, method="layercam", **how)
    assert found.sections[0].rows[1].values["layercam"] == pytest.approx(
        check.steps[1].rank_correlation, nan_ok=True
    )
    expl = camlight.explain_prediction(classifier, doc, **how)
    share = evaluate.energy_inside(expl, (0, 0, 4, 8))
    assert values(found.sections[2], "Share inside")["gradcam"] == pytest.approx(share)
    agreed = evaluate.agreement(classifier, doc, noise=[0, 0.05], **how)
    rows = [list(one.values.values()) for one in found.sections[3].rows]
    np.testing.assert_allclose(rows, agreed.matrix)


def test_each_method_stands_beside_its_own_controls(classifier, doc):
    methods = ["gradcam", "gradient"]
    found = evaluate.report(
        classifier, doc, groups=1, noise=0, layer="network/sum", methods=methods
    )
    weights = found.sections[0].rows[0].controls
    for label in methods:
        own = {"layer": "network/sum"} if label == "gradcam" else {}
        check = evaluate.randomization(classifier, doc, groups=1, method=label, **own)
        wanted = max(value for name, value in check.control.items() if "spearman" in name)
        assert weights[f"unrelated maps, {label}"] == pytest.approx(wanted)


def test_controls_that_differ_have_a_column_each():
    """The tick looks at each method's own: 0.25 is ahead of 0.2 and of 0.1, not of 0.3."""

    def measured(random):
        one = [Measure("road", value, "higher", 4) for value in (0.25, random, 0.2)]
        return Result("", rows=(beside("road", one[0], (one[1],), one[2]),))

    def finding(random):
        section = merged("", "", {"fine": measured(0.3), "coarse": measured(random)})
        return section.rows[0]

    assert finding(0.3).controls == {"random": 0.3, "centre": 0.2}
    assert finding(0.1).controls == {"random, fine": 0.3, "random, coarse": 0.1, "centre": 0.2}
    assert finding(0.1).ahead == ("coarse",)


def test_deletion_is_that_of_the_map(found, classifier, doc):
    expl = camlight.explain_prediction(classifier, doc, layer="network/sum")
    target = expl.targets[0]

    def score(pictures):
        answers = keras.ops.convert_to_numpy(classifier(pictures))
        return answers[:, target.target].astype(float)

    wanted = evaluate.deletion(target.raw_map, doc[0], score, steps=20, seed=0)
    got = values(found.sections[1], "deletion")
    assert got["gradcam"] == pytest.approx(wanted.value, rel=1e-4)


def test_passes_are_as_many_as_were_foretold(classifier, doc):
    """The number in the line, before anything starts; a picture scored twice counts once."""
    seen = []
    with heard(seen.append):
        found = evaluate.report(classifier, doc, groups=2, methods=["gradcam", "hirescam"])
    assert 0.8 * found.passes < sum(seen) <= found.passes
    assert max(seen) < found.passes / 3


def test_each_method_has_options_of_its_own(classifier, doc):
    found = evaluate.report(
        classifier, doc, groups=2, methods={"gradcam": None, "random": {"seed": 1}}
    )
    assert found.methods == ("gradcam", "random")


def test_the_layer_goes_to_the_methods_that_look_at_one(classifier, doc):
    """Agreement's section too is of that layer, and not of the automatic one."""
    how = {"layer": "network/conv", "pre_softmax": True}
    found = evaluate.report(classifier, doc, groups=1, methods=["gradient", "gradcam"], **how)
    assert found.layer == "network/conv"
    agreed = evaluate.agreement(classifier, doc, methods=["gradcam"], noise=[0, 0.05], **how)
    rows = [one.values for one in found.sections[-1].rows]
    assert rows[2]["4"] == pytest.approx(agreed.matrix[0, 1])


def test_functions_of_one_name_are_two_methods(classifier, doc):
    methods = [lambda activations: activations[..., 0], lambda activations: activations[..., 1]]
    found = evaluate.report(classifier, doc, groups=1, noise=0, methods=methods)
    assert found.methods == ("<lambda>", "<lambda> 2")
    first, second = values(found.sections[1], "insertion").values()
    assert first != second


def test_the_model_is_left_as_it_was(classifier, doc):
    classifier(doc)
    before = fingerprint(classifier)
    evaluate.report(classifier, doc, groups=2, methods=["gradcam"])
    assert fingerprint(classifier) == before


def test_as_text_json_and_html(found):
    text = str(found)
    assert found.title in text
    assert all(section.title in text for section in found.sections)
    data = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert [one["title"] for one in data["sections"]] == [one.title for one in found.sections]
    html = found._repr_html_()
    assert html == found.as_html()
    assert len(html) < 1_000_000
    addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert addresses
    assert all(address.startswith("data:image/jpeg;base64,") for address in addresses)


def test_one_seed_one_report(classifier, doc):
    def numbers(seed):
        made = evaluate.report(classifier, doc, groups=2, methods=["gradcam"], seed=seed)
        return {**made.as_dict(), "meaning": "", "seconds": 0}

    assert numbers(1) == numbers(1) != numbers(2)


def test_names_are_escaped():
    row = Row(HOSTILE, HOSTILE, {HOSTILE: 0.5}, {HOSTILE + "c": 0.4}, "higher")
    pictures = (Picture(Image.new("RGB", (8, 8)), HOSTILE),)
    section = Result(HOSTILE, HOSTILE, (row,), (HOSTILE,), pictures)
    made = Result(HOSTILE, HOSTILE, verdicts=(HOSTILE,), pictures=pictures, sections=(section,))
    html = made.as_html()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 8
    assert "\x1b" not in str(made)


def test_what_is_ahead_beats_every_control(found):
    for section in found.sections:
        for one in section.rows:
            if one.better:
                sign = 1 if one.better == "higher" else -1
                for label in one.ahead:
                    known = sign * one.values[label]
                    assert known > max(sign * value for value in one.controls.values())


def test_what_is_ahead_is_marked():
    row = Row("x", "", {"m": 0.4, "n": 0.1}, {"c": 0.2}, "higher", ("m",))
    html = Result("?", rows=(row,)).as_html()
    assert "<td>0.400 ✓</td><td>0.100</td>" in unescape(html)


def test_numbers_as_they_are_shown():
    """Correlations have two decimals; what is better or worse has three digits."""
    values = {"a": 0.12345, "b": -0.001, "c": float("nan"), "d": 1234.5}
    shown = [
        str(Result("?", rows=(Row("x", "", values, better=better),))).split("\n")[-1]
        for better in ("", "lower")
    ]
    assert [line.split() for line in shown] == [
        ["x", "0.12", "0.00", "none", "1234.50"],
        ["x", "0.123", "-0.00100", "none", "1.23e+03", "lower"],
    ]


def test_no_legend_where_there_is_no_tick():
    html = Result("?", rows=(Row("x", "", {"m": 0.1}, {"c": 0.2}, "higher"),)).as_html()
    assert "better than every control" not in html


def test_html_reads_the_same_in_every_encoding(classifier, doc):
    """As a fragment it can't say which it is in."""
    found = evaluate.report(classifier, doc, groups=2, methods=["gradcam"])
    assert "…" in str(found)
    html = found.as_html()
    assert html.isascii()
    for part in re.findall(r"<(style|script)>(.*?)</", html, re.DOTALL):
        assert "&#" not in part[1]


def test_words_tell_what_is_counted(found):
    faithful, region = found.sections[1:3]
    foretold = next(one for one in faithful.rows if one.name == "infidelity")
    assert (foretold.better, "foretells" in foretold.meaning) == ("higher", True)
    assert "6 measures" in faithful.verdicts[0]
    assert "max_sensitivity doesn't count" in faithful.verdicts[0]
    blob = next(one for one in region.rows if one.name == "Share inside").controls["centre blob"]
    assert f"a blob in the centre {blob:.0%}".replace("%", " %") in region.verdicts[0]


def test_what_cannot_be_measured_is_told(network, doc):
    """Of logits below 0 no share can be lost."""
    network.get_layer("head").bias.assign(np.full(4, -100.0))
    found = evaluate.report(network, doc, groups=1, methods=["gradcam"])
    told = " ".join(found.sections[1].verdicts)
    assert "confidence_drop could not be measured. Expected a positive score" in told


def test_signals():
    keras.utils.set_random_seed(2)
    layers = keras.layers
    inputs = keras.Input((24, 2))
    x = layers.Conv1D(4, 3, padding="same", activation="relu", name="conv")(inputs)
    # so that all evidence speaks for the target
    head = layers.Dense(3, kernel_initializer="ones")
    outputs = head(layers.GlobalAveragePooling1D()(x))
    model = keras.Model(inputs, outputs, name="signals")
    doc = np.random.default_rng(0).normal(size=(1, 24, 2)).astype("float32")
    found = evaluate.report(model, doc, groups=1)
    assert len(found.sections) == 3
    assert len(found.pictures) == 2
    with pytest.raises(ValueError, match="Expected an explanation with a picture"):
        evaluate.report(model, doc, groups=1, box=(0, 0, 1, 1))


def test_photos_beside():
    """A network that knows red from green, and a photo of each."""
    layers = keras.layers
    inputs = keras.Input((16, 16, 3))
    colours = layers.Conv2D(2, 1, use_bias=False, name="colours")
    x = layers.GlobalAveragePooling2D()(colours(inputs))
    model = keras.Model(inputs, layers.Softmax()(x), name="lights")
    colours.kernel.assign(np.array([[[[9, 0], [0, 9], [0, 0]]]], "float32"))
    red, green = (Image.new("RGB", (20, 16)) for _ in range(2))
    red.paste("red", (5, 4, 15, 12))
    green.paste("lime", (5, 4, 15, 12))
    found = evaluate.report(
        model,
        red,
        methods=["gradcam"],
        beside={"go": green},
        groups=1,
        preprocess=lambda batch: batch / 255,
        target_names=["stop", "go"],
    )
    section = next(one for one in found.sections if "two photos" in one.title)
    assert values(section, "Peak on its photo") == {"gradcam": 1.0}
    assert len(section.pictures) == 4
    assert found.title == "Can the maps of lights for stop be trusted?"


def test_several_inputs_get_no_noise():
    keras.utils.set_random_seed(2)
    layers = keras.layers
    inputs = keras.Input((8, 8, 3)), keras.Input((2,))
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(inputs[0])
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), inputs[1]])
    model = keras.Model(inputs, layers.Dense(3, kernel_initializer="ones")(x))
    doc = [np.random.default_rng(0).normal(size=(1, 8, 8, 3)), np.ones((1, 2))]
    found = evaluate.report(model, doc, groups=np.int64(1), methods=["gradcam"])
    assert [one.title for one in found.sections][2:] == []
    with pytest.raises(TypeError, match="along with `noise`"):
        evaluate.report(model, doc, groups=1, noise=0.1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"groups": "a"}, TypeError, "Expected `groups` to be an integer. Received: 'a'"),
        ({"methods": 3}, TypeError, "Expected `methods` to be a list"),
        ({"method": "gradcam"}, TypeError, "Expected `methods`"),
        ({"methods": []}, ValueError, "one method or more"),
        ({"box": (0, 0, 9, 9)}, ValueError, "inside the picture of 8 x 8"),
        ({"mask": np.ones((3, 3))}, ValueError, "of the picture's size"),
        ({"beside": {}}, TypeError, "Expected `doc` to be a Pillow image"),
        ({"methods": ["gradcom"]}, ValueError, "Did you mean 'gradcam'"),
        ({"targets": [0, 1]}, ValueError, "Received: 2 targets"),
        ({"noise": -1}, ValueError, "Expected `noise`"),
    ],
)
def test_bad_arguments_change_nothing(classifier, doc, arguments, error, message):
    classifier(doc)
    before = fingerprint(classifier)
    with pytest.raises(error, match=message):
        evaluate.report(classifier, doc, **{"groups": 1, **arguments})
    assert fingerprint(classifier) == before
