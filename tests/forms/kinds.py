"""Kinds of layers, signals and volumes."""

import keras

from tests.forms.arithmetic import batch_norm, conv, depthwise, relu
from tests.forms.form import (
    Fixed,
    Form,
    average,
    conv2d,
    dense,
    fixed,
    one,
    picture,
    plain,
    pooled_dense,
    weights,
)

LAYERS = "Lambda, depthwise, separable, normalization layers"
SIGNALS, VOLUMES = "Signals (Conv1D)", "Volumes (Conv3D)"


def network(*layers, shape=(8, 8, 3)):
    inputs = keras.Input(shape)
    x = inputs
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x, name="net")


def of_lambdas():
    return network(
        keras.layers.Lambda(lambda x: x * 2.0, name="double"),
        conv2d(activation=None),
        keras.layers.Lambda(keras.ops.relu, name="rectify"),
        keras.layers.Lambda(lambda x: keras.ops.mean(x, axis=(1, 2)), name="mean"),
        dense(),
    )


def doubled(model, doc):
    return plain(model, 2.0 * doc)


def depthwise_last():
    last = keras.layers.DepthwiseConv2D(
        3, name="last", depthwise_initializer=Fixed(8), bias_initializer=Fixed(9), activation="relu"
    )
    return network(conv2d("early", seed=5), last, average(), dense())


def behind_depthwise(model, doc):
    w = weights(model)
    x = relu(conv(one(doc), *w["early"]))
    return relu(depthwise(x, *w["last"])), pooled_dense(w)


def separable_last():
    last = keras.layers.SeparableConv2D(
        6,
        3,
        name="last",
        depthwise_initializer=Fixed(8),
        pointwise_initializer=Fixed(9),
        bias_initializer=Fixed(10),
        activation="relu",
    )
    return network(conv2d("early", seed=5), last, average(), dense())


def behind_separable(model, doc):
    w = weights(model)
    x = relu(conv(one(doc), *w["early"]))
    each, across, bias = w["last"]
    return relu(conv(depthwise(x, each), across, bias)), pooled_dense(w)


def normalized():
    norm = keras.layers.BatchNormalization(
        name="norm",
        gamma_initializer=Fixed(11),
        moving_mean_initializer=Fixed(12, 0.1),
        moving_variance_initializer=keras.initializers.Constant(0.5),
    )
    rectify = keras.layers.Activation("relu", name="rectify")
    return network(conv2d(activation=None), norm, rectify, average(), dense())


def before_normalization(model, doc):
    w = weights(model)
    last = pooled_dense(w)
    return conv(one(doc), *w["conv"]), lambda a: last(relu(batch_norm(a, *w["norm"])))


def signal():
    last = keras.layers.Conv1D(5, 3, activation="relu", name="conv", **fixed(1))
    return network(last, keras.layers.GlobalAveragePooling1D(), dense(), shape=(16, 2))


def volume():
    last = keras.layers.Conv3D(5, 2, activation="relu", name="conv", **fixed(1))
    return network(last, keras.layers.GlobalAveragePooling3D(), dense(), shape=(4, 5, 6, 2))


FORMS = [
    Form(
        "before BatchNormalization",
        LAYERS,
        normalized,
        before_normalization,
        "conv",
        {"targets": [1], "layer": "conv"},
    ),
    Form("Lambda layers", LAYERS, of_lambdas, doubled, "rectify"),
    Form("DepthwiseConv2D last", LAYERS, depthwise_last, behind_depthwise, "last"),
    Form("SeparableConv2D last", LAYERS, separable_last, behind_separable, "last"),
    Form("Conv1D", SIGNALS, signal, plain, "conv", doc=lambda: picture(size=(16,), channels=2)),
    Form("Conv3D", VOLUMES, volume, plain, "conv", doc=lambda: picture(size=(4, 5, 6), channels=2)),
]
