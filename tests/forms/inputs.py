"""Several inputs, several outputs, any size, either layout."""

import keras
import numpy as np

from tests.forms.arithmetic import conv, pool, relu
from tests.forms.form import (
    Form,
    average,
    conv2d,
    dense,
    fixed,
    one,
    picture,
    plain,
    weights,
)

INPUTS, OUTPUTS = "Several inputs", "Several outputs"
SIZE, FIRST = "Any input size", "Channels first"


def mixed():
    return {"vector": np.array([[0.5, -1.0, 2.0]], "float32"), "picture": picture()}


def in_order():
    return [mixed()["picture"], mixed()["vector"]]


def with_a_vector(structure):
    inputs = {
        "picture": keras.Input((8, 8, 3), name="picture"),
        "vector": keras.Input((3,), name="vector"),
    }
    side = keras.layers.Dense(5, name="side", activation="tanh", **fixed(7))(inputs["vector"])
    x = keras.layers.Multiply()([average()(conv2d()(inputs["picture"])), side])
    taken = inputs if structure is dict else list(inputs.values())
    return keras.Model(taken, dense()(x), name="net")


def with_vector(model, doc):
    w = weights(model)
    parts = doc if isinstance(doc, dict) else dict(zip(("picture", "vector"), doc, strict=True))
    side = np.tanh(one(parts["vector"]) @ w["side"][0] + w["side"][1])
    return relu(conv(one(parts["picture"]), *w["conv"])), lambda a: float(
        ((pool(a) * side) @ w["head"][0] + w["head"][1])[1]
    )


def two_heads(structure):
    inputs = keras.Input((8, 8, 3))
    x = average()(conv2d()(inputs))
    heads = {"other": dense(3, "other", seed=9)(x), "head": dense()(x)}
    return keras.Model(inputs, heads if structure is dict else list(heads.values()), name="net")


def any_size():
    inputs = keras.Input((None, None, 3))
    return keras.Model(inputs, dense()(average()(conv2d()(inputs))), name="net")


def channels_first():
    inputs = keras.Input((3, 8, 10))
    x = conv2d(data_format="channels_first")(inputs)
    return keras.Model(inputs, dense()(average(data_format="channels_first")(x)), name="net")


def moved(model, doc):
    return plain(model, np.moveaxis(doc, 1, -1))


def output_form(name, structure, output):
    return Form(
        name,
        OUTPUTS,
        lambda: two_heads(structure),
        plain,
        "conv",
        {"targets": [1], "output": output},
    )


FORMS = [
    Form(
        "inputs as a list", INPUTS, lambda: with_a_vector(list), with_vector, "conv", doc=in_order
    ),
    Form(
        "a list, given as a dict",
        INPUTS,
        lambda: with_a_vector(list),
        with_vector,
        "conv",
        doc=mixed,
    ),
    Form("inputs as a dict", INPUTS, lambda: with_a_vector(dict), with_vector, "conv", doc=mixed),
    output_form("outputs as a list, by name", list, "head"),
    output_form("outputs as a list, by index", list, 1),
    output_form("outputs as a dict, by name", dict, "head"),
    output_form("outputs as a dict, by index", dict, 1),
    Form("any size", SIZE, any_size, plain, "conv", doc=lambda: picture(size=(7, 11))),
    Form(
        "channels first",
        FIRST,
        channels_first,
        moved,
        "conv",
        doc=lambda: np.moveaxis(picture(size=(8, 10)), -1, 1),
    ),
]
