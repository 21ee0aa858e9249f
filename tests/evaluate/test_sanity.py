"""Randomizing weights: the map changes or doesn't, as is known; the weights are what they were."""

import json

import keras
import numpy as np
import pytest

from camlight import evaluate
from camlight.evaluate.permutation import permutation_result
from camlight.evaluate.sanity import step_of, verdict_of
from camlight.evaluate.similarity import SIMILARITIES
from camlight.keras import measuring
from tests.fingerprint import fingerprint
from tests.forms.form import Fixed

ORDERS = ("cascading", "independent")


def edges(activations, gradients):
    """An edge detector of the picture: it never asks the model."""
    return np.abs(np.diff(_picture, axis=0, append=0)).sum(-1)


_picture = np.random.default_rng(5).normal(size=(8, 8, 3))


@pytest.fixture(scope="module")
def bars():
    """Pictures of a bar: class 0 upright, 1 level, anywhere; with noise."""
    rng = np.random.default_rng(0)
    pictures = rng.normal(scale=0.2, size=(64, 8, 8, 3)).astype("float32")
    labels = rng.integers(0, 2, 64)
    for picture, label in zip(pictures, labels, strict=True):
        row, column = rng.integers(0, 6, 2)
        picture[
            (slice(row, row + 3), column) if label == 0 else (row, slice(column, column + 3))
        ] += 2
    return pictures, labels


