"""A small network that is explained compiled and not."""

import keras
import numpy as np

import camlight


class Scaled(keras.layers.Layer):
    """Reads what Keras doesn't know of: numbers, a list, an array, an object of the user's."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.factor = 1.0
        self.factors = [1.0, [1.0]]
        self.array = np.ones(3, "float32")
        self.settings = Settings()

    def call(self, inputs):
        factor = self.factor * self.factors[0] * self.factors[1][0] * self.settings.factor
        return inputs * factor * keras.ops.convert_to_tensor(self.array, inputs.dtype)


class Settings:
    factor = 1.0

    def __init__(self):
        self.factor = 1.0


def build(seed=3):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((8, 8, 3))
    x = Scaled(name="scaled")(inputs)
    x = keras.layers.Conv2D(6, 3, activation="relu", name="first")(x)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Conv2D(5, 3, activation="relu", name="last")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dense(4, name="head")(x)
    model = keras.Model(inputs, x)
    head = model.get_layer("head").kernel
    head.assign(keras.ops.abs(head))
    model.compile("sgd", "mse")
    return model


def compiled(model, doc):
    return camlight.explain_prediction(model, doc, targets=[1], layer="last", compile=True)


def plain(model, doc):
    return camlight.explain_prediction(model, doc, targets=[1], layer="last", compile=False)


def one_step(model, doc):
    model.optimizer.learning_rate = 1.0
    model.fit(doc, np.ones((1, 4)), verbose=0)
