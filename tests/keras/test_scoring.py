"""Variants of a picture, and of what a layer makes of it, run through a model."""

import gc
import weakref

import keras
import numpy as np
import pytest

import camlight
from camlight.keras.measuring import scoring_of
from camlight.keras.quantities.rescore import AT_ONCE, at_once
from camlight.keras.run.hooks import hooked, output_hook
from camlight.methods.ingredients import NUMBERS
from tests.forms.form import Fixed
from tests.notes import Notes
from tests.references import array

SMALL = 10  # pictures of 8 x 8 that go through at once, where `few` says so


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr("camlight.keras.quantities.rescore.AT_ONCE", SMALL)


@keras.saving.register_keras_serializable("tests")
class Heard(keras.layers.Layer):
    """Passes on what it is given, and notes how many rows that had each time its code ran."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.rows = Notes()

    def call(self, inputs):
        self.rows.add(inputs.shape[0])
        return inputs

    def compute_output_shape(self, shape):
        return shape


def model_of(join=None, batch=None):
    inputs = keras.Input(batch_shape=(batch, 8, 8, 3))
    x = Heard(name="before")(inputs)
    first = keras.layers.Conv2D(4, 3, name="first", kernel_initializer=Fixed(1))(x)
    x = keras.layers.Activation("relu", name="relu")(first)
    if join:
        x = join([x, keras.layers.Conv2D(4, 3, kernel_initializer=Fixed(2))(inputs)])
    x = Heard(name="behind")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(3, kernel_initializer=Fixed(3))(x)
    return keras.Model(inputs, keras.layers.Softmax()(x), name="net")


def rows(model, name):
    return model.get_layer(name).rows.taken()


@pytest.mark.parametrize("compile", [True, False, None])
@pytest.mark.parametrize("number", [0, 1, 3, SMALL, 2 * SMALL + 3])
def test_scores_are_the_models_own(few, rng, number, compile):
    model = model_of()
    pictures = rng.normal(size=(number, 8, 8, 3)).astype("float32")
    doc = rng.normal(size=(8, 8, 3))
    scoring = scoring_of(model, doc, [2, 0], compile=compile)
    assert [target.label for target in scoring.targets] == [2, 0]
    np.testing.assert_array_equal(scoring.picture, doc)
    found = scoring.score(pictures)
    expected = array(model(pictures))[:, [2, 0]] if number else np.zeros((0, 2))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(scoring.score(iter(pictures), number), found, atol=1e-7)


def test_only_so_many_pictures_are_held(few):
    """What a generator gives is copied and let go at once."""
    alive, most = weakref.WeakValueDictionary(), []

    class Picture(np.ndarray):
        pass

    def pictures():
        for number in range(4 * SMALL):
            picture = np.zeros((8, 8, 3), "float32").view(Picture)
            alive[number] = picture
            most.append(len(alive))
            yield picture

    scoring_of(model_of(), np.zeros((8, 8, 3), "float32"), [0]).score(pictures())
    assert max(most) <= 2


def test_how_many_are_at_once():
    assert at_once((224, 224, 3)) == 16
    assert at_once((8, 8, 3)) == AT_ONCE
    assert at_once((2000, 2000, 3)) == 1
    assert at_once((224, 224, 3)) * 224 * 224 * 3 <= NUMBERS


def test_the_last_ones_are_filled_up(few, rng):
    """Pictures come in two shapes at most: one alone, for the targets, and so many at once."""
    model = model_of()
    scoring = scoring_of(model, np.zeros((8, 8, 3), "float32"), [0], compile=True)
    rows(model, "before")
    scoring.score(rng.normal(size=(2 * SMALL + 3, 8, 8, 3)))
    assert set(rows(model, "before")) == {SMALL}
    rows(model, "before")
    scoring.score(rng.normal(size=(3, 8, 8, 3)))
    assert set(rows(model, "before")) == {4}


@pytest.mark.parametrize("compile", [True, False])
def test_only_the_tail_runs_on_variants_of_a_layer(few, rng, compile):
    model = model_of()
    found = {}

    def change(activations, score_activations):
        found["activations"] = activations
        variants = rng.normal(size=(SMALL + 2, *activations.shape))
        found["variants"], found["scores"] = variants, score_activations(variants)
        return activations[..., 0]

    doc = rng.normal(size=(8, 8, 3)).astype("float32")
    camlight.explain_prediction(
        model, doc, [1], layer="relu", method=change, compile=compile, pre_softmax=True
    )
    assert rows(model, "before") in ([None, 1], [1])  # None: of the symbols it was made of
    assert SMALL in rows(model, "behind")
    kernel, bias = map(array, model.layers[-2].weights)
    expected = found["variants"].mean(axis=(1, 2)) @ kernel + bias
    np.testing.assert_allclose(found["scores"], expected[:, 1], atol=1e-5)


@pytest.mark.parametrize("outer", ["functional", "sequential", "two outputs", "subclassed"])
@pytest.mark.parametrize("compile", [True, False])
def test_the_tail_of_a_nested_model(few, rng, outer, compile):
    """Without a graph around it the head runs on the one picture again for each portion."""
    model, inner = around(outer)
    doc = rng.normal(size=(1, 8, 8, 3)).astype("float32")
    model(doc)
    found = {}

    def change(activations, score_activations):
        found["variants"] = rng.normal(size=(3 * SMALL, *activations.shape))
        found["scores"] = score_activations(found["variants"])
        return activations[..., 0]

    rows(inner, "before")
    camlight.explain_prediction(
        model, doc, [1], layer=inner.get_layer("relu"), method=change, compile=compile, output=0
    )
    assert len(rows(inner, "before")) == 1 or outer == "subclassed"
    kernel, bias = map(array, inner.layers[-2].weights)
    logits = found["variants"].mean(axis=(1, 2)) @ kernel + bias
    expected = 3 * array(keras.ops.softmax(logits.astype("float32")))
    np.testing.assert_allclose(found["scores"], expected[:, 1], atol=1e-5)


class Scaled(keras.layers.Layer):
    """Three times its input, and something else where it isn't told that it predicts."""

    def call(self, inputs, training=True):
        return inputs * (7 if training else 3)