def fitted(pictures, labels, epochs=4):
    """A network that learns its labels by heart, whatever they say; ten times in each epoch."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(16, 3, padding="same", activation="relu", name="first"),
            layers.BatchNormalization(name="norm"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="last"),
            layers.Flatten(),
            layers.Dense(2, name="head"),
        ],
        name="bars",
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.005), loss, jit_compile=False)
    # few long epochs: what Keras does between two of them takes longer than they do
    pictures, labels = np.tile(pictures, (10, 1, 1, 1)), np.tile(labels, 10)
    model.fit(pictures, labels, epochs=epochs, batch_size=32, verbose=0)
    return model


@pytest.fixture(scope="module")
def by_heart():
    """Trains longer, once for the same labels."""
    models = {}

    def train(pictures, labels):
        key = labels.tobytes()
        if key not in models:
            models[key] = fitted(pictures, labels, 6)
        return models[key]

    return train


@pytest.fixture(scope="module")
def trained(bars):
    return fitted(*bars)


@pytest.mark.parametrize("order", ORDERS)
def test_weights_come_back_bit_for_bit(trained, bars, order):
    before = fingerprint(trained)
    evaluate.randomization(trained, bars[0][0], order=order, similarities="spearman")
    assert fingerprint(trained) == before


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("error", [ArithmeticError("inside"), KeyboardInterrupt()])
def test_weights_come_back_after_an_error(trained, bars, order, error):
    before = fingerprint(trained)
    seen = []

    def failing(activations, gradients):
        changed = fingerprint(trained) != before
        seen.append(changed)
        if len(seen) == 3:
            raise error
        return activations.sum(-1)

    with pytest.raises(type(error)):
        evaluate.randomization(trained, bars[0][0], order=order, method=failing)
    assert seen == [False, True, True]
    assert fingerprint(trained) == before


@pytest.mark.parametrize("order", ORDERS)
def test_weights_come_back_after_an_error_of_what_compares(trained, bars, order, monkeypatch):
    before, changed = fingerprint(trained), []

    def interrupted(left, right):
        changed.append(fingerprint(trained) != before)
        raise KeyboardInterrupt

    monkeypatch.setitem(SIMILARITIES, "spearman", interrupted)
    with pytest.raises(KeyboardInterrupt) as held:
        evaluate.randomization(trained, bars[0][0], order=order, similarities="spearman")
    # while the error, with the frames that it holds, is still there
    assert held.tb is not None
    assert fingerprint(trained) == before
    assert changed == [True]


def test_weights_come_back_though_interrupted_meanwhile(trained, monkeypatch):
    before = fingerprint(trained)
    plain = keras.Variable.assign
    interrupts = iter([False, True, False, True])

    def assign(self, value):
        if next(interrupts, False):
            raise KeyboardInterrupt
        return plain(self, value)

    def interrupted():
        with measuring.kept(trained.weights):
            measuring.shuffle(trained.weights, np.random.default_rng(0))
            monkeypatch.setattr(keras.Variable, "assign", assign)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    monkeypatch.undo()
    assert fingerprint(trained) == before


def test_statistics_are_shuffled_too(trained):
    [norm] = [v for v in trained.weights if "moving_variance" in v.path]
    before = np.array(keras.ops.convert_to_numpy(norm.value))
    with measuring.kept(trained.weights):
        measuring.shuffle(trained.weights, np.random.default_rng(0))
        after = keras.ops.convert_to_numpy(norm.value)
        assert (after != before).any()
        np.testing.assert_array_equal(np.sort(after), np.sort(before))


def test_groups_from_the_output_down(trained, bars):
    names = lambda most: [g.layers for g in measuring.weight_groups(trained, bars[0][0], most)]  # noqa: E731
    assert names(None) == [("head",), ("last",), ("norm",), ("first",)]
    assert names(3) in (
        [("head",), ("last",), ("norm", "first")],
        [("head",), ("last", "norm"), ("first",)],
    )
    assert names(1) == [("head", "last", "norm", "first")]
    every = [v for g in measuring.weight_groups(trained, bars[0][0], 2) for v in g.variables]
    assert {id(v) for v in every} == {id(v) for v in trained.weights}
    assert len(every) == len(trained.weights)


@pytest.fixture
def forked():
    """A network with two heads: below one of them a nested graph, of whose ends it takes one."""
    layers = keras.layers
    inner = keras.Input((8, 8, 4))
    ends = [layers.Conv2D(4, 1, name=name)(inner) for name in ("taken", "idle")]
    nested = keras.Model(inner, ends, name="nested")
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same", name="conv")(inputs)
    y = layers.Flatten(name="flat")(nested(x)[0])
    heads = [layers.Dense(2, name="a")(y), layers.Dense(3, name="b")(layers.Flatten()(x))]
    return keras.Model(inputs, heads, name="forked")


def test_layers_that_the_output_does_not_come_from_are_no_steps(forked, doc):
    def steps(**how):
        groups = measuring.weight_groups(forked, doc, None, **how)
        return [path for group in groups for path in group.layers]

    assert steps() == ["a", "nested/taken", "conv"]
    assert steps(output="b") == steps(output=1) == ["b", "conv"]
    found = evaluate.randomization(forked, doc, output="b", similarities="spearman")
    assert [step.layers for step in found.steps] == [("b",), ("conv",)]


class Late(keras.Model):
    """A model that names its layers in another order than it calls them."""

    def __init__(self):
        super().__init__(name="late")
        self.head = keras.layers.Dense(2, kernel_initializer=Fixed(1), name="head")
        self.conv = keras.layers.Conv2D(3, 3, kernel_initializer=Fixed(2), name="conv")
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    def call(self, inputs):
        return self.head(keras.ops.mean(self.conv(inputs), (1, 2))) * self.scale


def test_a_subclassed_model_in_the_order_in_which_it_runs(doc):
    model = Late()
    model(doc)
    before = fingerprint(model)
    found = evaluate.randomization(model, doc, groups=None, similarities="spearman")
    assert [step.layers for step in found.steps] == [("head",), ("conv",), ("late",)]
    assert fingerprint(model) == before


def test_a_trained_networks_map_changes(trained, bars):
    """Mean over some pictures: a single random draw scatters."""
    found = [
        evaluate.randomization(trained, doc, method="hirescam", similarities="spearman", seed=i)
        for i, doc in enumerate(bars[0][:6])
    ]
    last = [one.steps[-1].similarities["spearman"] for one in found]
    assert np.mean(last) < 0.4
    assert sum("the map changed:" in one.verdict for one in found) >= 3
    assert not any("hardly" in one.verdict for one in found)


@pytest.mark.parametrize("order", ORDERS)
def test_an_edge_detectors_map_stays(trained, bars, order):
    found = evaluate.randomization(trained, bars[0][0], method=edges, order=order)
    assert all(value == pytest.approx(1) for s in found.steps for value in s.similarities.values())
    assert "hardly changed" in found.verdict
    assert max(found.control.values()) < 0.6


def test_the_random_controls_map_stays(trained, bars):
    found = evaluate.randomization(trained, bars[0][0], method="random")
    assert all(value == pytest.approx(1) for s in found.steps for value in s.similarities.values())
    assert "hardly changed" in found.verdict


def test_seeds(trained, bars):
    def numbers(seed):
        found = evaluate.randomization(trained, bars[0][0], seed=seed, similarities="spearman")
        return [step.similarities["spearman"] for step in found.steps]

    assert numbers(3) == numbers(3) != numbers(4)


def test_a_map_that_becomes_constant_is_told(trained, bars):
    calls = []

    def fading(activations, gradients):
        calls.append(1)
        return activations.sum(-1) if len(calls) == 1 else np.zeros((8, 8))

    found = evaluate.randomization(trained, bars[0][0], method=fading)
    assert np.isnan(list(found.steps[0].similarities.values())).all()
    assert "nothing could be compared" in found.verdict
    assert "none" in str(found)
    assert (
        json.loads(json.dumps(found.as_dict(), allow_nan=False))["rows"][0]["values"]["ssim"]
        is None
    )


def steps(values):
    return [step_of((f"l{i}",), {"spearman": value}) for i, value in enumerate(values)]


def test_words_go_with_the_numbers():
    def verdict(*values):
        return verdict_of("cascading", steps(values))

    assert "the map hardly changed" in verdict(0.2, 0.9)
    assert "the map changed:" in verdict(0.6, 0.4)
    assert "in part" in verdict(0.6, 0.5)
    assert "0.50" in verdict(0.6, 0.6, 0.6, 0.4, 0.5, 0.6)


@pytest.mark.parametrize("values", [(0.9, 0.1, 0.1), (0.9, 0.8, 0.3, 0.1)])
def test_a_map_that_outlives_the_answer_is_told(values):
    """As guided backpropagation's does: the answer is gone with the last layer."""
    found = verdict_of("cascading", steps(values))
    assert "the map changed late" in found
    assert f"{np.mean(values[: len(values) // 2]):.2f}, and only" in found


