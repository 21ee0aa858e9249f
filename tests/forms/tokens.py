"""Vision transformers written in Keras layers."""

import keras
import numpy as np

from tests.conftest import Prepend
from tests.forms.arithmetic import attention, conv, gelu, layer_norm, pool
from tests.forms.form import Fixed, Form, dense, fixed, one, picture, weights

TOKENS = "Vision transformers"
WIDTH = 6


def block(x, name, seed):
    y = keras.layers.LayerNormalization(name=f"{name}_before")(x)
    y = keras.layers.MultiHeadAttention(2, 3, name=f"{name}_attention", **fixed(seed))(y, y)
    x = keras.layers.Add(name=f"{name}_middle")([x, y])
    y = keras.layers.LayerNormalization(name=f"{name}_behind")(x)
    y = dense(9, f"{name}_wide", seed + 1, activation="gelu")(y)
    y = dense(WIDTH, f"{name}_narrow", seed + 2)(y)
    return keras.layers.Add(name=name)([x, y])


def vit(extra, size=(8, 12)):
    inputs = keras.Input((*size, 3))
    cut = keras.layers.Conv2D(WIDTH, 2, strides=2, name="patches", **fixed(1))
    x = keras.layers.Reshape((size[0] * size[1] // 4, WIDTH), name="sequence")(cut(inputs))
    x = Prepend(extra, name="prepend")(x) if extra else x
    x = block(block(x, "first", 20), "second", 30)
    x = keras.layers.LayerNormalization(name="norm")(x)
    x = x[:, 0] if extra else keras.layers.GlobalAveragePooling1D(name="pool")(x)
    return keras.Model(inputs, dense()(x), name="net")


def block_in_numpy(x, w, name):
    x = x + attention(layer_norm(x, *w[f"{name}_before"]), *w[f"{name}_attention"])
    y = gelu(layer_norm(x, *w[f"{name}_behind"]) @ w[f"{name}_wide"][0] + w[f"{name}_wide"][1])
    return x + y @ w[f"{name}_narrow"][0] + w[f"{name}_narrow"][1]


def tokens_of_first(w, doc, extra):
    x = conv(one(doc), *w["patches"], strides=2)
    grid, x = x.shape[:2], x.reshape(-1, WIDTH)
    if extra:
        learned, places = (weight[0] for weight in w["prepend"])
        x = np.concatenate([learned, x]) + places
    return grid, block_in_numpy(x, w, "first")


def by_class_token(extra):
    """The patches of the last block's input, the class and register tokens held as they are."""

    def reference(model, doc):
        w = weights(model)
        grid, tokens = tokens_of_first(w, doc, extra)

        def tail(a):
            x = np.concatenate([tokens[:extra], a.reshape(-1, WIDTH)])
            x = layer_norm(block_in_numpy(x, w, "second"), *w["norm"])
            return float((x[0] @ w["head"][0] + w["head"][1])[1])

        return tokens[extra:].reshape(*grid, WIDTH), tail

    return reference


def by_mean(model, doc):
    """The last normalization, of which the mean is taken."""
    w = weights(model)
    grid, tokens = tokens_of_first(w, doc, 0)
    last = layer_norm(block_in_numpy(tokens, w, "second"), *w["norm"])
    return last.reshape(*grid, WIDTH), lambda a: float((pool(a) @ w["head"][0] + w["head"][1])[1])


def first_by_mean(model, doc):
    """The first block's output, laid into the grid that the user gives."""
    w = weights(model)
    _, tokens = tokens_of_first(w, doc, 0)

    def tail(a):
        x = layer_norm(block_in_numpy(a.reshape(-1, WIDTH), w, "second"), *w["norm"])
        return float((pool(x) @ w["head"][0] + w["head"][1])[1])

    return tokens.reshape(3, 8, WIDTH), tail


class Encoder(keras.Model):
    """A subclassed transformer whose patches are cut by hand, without a convolution."""

    def __init__(self):
        super().__init__(name="net")
        self.embed = dense(WIDTH, "embed", 3)
        self.mix = keras.layers.MultiHeadAttention(2, 3, name="mix", **fixed(4))
        self.token = self.add_weight(shape=(1, 1, WIDTH), initializer=Fixed(5), name="token")
        self.more = keras.layers.MultiHeadAttention(2, 3, name="more", **fixed(6))
        self.carry = keras.layers.Identity(name="carry")
        self.head = dense()

    def call(self, inputs):
        x = keras.ops.reshape(inputs, (-1, 4, 2, 4, 2, 3))
        x = keras.ops.reshape(keras.ops.transpose(x, (0, 1, 3, 2, 4, 5)), (-1, 16, 12))
        x = self.embed(x)
        x = keras.ops.concatenate([self.token + 0 * x[:, :1], x], axis=1)
        x = self.carry(x + self.mix(x, x))
        return self.head((x + self.more(x, x))[:, 0])


def subclassed(model, doc):
    w = weights(model)
    x = one(doc).reshape(4, 2, 4, 2, 3).transpose(0, 2, 1, 3, 4).reshape(16, 12)
    token = next(weight for weight in w["net"] if weight.shape == (1, 1, WIDTH))[0]
    x = np.concatenate([token, x @ w["embed"][0] + w["embed"][1]])
    x = x + attention(x, *w["mix"])

    def tail(a):
        y = np.concatenate([x[:1], a.reshape(-1, WIDTH)])
        y = y + attention(y, *w["more"])
        return float((y[0] @ w["head"][0] + w["head"][1])[1])

    return x[1:].reshape(4, 4, WIDTH), tail


def wide():
    return picture(size=(8, 12))


FORMS = [
    Form("class token", TOKENS, lambda: vit(1), by_class_token(1), "first", doc=wide),
    Form("class and registers", TOKENS, lambda: vit(5), by_class_token(5), "first", doc=wide),
    Form("mean of the patches", TOKENS, lambda: vit(0), by_mean, "norm", doc=wide),
    Form(
        "a grid that the user gives",
        TOKENS,
        lambda: vit(0),
        first_by_mean,
        "first",
        {"targets": [1], "layer": "first", "grid": (3, 8)},
        doc=wide,
    ),
    Form("subclassed, without a convolution", TOKENS, Encoder, subclassed, "carry"),
]