def around(outer):
    inner = model_of()
    inputs = keras.Input((8, 8, 3))
    if outer == "sequential":
        return keras.Sequential([inputs, inner, Scaled()]), inner
    if outer == "subclassed":
        return Around(inner), inner
    scaled = Scaled()(inner(inputs))
    return keras.Model(inputs, [scaled, -scaled] if outer == "two outputs" else [scaled]), inner


class Around(keras.Model):
    def __init__(self, inner):
        super().__init__()
        self.inner, self.scaled = inner, Scaled()

    def call(self, inputs):
        return self.scaled(self.inner(inputs))


class Doubled(keras.Model):
    """A graph that isn't called as Keras would."""

    def call(self, inputs, training=None, mask=None):
        return 2 * super().call(inputs, training=training)


def test_a_graph_that_is_called_in_a_way_of_its_own(rng):
    inner = model_of()
    model = Doubled(inner.inputs[0], inner.outputs[0])

    def change(activations, score_activations):
        found.append(score_activations(np.stack([activations] * 2)))
        return activations[..., 0]

    found = []
    doc = rng.normal(size=(1, 8, 8, 3)).astype("float32")
    expl = camlight.explain_prediction(model, doc, [1], layer="relu", method=change)
    assert found[0] == pytest.approx(array(model(doc))[0, 1], abs=1e-6)
    assert expl.targets[0].score == pytest.approx(found[0][0], abs=1e-6)


@pytest.mark.parametrize("join", [keras.layers.Add, keras.layers.Concatenate])
@pytest.mark.parametrize("compile", [True, False])
def test_a_branch_beside_the_layer(few, rng, join, compile):
    """What can be joined only row by row runs on as many pictures as there are variants."""
    model, doc = model_of(join()), rng.normal(size=(1, 8, 8, 3)).astype("float32")

    def change(activations, score_activations):
        nonlocal scores
        scores = score_activations(np.stack([activations, 0 * activations, -activations] * 5))
        return activations[..., 0]

    scores = None
    expl = camlight.explain_prediction(
        model, doc, [1], layer="relu", method=change, compile=compile, pre_softmax=True
    )
    assert scores[::3] == pytest.approx(expl.targets[0].score, abs=1e-5)
    without = change_of_score(model, doc)
    assert expl.targets[0].score - scores[1::3] == pytest.approx(without, abs=1e-5)
    assert scores[2::3] - scores[1::3] == pytest.approx(-without, abs=1e-5)


def change_of_score(model, doc):
    """How much of the logit of class 1 comes from the layer: the rest of the model is linear."""
    features = array(keras.Model(model.inputs, model.get_layer("relu").output)([doc]))
    kernel = array(model.layers[-2].kernel)[:4, 1]
    return features.mean(axis=(0, 1, 2)) @ kernel