def test_a_map_whose_sign_alone_turns_has_not_changed(trained, bars):
    calls, first = [], np.random.default_rng(0).uniform(0.1, 1, (8, 8))

    def map_of(activations, gradients):
        calls.append(1)
        return first if len(calls) == 1 else -first

    found = evaluate.randomization(trained, bars[0][0], method=map_of, similarities=["spearman"])
    assert {value for one in found.steps for value in one.similarities.values()} == {-1, 1}
    assert "hardly changed" in found.verdict


@pytest.mark.parametrize("values", [(0.9, 0.9), (0.9, 0.1), (0.1, 0.1), (0.1, 0.5)])
def test_a_verdict_is_about_one_draw(values):
    """And its number about half of the steps, so that it is found in the table."""
    cascading = verdict_of("cascading", steps(values))
    assert "In this draw" in cascading
    assert "half of the steps" in cascading
    independent = verdict_of("independent", steps(values))
    assert independent.startswith("In this draw")


@pytest.mark.parametrize(
    ("values", "words"),
    [((np.nan, np.nan), "2 of 2 maps were empty"), ((np.nan, 0.1), "1 of 2 maps were empty")],
)
def test_an_empty_map_has_not_changed(values, words):
    found = verdict_of("independent", steps(values))
    assert words in found
    assert "whichever" not in found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"order": "upwards"}, "'cascading' or 'independent'"),
        ({"groups": 0}, "1 or more"),
        ({"similarities": ["pearson"]}, "Expected `similarities`"),
        ({"targets": [0, 1]}, "Received: 2 targets"),
    ],
)
def test_bad_arguments_change_nothing(trained, bars, arguments, message):
    before = fingerprint(trained)
    with pytest.raises(ValueError, match=message):
        evaluate.randomization(trained, bars[0][0], **arguments)
    assert fingerprint(trained) == before


@pytest.mark.parametrize("arguments", [{"similarities": 3}, {"groups": "a"}, {"groups": 1.5}])
def test_arguments_of_another_type(trained, bars, arguments):
    [name] = arguments
    with pytest.raises(TypeError, match=f"Expected `{name}` .* Received: "):
        evaluate.randomization(trained, bars[0][0], **arguments)


def test_labels(bars, by_heart):
    found = evaluate.label_permutation(by_heart, *bars, method="hirescam", similarities="spearman")
    assert found.accuracies[0] == 1
    assert found.accuracies[1] > 0.9
    assert len(found.similarities) == 8
    assert found.means["spearman"] < 0.6
    assert found.chance == max(bars[1].mean(), 1 - bars[1].mean())
    assert "no result" not in found.verdict
    assert "Labels learned: true 100 %" in str(found)
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["verdicts"] == [found.verdict]


@pytest.mark.parametrize(
    ("accuracies", "chance", "unlearned"),
    [
        ((0.525, 0.45), 0.5, "the true labels and the permuted labels were not learned"),
        ((1.0, 0.74), 0.5, "the permuted labels were not learned"),
        ((0.9, 1.0), 0.9, "the true labels were not learned"),
        ((1.0, 0.75), 0.5, ""),
        (None, 0.0, ""),
    ],
)
def test_what_was_not_learned_tells_nothing(accuracies, chance, unlearned):
    """To be learned, it takes half of what the commonest class leaves: 0.75 of two, 0.95 of 0.9."""
    numbers = {"spearman": 0.9, "ssim": float("nan")}
    found = permutation_result([numbers], accuracies, chance)
    assert ("no result" in found.verdict) == bool(unlearned)
    assert unlearned in found.verdict
    assert ("isn't known" in str(found)) == (accuracies is None)
    assert found.as_dict()["means"] == {"spearman": 0.9, "ssim": None}


def test_labels_that_edges_ignore(bars, by_heart):
    found = evaluate.label_permutation(
        by_heart, *bars, docs=bars[0][:2], method=edges, similarities="spearman"
    )
    assert found.means["spearman"] == 1
    assert "hardly changed" in found.verdict


def test_bad_labels(bars):
    with pytest.raises(ValueError, match="Received: 64 and 5"):
        evaluate.label_permutation(fitted, bars[0], bars[1][:5])
    with pytest.raises(TypeError, match="Expected `train` to be a function"):
        evaluate.label_permutation(None, *bars)
    with pytest.raises(ValueError, match="Received: 64 that are all the same"):
        evaluate.label_permutation(fitted, bars[0], np.zeros(64, int))
    with pytest.raises(ValueError, match="one that changes none"):
        evaluate.label_permutation(fitted, bars[0][:3], np.array([0, 0, 1]), seed=1)
    with pytest.raises(ValueError, match="Expected `docs`, one picture or more"):
        evaluate.label_permutation(fitted, *bars, docs=[])
