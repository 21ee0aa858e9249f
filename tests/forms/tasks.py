"""What models are for: classes, values, maps, vectors; and the scores before a softmax."""

import keras
import numpy as np

from tests.forms.arithmetic import conv, pool, relu, sigmoid, softmax
from tests.forms.form import Form, average, conv2d, dense, fixed, one, plain, weights
from tests.forms.kinds import network

TASKS = "Segmentation, regression, multi-label, similarity"
SCORES = "`pre_softmax=True`"

VECTOR = np.array([1.0, -0.5, 0.25, 2.0])


def segmenter():
    last = keras.layers.Conv2D(3, 1, activation="softmax", name="classes", **fixed(4))
    return network(conv2d(), last)


def middle_of_class_1(output):
    return keras.ops.mean(output[:, 1:4, 2:5, 1], axis=(1, 2))


def segmented(model, doc):
    w = weights(model)
    features = relu(conv(one(doc), *w["conv"]))
    return features, lambda a: float(softmax(conv(a, *w["classes"]))[1:4, 2:5, 1].mean())


def similarity(output):
    vector = keras.ops.convert_to_tensor(VECTOR.astype("float32"))
    norm = keras.ops.sqrt(keras.ops.sum(output**2, axis=-1))
    return keras.ops.sum(output * vector, axis=-1) / norm


def similar(model, doc):
    w = weights(model)

    def tail(a):
        output = pool(a) @ w["head"][0] + w["head"][1]
        return float(output @ VECTOR / np.sqrt((output**2).sum()))

    return relu(conv(one(doc), *w["conv"])), tail


def classifier(units=4, activation=None):
    return network(conv2d(), average(), dense(units, activation=activation))


def scored(function, target):
    def reference(model, doc):
        features, _ = plain(model, doc)
        kernel, bias = weights(model)["head"]
        return features, lambda a: float(function(pool(a) @ kernel + bias)[target])

    return reference


def against(model, doc):
    features, tail = scored(sigmoid, 0)(model, doc)
    return features, lambda a: -tail(a)


def nested_head():
    inputs = keras.Input((5,))
    scores = keras.layers.Activation("softmax")(dense()(inputs))
    return network(conv2d(), average(), keras.Model(inputs, scores, name="top"))


def of_two_outputs():
    inputs = keras.Input((8, 8, 3))
    x = average()(conv2d()(inputs))
    other = dense(3, "other", seed=9, activation="softmax")(x)
    return keras.Model(inputs, [other, dense(activation="softmax")(x)], name="net")


def task(name, build, reference, **arguments):
    return Form(name, TASKS, build, reference, "conv", arguments)


def before(name, build, **arguments):
    chosen = {"targets": [1], "pre_softmax": True, **arguments}
    return Form(name, SCORES, build, plain, "conv", chosen)


FORMS = [
    task("segmentation", segmenter, segmented, targets=[middle_of_class_1]),
    task("regression", lambda: classifier(1), scored(lambda x: x, 0), targets=[0]),
    task("a single sigmoid", lambda: classifier(1, "sigmoid"), scored(sigmoid, 0)),
    task(
        "against a single sigmoid",
        lambda: classifier(1, "sigmoid"),
        against,
        counterfactual=True,
    ),
    task("multi-label", lambda: classifier(4, "sigmoid"), scored(sigmoid, 3), targets=[3]),
    task("softmax", lambda: classifier(4, "softmax"), scored(softmax, 1), targets=[1]),
    task("similarity of embeddings", classifier, similar, targets=[similarity]),
    before("Dense(softmax)", lambda: classifier(4, "softmax")),
    before("Dense(sigmoid)", lambda: classifier(4, "sigmoid")),
    before(
        "Activation layer",
        lambda: network(conv2d(), average(), dense(), keras.layers.Activation("softmax")),
    ),
    before("Softmax layer", lambda: network(conv2d(), average(), dense(), keras.layers.Softmax())),
    before("operation", lambda: network(conv2d(), average(), dense(), keras.ops.softmax)),
    before("nested head", nested_head),
    before("of several outputs", of_two_outputs, output=1),
]
