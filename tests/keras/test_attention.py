"""What attention shows, against the same networks in NumPy."""

from contextlib import ExitStack
from functools import partial

import keras
import numpy as np
import pytest

import camlight
from camlight.keras.backends import load_backend
from camlight.keras.run.hooks import hooked, input_hook
from tests.fingerprint import fingerprint
from tests.forms.arithmetic import (
    attended,
    attention_weights,
    conv,
    derivative,
    gelu,
    layer_norm,
    softmax,
)
from tests.forms.families import CLASSIFIERS
from tests.forms.form import fixed, one, picture, weights
from tests.forms.tokens import WIDTH, vit
from tests.references import array

# with random weights, the evidence may all speak against a class
pytestmark = pytest.mark.filterwarnings("ignore::camlight.ExplanationWarning")

SIZE = (4, 6)
"""Of the picture: patches of 2 x 2 pixels lie in a grid of 2 x 3."""


def shown(model, doc, **arguments):
    """What a method is given: attention, its gradients, and the grid, for each target."""
    seen = []

    def keep(attentions, attention_gradients, token_grid):
        seen.append((attentions, attention_gradients, token_grid))
        return np.ones(token_grid)

    camlight.explain_prediction(model, doc, method=keep, **arguments)
    return seen


def in_numpy(w, doc, extra, nudge=(0.0, 0.0)):
    """The two-block transformer of `tests.forms.tokens`: attention of each block, and scores.

    `w` are its weights; `nudge` is added to what attention gives.
    """
    x = conv(one(doc), *w["patches"], strides=2).reshape(-1, WIDTH)
    if extra:
        learned, places = (weight[0] for weight in w["prepend"])
        x = np.concatenate([learned, x]) + places
    attentions = []
    for name, more in zip(("first", "second"), nudge, strict=True):
        y = layer_norm(x, *w[f"{name}_before"])
        own = w[f"{name}_attention"]
        attentions.append(attention_weights(y, *own))
        x = x + attended(attentions[-1] + more, y, *own[4:])
        y = gelu(layer_norm(x, *w[f"{name}_behind"]) @ w[f"{name}_wide"][0] + w[f"{name}_wide"][1])
        x = x + y @ w[f"{name}_narrow"][0] + w[f"{name}_narrow"][1]
    x = layer_norm(x, *w["norm"])
    kernel, bias = w["head"]
    return attentions, (x[0] if extra else x.mean(axis=0)) @ kernel + bias