@pytest.mark.parametrize("compile", [True, False, None])
def test_a_model_that_takes_one_picture_at_a_time(rng, compile):
    model, pictures = model_of(batch=1), rng.normal(size=(5, 8, 8, 3)).astype("float32")
    scoring = scoring_of(model, pictures[0], [1], compile=compile)
    expected = [array(model(picture[np.newaxis]))[0, 1] for picture in pictures]
    np.testing.assert_allclose(scoring.score(pictures)[:, 0], expected, atol=1e-6)


def test_functions_get_one_row_after_another(rng):
    model, pictures = model_of(), rng.normal(size=(5, 8, 8, 3)).astype("float32")
    shapes = []

    def margin(output):
        shapes.append(tuple(output.shape))
        return output[:, 0] - output[:, 1]

    found = scoring_of(model, pictures[0], [margin, 2]).score(pictures)
    expected = array(model(pictures))
    np.testing.assert_allclose(found[:, 0], expected[:, 0] - expected[:, 1], atol=1e-6)
    np.testing.assert_allclose(found[:, 1], expected[:, 2], atol=1e-6)
    assert set(shapes) == {(1, 3)}


def test_before_the_softmax_and_negated(rng):
    model, pictures = model_of(), rng.normal(size=(3, 8, 8, 3)).astype("float32")
    logits = array(keras.Model(model.inputs, model.layers[-2].output)([pictures]))
    found = scoring_of(model, pictures[0], [1], pre_softmax=True).score(pictures)
    np.testing.assert_allclose(found[:, 0], logits[:, 1], atol=1e-5)
    found = scoring_of(model, pictures[0], [1], counterfactual=True).score(pictures)
    np.testing.assert_allclose(found[:, 0], -array(model(pictures))[:, 1], atol=1e-6)


def test_weights_are_read_anew(rng):
    model, pictures = model_of(), rng.normal(size=(3, 8, 8, 3)).astype("float32")
    scoring = scoring_of(model, pictures[0], [1], compile=True)
    scoring.score(pictures)
    model.layers[-2].bias.assign([1.0, 3.0, -2.0])
    np.testing.assert_allclose(scoring.score(pictures)[:, 0], array(model(pictures))[:, 1], 1e-5)


def test_only_the_picture_varies(rng):
    inputs = [keras.Input((8, 8, 3), name="photo"), keras.Input((2,), name="facts")]
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(inputs[0]))
    outputs = keras.layers.Dense(3)(keras.layers.Concatenate()([x, inputs[1]]))
    model = keras.Model(inputs, outputs)
    facts = np.array([[2.0, -1.0]], "float32")
    pictures = rng.normal(size=(4, 8, 8, 3)).astype("float32")
    scoring = scoring_of(model, {"photo": pictures[0], "facts": facts}, [1])
    assert scoring.picture.shape == (8, 8, 3)
    expected = array(model([pictures, np.repeat(facts, 4, axis=0)]))[:, 1]
    np.testing.assert_allclose(scoring.score(pictures)[:, 0], expected, atol=1e-5)


def test_pictures_are_real_numbers_with_the_channels_last():
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Conv2D(2, 3, data_format="channels_first", name="conv")]
    layers += [keras.layers.GlobalAveragePooling2D(data_format="channels_first")]
    model = keras.Sequential([keras.Input((3, 6, 8)), *layers])
    doc = np.arange(3 * 6 * 8, dtype="uint8").reshape(3, 6, 8)
    scoring = scoring_of(model, doc, [lambda output: output[:, 0]])
    np.testing.assert_array_equal(scoring.picture, np.moveaxis(doc, 0, -1))
    assert scoring.picture.dtype == np.float32
    scoring.picture[:] = 0
    assert doc.any()


def test_a_shared_layer_is_replaced_where_it_is_explained(rng):
    """The last of two calls, as the map's own; a model without a graph doesn't say how many."""
    model = Twice()
    doc = rng.normal(size=(1, 8, 8, 3)).astype("float32")
    model(doc)

    def change(activations, score_activations):
        nonlocal scores
        scores = score_activations(np.stack([activations, 0 * activations]))
        return activations[..., 0]

    scores = None
    expl = camlight.explain_prediction(model, doc, [0], layer="conv", method=change)
    once = array(model.conv(doc))
    expected = array(model.head(once.mean(axis=(1, 2))))[0, 0]
    assert scores[0] == pytest.approx(expl.targets[0].score, abs=1e-5)
    assert scores[1] == pytest.approx(expected, abs=1e-5)


