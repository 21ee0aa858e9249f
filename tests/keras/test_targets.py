import keras
import numpy as np
import pytest

import camlight
from tests.references import array


@pytest.mark.parametrize("target", [2, np.int64(2), np.uint8(2)])
def test_integers_of_any_kind(network, doc, target):
    explained = camlight.explain_prediction(network, doc, targets=[target]).targets[0]
    assert (explained.target, type(explained.target)) == (2, int)


def test_by_default_the_highest_score(network, doc):
    highest = int(array(network(doc)).argmax())
    expected = camlight.explain_prediction(network, doc, targets=[highest])
    assert camlight.explain_prediction(network, doc) == expected


@pytest.mark.parametrize(
    ("targets", "error", "message"),
    [
        (2, TypeError, "list of class indices.* Received: 2 of type int"),
        ({2}, TypeError, "of type set"),
        (np.array([[2]]), TypeError, "of type ndarray"),
        ((), ValueError, r"at least one target. Received: \(\)"),
        ("cat", TypeError, "Received: 'cat' of type str"),
        (["cat"], ValueError, "`target_names` along with.* Received: target 'cat' and no names"),
        ([True], TypeError, "Received: True of type bool"),
        ([np.True_], TypeError, "of type bool"),
        ([2.0], TypeError, "Received: 2.0 of type float"),
        ([None], TypeError, "of type NoneType"),
        ([], ValueError, "at least one target"),
        ([-1], ValueError, "between 0 and 3: the model has 4 outputs. Received: -1"),
        ([4], ValueError, "Received: 4"),
    ],
)
def test_bad_targets(network, doc, targets, error, message):
    with pytest.raises(error, match=message):
        camlight.explain_prediction(network, doc, targets=targets)


@pytest.mark.parametrize("targets", [(2, 1), np.array([2, 1]), range(2, 0, -1)])
def test_any_sequence_of_targets(network, doc, targets):
    found = camlight.explain_prediction(network, doc, targets=targets)
    assert found == camlight.explain_prediction(network, doc, targets=[2, 1])
    assert [type(target.target) for target in found.targets] == [int, int]


def test_a_single_output_is_target_0(doc):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(3, 3)(inputs))
    head = keras.layers.Dense(1, activation="sigmoid", kernel_initializer="ones")
    model = keras.Model(inputs, head(x))
    expected = camlight.explain_prediction(model, doc, targets=[0])
    assert camlight.explain_prediction(model, doc) == expected
    with pytest.raises(ValueError, match="between 0 and 0: the model has 1 output. "):
        camlight.explain_prediction(model, doc, targets=[1])


NAMES = ["tench", "goldfish", "Great White Shark", "hammerhead"]


def test_several_targets_in_one_pass_keep_their_order(network, doc):
    expl = camlight.explain_prediction(network, doc, targets=[3, 0, 3])
    assert [target.target for target in expl.targets] == [3, 0, 3]
    for target in expl.targets:
        alone = camlight.explain_prediction(network, doc, targets=[target.target]).targets[0]
        np.testing.assert_allclose(target.raw_map, alone.raw_map, atol=1e-7)
        assert target.score == alone.score


def test_several_targets_take_one_forward_pass(doc):
    passes = []

    class Counting(keras.layers.Layer):
        def call(self, inputs):
            passes.append(1)
            return inputs * 1.0

    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(3, 3, name="conv")(Counting()(inputs))
    outputs = keras.layers.Dense(9)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, outputs)
    passes.clear()
    assert len(camlight.explain_prediction(model, doc, top_targets=9, layer="conv").targets) == 9
    assert len(passes) == 1


def test_the_highest_scores_first(network, doc):
    scores = array(network(doc))[0]
    expl = camlight.explain_prediction(network, doc, top_targets=3)
    assert [t.target for t in expl.targets] == np.argsort(-scores)[:3].tolist()