@pytest.mark.parametrize("extra", [0, 1, 5])
def test_attention_and_its_gradients(extra):
    """On every backend: they agree, as each agrees with NumPy."""
    model, doc = vit(extra, SIZE), picture(size=SIZE)
    own = weights(model)
    expected, _ = in_numpy(own, doc, extra)
    targets = [1, 3]
    by_differences = []
    for block in range(2):

        def scores(more, block=block):
            nudge = [0.0, 0.0]
            nudge[block] = more
            return in_numpy(own, doc, extra, nudge)[1][targets]

        by_differences.append(derivative(scores, np.zeros_like(expected[block])))
    for compile in (False, True):
        found = shown(model, doc, targets=targets, compile=compile)
        for attentions, _, grid in found:
            assert grid == (2, 3)
            np.testing.assert_allclose(attentions, expected, rtol=1e-5, atol=1e-6)
        for block in range(2):
            gradients = [one[1][block] for one in found]
            np.testing.assert_allclose(gradients, by_differences[block], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("extra", [0, 2])
def test_rollout_from_end_to_end(extra):
    model, doc = vit(extra, SIZE), picture(size=SIZE)
    first, second = (
        0.5 * a.mean(axis=0) + 0.5 * np.eye(6 + extra)
        for a in in_numpy(weights(model), doc, extra)[0]
    )
    rolled = second @ first
    row = rolled[0] if extra else rolled.mean(axis=0)
    expl = camlight.explain_prediction(model, doc, targets=[0, 2], method="rollout")
    for target in expl.targets:
        np.testing.assert_allclose(target.raw_map, row[extra:].reshape(2, 3), rtol=1e-5)
    assert expl.method == "Attention rollout"
    assert expl.layer is None
    assert "whatever the target" in expl.description


def test_legrad_for_and_against():
    model, doc = vit(1, SIZE), picture(size=SIZE)
    [(_, gradients, _)] = shown(model, doc, targets=[2], compile=False)
    [(_, against, _)] = shown(model, doc, targets=[2], counterfactual=True, compile=False)
    np.testing.assert_allclose(against, np.negative(gradients), rtol=1e-6, atol=1e-7)
    for sign in (1, -1):
        asked = {"targets": [2], "method": "legrad", "counterfactual": sign < 0}
        expl = camlight.explain_prediction(model, doc, **asked)
        blocks = [np.maximum(sign * g, 0).sum(axis=(0, 1)) / (2 * 7) for g in gradients]
        expected = np.mean(blocks, axis=0)[1:].reshape(2, 3)
        np.testing.assert_allclose(expl.targets[0].raw_map, expected, rtol=1e-5, atol=1e-7)


def test_logits_of_a_model_that_ends_in_a_softmax():
    plain = vit(1, SIZE)
    model = keras.Model(plain.inputs, keras.layers.Softmax()(plain.outputs[0]))
    doc = picture(size=SIZE)
    [(_, expected, _)] = shown(plain, doc, targets=[2])
    [(_, gradients, _)] = shown(model, doc, targets=[2], pre_softmax=True)
    np.testing.assert_allclose(gradients, expected, rtol=1e-4, atol=1e-6)
    [(_, behind, _)] = shown(model, doc, targets=[2])
    assert not np.allclose(behind, expected, rtol=1e-2, atol=1e-6)


def test_a_function_as_a_target_and_the_highest_scores():
    model, doc = vit(1, SIZE), picture(size=SIZE)
    every = [gradients for _, gradients, _ in shown(model, doc, targets=[0, 1, 2, 3])]
    order = np.argsort(-array(model(doc))[0])[:2]
    top = [gradients for _, gradients, _ in shown(model, doc, top_targets=2)]
    np.testing.assert_allclose(top, [every[number] for number in order], rtol=1e-5, atol=1e-7)
    [(_, both, _)] = shown(model, doc, targets=[lambda output: output[:, 0] + output[:, 1]])
    np.testing.assert_allclose(both, np.add(every[0], every[1]), rtol=1e-4, atol=1e-6)


def test_in_batches_too():
    model = vit(1, SIZE)
    docs = np.concatenate([picture(seed, SIZE) for seed in range(3)])
    many = list(camlight.explain_predictions(model, docs, targets=[2], method="legrad"))
    assert len(many) == 3
    for number, expl in enumerate(many):
        alone = camlight.explain_prediction(model, docs[number], targets=[2], method="legrad")
        np.testing.assert_allclose(
            expl.targets[0].raw_map, alone.targets[0].raw_map, rtol=1e-4, atol=1e-7
        )


def looking_at(patch):
    """A transformer of 4 x 4 patches that all look, in both blocks, for the reddest one.

    Queries are the same for all; a key grows with the redness, which stands in channel 0; what is
    taken of it goes into channel 1, which the head reads.
    """
    model = vit(1, (8, 8))
    zeros = {layer.name: [np.zeros_like(array(v)) for v in layer.weights] for layer in model.layers}
    zeros["patches"][0][:, :, 0, 0] = 0.25
    for name in ("first", "second"):
        zeros[f"{name}_before"][0][:] = 1
        zeros[f"{name}_behind"][0][:] = 1
        _, q_bias, key, _, value, _, output, _ = zeros[f"{name}_attention"]
        q_bias[:, 0] = 1
        key[0, :, 0] = 5
        value[0, :, 0] = 0.5
        output[:, 0, 1] = 0.5
    zeros["prepend"][0][..., 2] = 1  # so that the class token isn't empty
    zeros["norm"][0][:] = 1
    zeros["head"][0][1, 1] = 1
    for layer in model.layers:
        layer.set_weights(zeros[layer.name])
    doc = np.zeros((1, 8, 8, 3), "float32")
    row, column = patch
    doc[0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2, 0] = 4
    return model, doc


@pytest.mark.parametrize("method", ["rollout", "legrad"])
@pytest.mark.parametrize("patch", [(0, 0), (1, 3), (3, 2)])
def test_planted_evidence(method, patch):
    model, doc = looking_at(patch)
    heatmap = camlight.explain_prediction(model, doc, [1], method=method).targets[0].heatmap
    assert np.unravel_index(heatmap.argmax(), heatmap.shape) == patch
    assert np.sort(heatmap.ravel())[-2] < 0.2


@pytest.mark.parametrize(
    "name", ["ViT", "ViT, wide", "ViT, mean of the patches", "DeiT", "DeiT, wide"]
)
def test_those_of_keras_hub(name):
    """Against the scores that Keras's own layer returns when it is asked for them."""
    model = CLASSIFIERS[name]()
    doc = np.random.default_rng(0).normal(size=(1, *model.input_shape[1:])).astype("float32")
    kind = keras.layers.MultiHeadAttention
    given = []

    def note(layer, x):
        given.append((layer, x))
        return x

    with ExitStack() as stack:
        for layer in model._flatten_layers():
            if isinstance(layer, kind):
                stack.enter_context(hooked([input_hook(layer, "call", partial(note, layer))]))
        model(doc)
    expected = [array(layer(x, x, return_attention_scores=True)[1])[0] for layer, x in given]
    [(attentions, gradients, grid)] = shown(model, doc, targets=[1])
    assert grid == ((2, 4) if "wide" in name else (4, 4))
    np.testing.assert_allclose(attentions, expected, rtol=1e-4, atol=1e-6)
    assert all(np.abs(gradient).max() > 0 for gradient in gradients)


class OwnAttention(keras.layers.Layer):
    """Attention of one head, written by hand around some softmax."""

    def __init__(self, attend, **kwargs):
        super().__init__(**kwargs)
        self.attend = attend
        self.softmax = keras.layers.Softmax(name="softmax")
        self.mix = keras.layers.Dense(WIDTH, name="mix", **fixed(8))

    def call(self, x):
        mixed = self.mix(x)
        return x + self.attend(self, mixed, x)


def by_layer(layer, query, value):
    scores = keras.ops.einsum("btd,bsd->bts", query, value)
    return keras.ops.matmul(layer.softmax(scores[:, None])[:, 0], value)


def by_function(layer, query, value):
    scores = keras.ops.einsum("btd,bsd->bts", query, value)
    return keras.ops.matmul(keras.ops.softmax(scores, axis=2), value)


def by_kernel(layer, query, value):
    heads = keras.ops.dot_product_attention(
        query[:, :, None], value[:, :, None], value[:, :, None], scale=1.0
    )
    return heads[:, :, 0]


@pytest.mark.parametrize("attend", [by_layer, by_function, by_kernel])
def test_attention_written_by_hand(attend):
    inputs = keras.Input((*SIZE, 3))
    x = keras.layers.Conv2D(WIDTH, 2, strides=2, name="patches", **fixed(1))(inputs)
    x = keras.layers.Reshape((6, WIDTH))(x)
    layer = OwnAttention(attend, name="own")
    x = layer(layer(x))  # two blocks of one layer
    x = keras.layers.GlobalAveragePooling1D()(x)
    model, doc = keras.Model(inputs, keras.layers.Dense(4)(x)), picture(size=SIZE)
    [(attentions, _, grid)] = shown(model, doc, targets=[1])
    w = weights(model)
    tokens = conv(one(doc), *w["patches"], strides=2).reshape(-1, WIDTH)
    assert len(attentions) == 2
    for attention in attentions:
        expected = softmax((tokens @ w["mix"][0] + w["mix"][1]) @ tokens.T)
        np.testing.assert_allclose(attention[0], expected, rtol=1e-4, atol=1e-6)
        tokens = tokens + expected @ tokens
    assert grid == (2, 3)


def test_attention_in_the_graph_and_of_grouped_queries():
    inputs = keras.Input((*SIZE, 3))
    x = keras.layers.Conv2D(WIDTH, 2, strides=2, name="patches", **fixed(1))(inputs)
    x = keras.layers.Reshape((6, WIDTH))(x)
    y = keras.ops.softmax(keras.ops.einsum("btd,bsd->bts", x, x))
    x = x + keras.ops.matmul(y, x)
    x = x + keras.layers.GroupQueryAttention(3, 4, 2, name="grouped", **fixed(9))(x, x)
    x = keras.layers.GlobalAveragePooling1D()(x)
    model, doc = keras.Model(inputs, keras.layers.Dense(4)(x)), picture(size=SIZE)
    [(attentions, _, _)] = shown(model, doc, targets=[1])
    w = weights(model)
    tokens = conv(one(doc), *w["patches"], strides=2).reshape(-1, WIDTH)
    expected = softmax(tokens @ tokens.T)
    np.testing.assert_allclose(attentions[0][0], expected, rtol=1e-4, atol=1e-6)
    query, q_bias, key, k_bias = w["grouped"][:4]
    grouped = [np.repeat(part, 2, axis=-2) for part in (key, k_bias)]
    expected = attention_weights(tokens + expected @ tokens, query, q_bias, *grouped)
    np.testing.assert_allclose(attentions[1], expected, rtol=1e-4, atol=1e-6)


def test_the_model_is_left_as_it_was():
    model, doc = vit(1, SIZE), picture(size=SIZE)
    model(doc)
    before = fingerprint(model)
    for method in ("rollout", "legrad"):
        camlight.explain_prediction(model, doc, targets=[1], method=method)
    with pytest.raises(ValueError, match="no more cells than the attention has tokens, 7"):
        camlight.explain_prediction(model, doc, method="legrad", grid=(3, 3))
    assert fingerprint(model) == before


def test_a_changed_weight_is_seen():
    model, doc = vit(1, SIZE), picture(size=SIZE)
    for seed in range(load_backend().COMPILE_AT_CALL + 1):
        for variable in model.get_layer("second_attention").weights:
            values = np.random.default_rng(seed).normal(size=variable.shape)
            variable.assign(values.astype("float32"))
        [(attentions, _, _)] = shown(model, doc, targets=[1])
        expected, _ = in_numpy(weights(model), doc, 1)
        np.testing.assert_allclose(attentions, expected, rtol=1e-4, atol=1e-6)


def test_the_grid_that_the_user_gives():
    model, doc = vit(1, SIZE), picture(size=SIZE)
    found = camlight.explain_prediction(model, doc, [1], method="legrad").targets[0].raw_map
    given = camlight.explain_prediction(model, doc, [1], method="legrad", grid=(3, 2)).targets[0]
    np.testing.assert_allclose(given.raw_map, found.reshape(3, 2), rtol=1e-6)


@pytest.mark.parametrize("method", ["rollout", "legrad"])
def test_convolutional_networks_have_none(network, doc, method):
    message = f"method `{method}`. Received: model `network`, in which no attention.*gradcam"
    with pytest.raises(ValueError, match=message):
        camlight.explain_prediction(network, doc, method=method)


def test_a_segmentation_has_none(doc):
    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(8, 1, activation="softmax")(inputs))
    with pytest.raises(ValueError, match="in which no attention is seen"):
        camlight.explain_prediction(
            model, doc, [lambda output: output[:, 0, 0, 0]], method="rollout"
        )


@pytest.mark.parametrize(
    ("name", "shape"),
    [("MiT", r"\(1, 1, 256, 64\)"), ("SwinTransformer", r"\(16, 1, 16, 16\)")],
)
def test_windows_and_pooled_tokens_are_refused(name, shape):
    model = CLASSIFIERS[name]()
    with pytest.raises(ValueError, match=f"a softmax gives {shape}.*Choose.*gradcam"):
        camlight.explain_prediction(model, np.ones((1, 64, 64, 3), "float32"), method="rollout")


def test_fewer_tokens_in_a_later_block():
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Reshape((16, WIDTH))(keras.layers.Conv2D(WIDTH, 2, 2)(inputs))
    for _ in range(2):
        x = keras.layers.AveragePooling1D(2)(keras.layers.MultiHeadAttention(1, 2)(x, x))
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(x)))
    with pytest.raises(ValueError, match="different numbers of tokens, 8, 16"):
        camlight.explain_prediction(model, np.ones((1, 8, 8, 3), "float32"), method="rollout")
