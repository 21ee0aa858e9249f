"""Subclassed models."""

import keras

from tests.forms.arithmetic import conv, relu
from tests.forms.form import (
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
from tests.forms.inputs import mixed, with_vector

SUBCLASSED = "Subclassed"


class Plain(keras.Model):
    def __init__(self):
        super().__init__(name="net")
        self.conv = conv2d()
        self.pool = average()
        self.head = dense()

    def call(self, inputs):
        return self.head(self.pool(self.conv(inputs)))


class WithTraining(Plain):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5, seed=1)

    def call(self, inputs, training=False):
        return self.head(self.drop(self.pool(self.conv(inputs)), training=training))


class Tree(keras.Model):
    """Layers in nested lists and dicts, one block a layer of layers, sums of no layer."""

    def __init__(self):
        super().__init__(name="net")
        self.stages = {"first": [conv2d("early", seed=5, padding="same")], "rest": [[Block()]]}
        self.head = dense()

    def call(self, inputs):
        x = self.stages["first"][0](inputs)
        x = self.stages["rest"][0][0](x)
        return self.head(keras.ops.mean(x, axis=(1, 2)))


class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__(name="block")
        self.inner = [conv2d("branch", seed=6, padding="same")]

    def call(self, inputs):
        return inputs + self.inner[0](inputs)


def tree(model, doc):
    w = weights(model)
    x = relu(conv(one(doc), *w["early"], padding="same"))
    return x + relu(conv(x, *w["branch"], padding="same")), pooled_dense(w)


class Several(Plain):
    def call(self, inputs):
        x = self.pool(self.conv(inputs))
        return {"features": x, "scores": self.head(x)}


class OfADict(keras.Model):
    """Takes a picture and a vector by their names."""

    def __init__(self):
        super().__init__(name="net")
        self.conv = conv2d()
        self.side = keras.layers.Dense(5, name="side", activation="tanh", **fixed(7))
        self.head = dense()

    def call(self, inputs):
        pooled = keras.ops.mean(self.conv(inputs["picture"]), axis=(1, 2))
        return self.head(pooled * self.side(inputs["vector"]))


class Backbone(keras.Model):
    def __init__(self):
        super().__init__(name="backbone")
        self.conv = conv2d()

    def call(self, inputs):
        return keras.ops.mean(self.conv(inputs), axis=(1, 2))


def in_a_functional_model():
    inputs = keras.Input((8, 8, 3))
    return keras.Model(inputs, dense()(Backbone()(inputs)), name="net")


FORMS = [
    Form("subclassed", SUBCLASSED, Plain, plain, "conv"),
    Form("with a training argument", SUBCLASSED, WithTraining, plain, "conv"),
    Form("layers in lists and dicts", SUBCLASSED, Tree, tree, "block"),
    Form(
        "returns a dict", SUBCLASSED, Several, plain, "conv", {"targets": [1], "output": "scores"}
    ),
    Form("takes a dict", SUBCLASSED, OfADict, with_vector, "conv", doc=mixed),
    Form("subclassed inside functional", SUBCLASSED, in_a_functional_model, plain, "backbone/conv"),
    Form(
        "a picture without its batch axis",
        SUBCLASSED,
        Plain,
        lambda model, doc: plain(model, doc[None]),
        "conv",
        doc=lambda: picture()[0],
    ),
]