class Twice(keras.Model):
    def __init__(self):
        super().__init__()
        conv = {"padding": "same", "kernel_initializer": Fixed(1)}
        self.conv = keras.layers.Conv2D(3, 3, name="conv", **conv)
        self.head = keras.layers.Dense(2, kernel_initializer=Fixed(2))

    def call(self, inputs):
        x = self.conv(inputs)
        return self.head(keras.ops.mean(x + self.conv(x), (1, 2)))


def test_tokens_of_patches_are_replaced_and_others_kept(vit, doc):
    """The head reads the class token, which the last block makes of all patches before it."""

    def change(activations, score_activations):
        nonlocal scores
        scores = score_activations(np.stack([activations, 0 * activations]))
        return activations[..., 0]

    scores = None
    expl = camlight.explain_prediction(vit, doc, [1], layer="add_0", method=change)
    assert expl.targets[0].heatmap.shape == (4, 4)
    assert scores[0] == pytest.approx(expl.targets[0].score, abs=1e-5)
    tokens = array(keras.Model(vit.inputs, vit.get_layer("add_0").output)([doc])).copy()
    tokens[:, 2:] = 0
    assert scores[1] == pytest.approx(array(rest(vit)(tokens))[0, 1], abs=1e-5)


def rest(vit):
    inputs = keras.Input((18, 6))
    x = vit.get_layer("norm_1")(inputs)
    x = inputs + vit.get_layer("attention_1")(x, x)
    return keras.Model(inputs, vit.get_layer("head")(vit.get_layer("norm")(x)[:, 0]))


def test_a_model_without_any_map(rng):
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    pictures = rng.normal(size=(3, 8, 8, 3)).astype("float32")
    found = scoring_of(model, pictures[0], [0]).score(pictures)
    np.testing.assert_allclose(found[:, 0], array(model(pictures))[:, 0], atol=1e-5)


@pytest.mark.parametrize("shape", [(8, 8, 3), (4, 8, 8, 1), (2, 1, 8, 8, 3)])
def test_pictures_of_another_shape(network, doc, shape):
    with pytest.raises(ValueError, match=r"of shape \('N', 8, 8, 3\).*Received: one of shape"):
        scoring_of(network, doc).score(np.zeros(shape))


def test_a_model_that_fails(doc):
    """It fails on many rows, and then on one as well: that is told."""

    def fail(output):
        raise ArithmeticError("broken")

    with pytest.raises(camlight.ExplanationError, match="broken"):
        scoring_of(model_of(), doc, [fail])


def test_nothing_keeps_the_model_alive(doc):
    def change(activations, picture, score_activations, score_pictures):
        score_activations(activations[np.newaxis])
        score_pictures(picture[np.newaxis])
        return activations[..., 0]

    model = model_of()
    camlight.explain_prediction(model, doc, [1], layer="relu", method=change, compile=True)
    alive = weakref.ref(model)
    del model
    keras.backend.clear_session()
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("method", ["fullgrad", "guided_gradcam"])
def test_what_a_method_found_out_is_remembered(network, doc, method):
    """From the second call on something is kept of a model: later ones run it less often."""
    counts = []
    for _ in range(5):
        outputs = []

        def hear(output, outputs=outputs):
            outputs.append(output)
            return output

        with hooked([output_hook(network.get_layer("conv"), hear)]):
            camlight.explain_prediction(network, doc, [1], method=method)
        counts.append(len(outputs))
    assert counts[0] > counts[-1], counts


@pytest.mark.parametrize("method", ["occlusion", "gradient", "smoothgrad"])
def test_grey_pictures_without_an_axis_for_channels(rng, method):
    """They are explained as those with one are."""
    doc = rng.normal(size=(1, 8, 8)).astype("float32")
    with_axis = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(4, 3, kernel_initializer=Fixed(1), activation="relu")(with_axis)
    x = keras.layers.Dense(3, kernel_initializer=Fixed(2))(keras.layers.Flatten()(x))
    inner = keras.Model(with_axis, x)
    without = keras.Input((8, 8))
    model = keras.Model(without, inner(keras.layers.Reshape((8, 8, 1))(without)))
    asked = {"targets": [1], "method": method}
    if method == "occlusion":
        asked["method_options"] = {"size": 2, "stride": 2}
    found = camlight.explain_prediction(model, doc, **asked).targets[0]
    expected = camlight.explain_prediction(inner, doc[..., None], **asked).targets[0]
    assert found.raw_map.shape == (8, 8)
    np.testing.assert_allclose(found.raw_map, expected.raw_map, rtol=1e-4, atol=1e-6)
