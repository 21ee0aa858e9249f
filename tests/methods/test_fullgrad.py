"""FullGrad: by hand, and the sum that must be the score."""

import keras
import numpy as np
import pytest

import camlight
from camlight.keras.backends import load_backend
from camlight.methods import fullgrad
from tests.forms.form import Fixed, fixed
from tests.forms.test_forms import FORMS
from tests.references import array


def contributions(model, doc, target=1, **arguments):
    """The picture times its gradient, and each bias times its own."""
    seen = []

    def keep(picture, picture_gradients, bias_gradients):
        seen[:] = [picture * picture_gradients, *bias_gradients]
        return np.ones(picture.shape[:-1])

    expl = camlight.explain_prediction(model, doc, targets=[target], method=keep, **arguments)
    return seen, expl.targets[0].score


class Norm(keras.layers.BatchNormalization):
    """Batch normalization that has been trained for a while."""

    def build(self, shape):
        super().build(shape)
        for seed, weight in enumerate(self.weights):
            value = array(Fixed(seed, 0.3)(weight.shape, "float32"))
            positive = "variance" in weight.path or "gamma" in weight.path
            weight.assign(np.abs(value) + 0.5 if positive else value)


def rectified(data_format="channels_last", head=None):
    """All that adds a constant, and ReLU, pooling and a sum of branches between them."""
    axis = 1 if data_format == "channels_first" else -1
    same = {"padding": "same", "data_format": data_format}
    conv = keras.layers.Conv2D
    inputs = keras.Input((3, 8, 10) if axis == 1 else (8, 10, 3))
    x = keras.layers.Rescaling(2.0, 0.1)(inputs)
    x = conv(4, 3, activation="relu", **same, **fixed(1))(x)
    x = y = keras.layers.ReLU()(Norm(axis=axis)(x))
    x = keras.layers.DepthwiseConv2D(
        3, depthwise_initializer=Fixed(4), bias_initializer=Fixed(5, 0.3), **same
    )(x)
    x = keras.layers.Activation("relu")(Norm(axis=axis, center=False, scale=False)(x))
    x = keras.layers.MaxPooling2D(2, data_format=data_format)(x + y)
    shared = conv(4, 1, activation="relu", **same, **fixed(6))
    x = shared(shared(x))
    x = keras.layers.GlobalAveragePooling2D(data_format=data_format)(x)
    x = keras.layers.Dense(6, activation="relu", **fixed(8))(x)
    return keras.Model(inputs, keras.layers.Dense(3, activation=head, **fixed(9))(x), name="net")


@pytest.mark.parametrize(
    ("head", "data_format"), [(None, "channels_last"), ("softmax", "channels_first")]
)
def test_the_contributions_add_up_to_the_score(rng, head, data_format):
    model = rectified(data_format, head)
    doc = rng.normal(size=(1, *model.input_shape[1:])).astype("float32")
    parts, score = contributions(model, doc, pre_softmax=head is not None)
    total = sum(part.sum(dtype=np.float64) for part in parts)
    assert total == pytest.approx(score, abs=1e-5)
    assert len(parts) == 1 + 9
    assert all(np.abs(part).max() > 1e-6 for part in parts)
    assert [part.shape[:-1] for part in parts] == [(8, 10)] * 6 + [(4, 5)] * 2 + [()] * 2


NAMES = ["subclassed", "inputs as a list", "nested, pooled inside", "Conv1D", "Conv3D"]


@pytest.mark.parametrize("form", [f for f in FORMS if f.name in NAMES], ids=lambda f: f.name)
def test_in_every_form_of_model(form):
    model, doc = form.build(), form.doc()
    parts, score = contributions(model, doc)
    assert len(parts) >= 3
    if form.name != "inputs as a list":  # a second input contributes too
        assert sum(map(np.sum, parts)) == pytest.approx(score, abs=1e-5)
    expl = camlight.explain_prediction(model, doc, targets=[1], method="fullgrad")
    np.testing.assert_allclose(
        expl.targets[0].raw_map,
        fullgrad(parts[0], np.ones_like(parts[0]), parts[1:]),
        rtol=1e-5,
    )
    assert expl.targets[0].raw_map.shape == parts[0].shape[:-1]


def test_what_speaks_against(network, doc):
    plain, _ = contributions(network, doc)
    against, _ = contributions(network, doc, counterfactual=True)
    for one, other in zip(plain, against, strict=True):
        np.testing.assert_allclose(other, -one, rtol=1e-5, atol=1e-7)


def test_by_hand():
    picture = np.array([[[1.0, 2.0], [0.0, -4.0]]])
    gradients = np.array([[[2.0, -1.0], [9.0, 0.5]]])
    # products 2, -2, 0, -2: absolute and scaled 1, 1, 0, 1; the channels added: 2 and 1
    np.testing.assert_allclose(fullgrad(picture, gradients, []), [[2, 1]])
    biases = [np.array([[[1.0]], [[3.0]], [[-2.0]]]), np.array([5.0, 6.0])]
    # 0, 1, 0.5 in three rows for the picture's one, whose centre is the second; a vector has none
    np.testing.assert_allclose(fullgrad(picture, gradients, biases), [[3, 2]])
    constant = [np.full((1, 1, 2), 7.0)]
    np.testing.assert_allclose(fullgrad(picture, gradients, constant), [[2, 1]])


def test_weights_are_read_anew(network, doc):
    for _ in range(load_backend().COMPILE_AT_CALL + 1):
        contributions(network, doc)
    for layer in ("conv", "branch", "head"):
        bias = network.get_layer(layer).bias
        bias.assign(np.linspace(0.5, 1.5, bias.shape[0]))
    parts, score = contributions(network, doc)
    assert sum(part.sum() for part in parts) == pytest.approx(score, abs=1e-5)