@pytest.mark.parametrize(
    "names", [NAMES, tuple(NAMES), np.array(NAMES), dict(enumerate(NAMES)), NAMES.__getitem__]
)
def test_names(network, doc, names):
    asked = ["goldfish", "great white shark", 3]
    expl = camlight.explain_prediction(network, doc, targets=asked, target_names=names)
    assert [t.target for t in expl.targets] == [1, 2, 3]
    assert [t.name for t in expl.targets] == NAMES[1:]
    assert "y=2 Great White Shark (score=" in camlight.format_as_text(expl)
    assert "<bdi>Great White Shark</bdi>" in camlight.format_as_html(expl)
    assert camlight.format_as_dict(expl)["targets"][1]["name"] == "Great White Shark"
    assert set(camlight.format_as_dataframe(expl)["name"]) == set(NAMES[1:])


def test_names_of_some(network, doc):
    expl = camlight.explain_prediction(network, doc, targets=[0, 1], target_names={1: "goldfish"})
    assert [t.name for t in expl.targets] == [None, "goldfish"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"targets": ["shark"], "target_names": NAMES}, ValueError, "Did you mean 'tench'"),
        ({"targets": ["goldfisch"], "target_names": NAMES}, ValueError, "Did you mean 'goldfish'"),
        ({"targets": ["x"], "target_names": ["x", "y", "x", "z"]}, ValueError, "name of 0, 2"),
        ({"target_names": NAMES[:3]}, ValueError, "each of the model's 4 outputs.*3 names"),
        ({"target_names": 7}, TypeError, "Received: 7 of type int"),
        ({"targets": [1], "top_targets": 2}, ValueError, "Received: both"),
        ({"top_targets": 5}, ValueError, "at most 4.* Received: 5"),
        ({"top_targets": 0}, ValueError, "1 or more. Received: 0"),
        ({"top_targets": True}, TypeError, "of type bool"),
        ({"top_targets": 2.0}, TypeError, "of type float"),
    ],
)
def test_bad_names_and_numbers(network, doc, arguments, error, message):
    if arguments.get("targets") == ["shark"]:
        message = "Expected a target's name from `target_names`. Received: 'shark'"
    with pytest.raises(error, match=message):
        camlight.explain_prediction(network, doc, **arguments)


def test_a_function_of_the_output(network, doc):
    """The difference of two classes has the difference of their maps."""

    def cat_or_dog(output):
        return output[:, 1] - output[:, 2]

    expl = camlight.explain_prediction(network, doc, targets=[cat_or_dog, 1, 2])
    difference, cat, dog = expl.targets
    assert (difference.target, difference.name) == ("cat_or_dog", None)
    assert difference.score == pytest.approx(cat.score - dog.score, rel=1e-5)
    np.testing.assert_allclose(difference.raw_map, cat.raw_map - dog.raw_map, atol=1e-6)
    unnamed = camlight.explain_prediction(network, doc, targets=[lambda output: output[:, 1]])
    assert unnamed.targets[0].target == "custom score"


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda output: 3.0, TypeError, "return a tensor.* Received: float"),
        (lambda output: output, ValueError, r"one score for each sample.* shape \(1, 4\)"),
        (lambda output: output.nothing, camlight.ExplanationError, "Received: AttributeError"),
    ],
)
def test_bad_functions(network, doc, function, error, message):
    with pytest.raises(error, match=message):
        camlight.explain_prediction(network, doc, targets=[function])


def test_what_speaks_against(network, doc):
    plain = camlight.explain_prediction(network, doc, targets=[2])
    against = camlight.explain_prediction(network, doc, targets=[2], counterfactual=True)
    np.testing.assert_array_equal(against.targets[0].raw_map, -plain.targets[0].raw_map)
    assert against.targets[0].score == plain.targets[0].score
    assert against.method == "Grad-CAM (counterfactual)"
    assert "lowered the model's score" in against.description
    assert against.targets[0].heatmap.max() == 1


def test_an_output_of_one_number_for_each_sample(doc):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(3, 3, name="conv")(inputs)
    outputs = keras.ops.mean(x, axis=(1, 2, 3))
    model = keras.Model(inputs, outputs)
    expl = camlight.explain_prediction(model, doc)
    assert expl.targets[0].target == 0
    assert expl.targets[0].raw_map.sum() == pytest.approx(expl.targets[0].score, rel=1e-5)
