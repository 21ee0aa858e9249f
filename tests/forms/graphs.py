"""Functional, Sequential and nested models, shared layers."""

import keras
import numpy as np

from tests.forms.arithmetic import conv, pool, relu
from tests.forms.form import (
    Form,
    average,
    conv2d,
    dense,
    one,
    picture,
    plain,
    pooled_dense,
    weights,
)

FUNCTIONAL, SEQUENTIAL = "Functional, with sums of branches", "Sequential, built or not"
NESTED, INSIDE = "Nested in another, to any depth", "A layer inside a nested model"
SHARED = "A layer or backbone called twice"


def residual(layer_sum):
    inputs = keras.Input((8, 8, 3))
    x = conv2d(padding="same", activation=None)(inputs)
    y = conv2d("branch", seed=3, padding="same")(x)
    x = keras.layers.Add(name="sum")([x, y]) if layer_sum else x + y
    return keras.Model(inputs, dense()(average()(x)), name="net")


def in_lists():
    model = residual(True)
    return keras.Model(model.inputs, model.outputs, name="net")


def residual_sum(model, doc):
    w = weights(model)
    x = conv(one(doc), *w["conv"], padding="same")
    return x + relu(conv(x, *w["branch"], padding="same")), pooled_dense(w)


def sequential(*first):
    return keras.Sequential([*first, conv2d(), average(), dense()], name="net")


def built_later():
    model = sequential()
    model.build((None, 8, 8, 3))
    return model


def backbone(pooled, name="backbone"):
    inputs = keras.Input((8, 8, 3))
    x = conv2d()(inputs)
    return keras.Model(inputs, average()(x) if pooled else x, name=name)


def nested(pooled, depth=1):
    inner = backbone(pooled)
    for level in range(1, depth):
        between = keras.Input((8, 8, 3))
        inner = keras.Model(between, inner(between), name=f"level{level}")
    inputs = keras.Input((8, 8, 3))
    x = inner(inputs)
    return keras.Model(inputs, dense()(x if pooled else average()(x)), name="net")


def in_sequential(pooled):
    layers = [backbone(pooled), *([] if pooled else [average()]), dense()]
    return keras.Sequential([keras.Input((8, 8, 3)), *layers], name="net")


def deep():
    inputs = keras.Input((8, 8, 3))
    x = conv2d("early", filters=4, seed=5)(inputs)
    x = conv2d("late", seed=6, activation="tanh")(x)
    inner = keras.Model(inputs, average()(x), name="backbone")
    outer = keras.Input((8, 8, 3))
    return keras.Model(outer, dense(activation="softmax")(inner(outer)), name="net")


def early(model, doc):
    w = weights(model)

    def tail(a):
        scores = pool(np.tanh(conv(a, *w["late"]))) @ w["head"][0] + w["head"][1]
        return float(np.exp(scores[1]) / np.exp(scores).sum())

    return relu(conv(one(doc), *w["early"])), tail


def siamese():
    inputs = [keras.Input((8, 8, 3), name="left"), keras.Input((8, 8, 3), name="right")]
    shared = backbone(True)
    x = keras.layers.Concatenate()([shared(picture) for picture in inputs])
    return keras.Model(inputs, dense()(x), name="net")


def bare_siamese():
    """The shared layer itself is called twice; Keras runs these calls in another order."""
    inputs = [keras.Input((8, 8, 3), name="left"), keras.Input((8, 8, 3), name="right")]
    shared = conv2d()
    pooled = [keras.layers.GlobalAveragePooling2D()(shared(picture)) for picture in inputs]
    return keras.Model(inputs, dense()(keras.layers.Concatenate()(pooled)), name="net")


def pair():
    return [picture(1), picture(2)]


def one_side(side):
    def reference(model, doc):
        w = weights(model)
        sides = [relu(conv(one(part), *w["conv"])) for part in doc]

        def tail(a):
            pooled = [pool(a if i == side else other) for i, other in enumerate(sides)]
            return float((np.concatenate(pooled) @ w["head"][0] + w["head"][1])[1])

        return sides[side], tail

    return reference


def twice():
    inputs = keras.Input((8, 8, 3))
    shared = conv2d(filters=3)
    return keras.Model(inputs, dense()(average()(shared(shared(inputs)))), name="net")


def first_call(model, doc):
    w = weights(model)
    last = pooled_dense(w)
    return relu(conv(one(doc), *w["conv"])), lambda a: last(relu(conv(a, *w["conv"])))


def second_call(model, doc):
    return relu(conv(first_call(model, doc)[0], *weights(model)["conv"])), pooled_dense(
        weights(model)
    )


def siamese_form(name, side, build=siamese, **arguments):
    chosen, path = {"targets": [1], **arguments}, "backbone/conv" if build is siamese else "conv"
    return Form(name, SHARED, build, one_side(side), path, chosen, pair)


FORMS = [
    Form("functional, Add layer", FUNCTIONAL, lambda: residual(True), residual_sum, "sum"),
    Form("functional, of lists of one", FUNCTIONAL, in_lists, residual_sum, "sum"),
    Form("functional, x + y", FUNCTIONAL, lambda: residual(False), residual_sum, ""),
    Form(
        "Sequential with Input",
        SEQUENTIAL,
        lambda: sequential(keras.Input((8, 8, 3))),
        plain,
        "conv",
    ),
    Form("Sequential, build()", SEQUENTIAL, built_later, plain, "conv"),
    Form("Sequential, unbuilt", SEQUENTIAL, sequential, plain, "conv"),
    Form("nested, pooled inside", NESTED, lambda: nested(True), plain, "backbone/conv"),
    Form("nested, pooled outside", NESTED, lambda: nested(False), plain, "backbone/conv"),
    Form("nested in Sequential", NESTED, lambda: in_sequential(True), plain, "backbone/conv"),
    Form(
        "Sequential, pooled outside", NESTED, lambda: in_sequential(False), plain, "backbone/conv"
    ),
    Form("three deep", NESTED, lambda: nested(True, 3), plain, "level2/level1/backbone/conv"),
    Form(
        "by path",
        INSIDE,
        deep,
        early,
        "backbone/early",
        {"targets": [1], "layer": "backbone/early"},
    ),
    Form(
        "by instance",
        INSIDE,
        deep,
        early,
        "backbone/early",
        {"targets": [1], "layer": lambda model: model.get_layer("backbone").get_layer("early")},
    ),
    siamese_form("siamese, automatic: the first picture", 0),
    siamese_form("siamese, named: the last call", 1, layer="backbone/conv"),
    siamese_form("siamese, call=0", 0, layer="backbone/conv", call=0),
    siamese_form("siamese, call=1", 1, call=1),
    siamese_form("siamese of a bare layer", 0, bare_siamese),
    siamese_form("bare, named: the last call", 1, bare_siamese, layer="conv"),
    siamese_form("bare, call=0", 0, bare_siamese, call=0),
    siamese_form("bare, call=1", 1, bare_siamese, layer="conv", call=1),
    Form("a layer twice, automatic", SHARED, twice, second_call, "conv"),
    Form("a layer twice, call=0", SHARED, twice, first_call, "conv", {"targets": [1], "call": 0}),
]
