"""Models with evidence whose place is known: hand-set weights."""

import keras
import numpy as np


def linear(weights):
    """A model whose first score is the sum of the picture's numbers times `weights`."""
    size = weights.size
    model = keras.Sequential(
        [keras.Input(weights.shape), keras.layers.Flatten(), keras.layers.Dense(2, name="head")]
    )
    kernel = np.stack([weights.ravel(), np.zeros(size)], axis=1).astype("float32")
    model.get_layer("head").set_weights([kernel, np.zeros(2, "float32")])
    return model


def looking_at(patch, shape):
    """A model whose score 1 is the brightness of one patch of the picture."""
    weights = np.zeros(shape)
    weights[patch] = 1
    model = linear(weights)
    kernel, bias = model.get_layer("head").get_weights()
    model.get_layer("head").set_weights([kernel[:, ::-1].copy(), bias])
    return model


def colours(size=(16, 16), cells=1, weights=(0, 0, 1, 0)):
    """A model whose channels are the picture's four colours, pooled to cells of some pixels."""
    inputs = keras.Input((*size, 4))
    x = keras.layers.AveragePooling2D(cells, name="map")(inputs)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    model = keras.Model(inputs, keras.layers.Dense(1, name="head")(x))
    kernel = np.array(weights, "float32")[:, np.newaxis]
    model.get_layer("head").set_weights([kernel, np.zeros(1, "float32")])
    return model


def blobs(size=(16, 16)):
    """A picture with a spot of each of four colours, and where the spots are."""
    picture, places = np.zeros((*size, 4), "float32"), []
    for colour, (row, column) in enumerate([(1, 2), (2, 11), (9, 9), (12, 3)]):
        places.append(np.s_[row : row + 3, column : column + 3])
        picture[(*places[-1], colour)] = 1
    return picture, places
