"""CAM: where the model has the form that it was made for, and what is said where it hasn't."""

import keras
import numpy as np
import pytest

import camlight
from tests.forms.form import conv2d, dense
from tests.forms.test_forms import FORMS
from tests.references import array

BY_NAME = {form.name: form for form in FORMS}
FIT = [
    "functional, Add layer",
    "functional, x + y",
    "Sequential, unbuilt",
    "nested, pooled inside",
    "nested, pooled outside",
    "nested in Sequential",
    "three deep",
    "outputs as a dict, by name",
    "channels first",
    "Conv1D",
    "Conv3D",
    "mean of the patches",
    "Activation layer",
    "nested head",
]


@pytest.mark.parametrize("form", [BY_NAME[name] for name in FIT], ids=lambda form: form.name)
def test_it_is_gradcam_of_the_logit_times_the_number_of_cells(form):
    model, doc = form.build(), form.doc()
    plain, cam = (
        camlight.explain_prediction(model, doc, **form.arguments, method=method).targets[0]
        for method in ("gradcam", "cam")
    )
    expected = plain.raw_map * plain.raw_map.size
    np.testing.assert_allclose(cam.raw_map, expected, atol=1e-5 * np.abs(expected).max())


def pooled(*between, head=None):
    inputs = keras.Input((8, 8, 3))
    x = conv2d()(inputs)
    for layer in between:
        x = layer(x)
    return keras.Model(inputs, (head or dense())(x), name="net")


def average(**arguments):
    return keras.layers.GlobalAveragePooling2D(name="pool", **arguments)


@pytest.mark.parametrize(
    "between",
    [
        lambda: [average()],
        lambda: [keras.layers.SpatialDropout2D(0.5), average(), keras.layers.Dropout(0.5)],
        lambda: [average(keepdims=True), keras.layers.Flatten()],
        lambda: [average(keepdims=True), keras.layers.Reshape((5,))],
    ],
)
@pytest.mark.parametrize("activation", [None, "softmax", "sigmoid"])
@pytest.mark.parametrize("sign", [1, -1])
def test_its_mean_and_the_bias_are_the_logit(doc, between, activation, sign):
    model = pooled(*between(), head=dense(activation=activation))
    arguments = {"method": "cam", "layer": "conv", "counterfactual": sign < 0}
    target = camlight.explain_prediction(model, doc, targets=[3], **arguments).targets[0]
    logit = target.raw_map.mean() * sign + array(model.get_layer("head").bias)[3]
    if activation is None:
        assert target.score == pytest.approx(logit, rel=1e-5)
    if activation == "sigmoid":
        assert target.score == pytest.approx(1 / (1 + np.exp(-logit)), rel=1e-5)


def test_a_saturated_softmax_does_not_matter(doc):
    model = pooled(average(), head=dense(activation="softmax"))
    model.get_layer("head").bias.assign([200.0, 0.0, 0.0, 0.0])
    expl = camlight.explain_prediction(model, doc, targets=[1], method="cam")
    assert expl.warnings == []
    assert expl.targets[0].heatmap.max() == 1


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__(name="net")
        self.conv, self.pool, self.head = conv2d(), average(), dense()

    def call(self, inputs):
        return self.head(self.pool(self.conv(inputs)))


def relu():
    return keras.layers.ReLU(name="relu")


@pytest.mark.parametrize(
    ("build", "arguments", "received"),
    [
        (lambda: pooled(keras.layers.Flatten(name="flat")), {}, "layer `head` (Dense) behind"),
        (
            lambda: pooled(average(), dense(6, "wide")),
            {},
            "layer `head` (Dense) behind layer `wide` (Dense)",
        ),
        (
            lambda: pooled(keras.layers.GlobalMaxPooling2D(name="most")),
            {},
            "behind layer `most` (GlobalMaxPooling2D)",
        ),
        (
            lambda: pooled(average(), head=dense(activation="relu")),
            {},
            "layer `head` (Dense) with an activation of its own",
        ),
        (
            lambda: pooled(average(), head=keras.layers.LayerNormalization(name="norm")),
            {"layer": "conv"},
            "an output that comes from layer `norm` (LayerNormalization)",
        ),
        (
            lambda: pooled(relu(), average()),
            {"layer": "conv"},
            "layer `conv`, while what is pooled is the output of layer `relu` (ReLU). "
            "Choose that layer, `layer='relu'`, or method `gradcam`",
        ),
        (Subclassed, {}, "a subclassed model (Subclassed), which has no graph"),
        (
            lambda: pooled(average()),
            {"targets": [lambda output: keras.ops.mean(output)]},
            "the function `custom score` as target",
        ),
    ],
)
def test_where_it_is_not_defined_another_method_is_named(doc, build, arguments, received):
    with pytest.raises(ValueError, match="Choose .*method `gradcam`") as caught:
        camlight.explain_prediction(build(), doc, method="cam", **arguments)
    assert received in str(caught.value)
    assert "global average pooling and one Dense layer to the output of model `net`" in str(
        caught.value
    )


@pytest.mark.parametrize(
    "name", ["a layer twice, automatic", "siamese, automatic: the first picture", "by path"]
)
def test_other_forms_are_refused(name):
    form = BY_NAME[name]
    with pytest.raises(ValueError, match="Choose .*method `gradcam`"):
        camlight.explain_prediction(form.build(), form.doc(), method="cam", **form.arguments)


def test_similar_classes_need_classes(network, doc):
    def score(output):
        return output[:, 0]

    with pytest.raises(ValueError, match="one of several classes.*`score`.*method `gradcam`"):
        camlight.explain_prediction(network, doc, targets=[score], method="finercam")
    with pytest.raises(ValueError, match="Received: one of 1"):
        camlight.explain_prediction(
            pooled(average(), head=dense(1)), doc, targets=[0], method="finercam"
        )
