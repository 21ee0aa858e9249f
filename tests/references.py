"""Independent references: what a map must be, worked out without camlight."""

import keras
import numpy as np


def array(tensor):
    """A tensor or variable of any backend, as a NumPy array."""
    value = getattr(tensor, "value", tensor)
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def cam(features, head_weights, target):
    """Class activation map of `layer -> global average pooling -> Dense`: the features summed
    with the head's own weights, positive part, scaled to 1. Grad-CAM must equal it."""
    signed = features[0].astype("float64") @ head_weights[:, target].astype("float64")
    positive = np.maximum(signed, 0)
    return positive / positive.max()


def gradients_by_differences(tail, activations, target, step):
    """Derivatives of `tail(activations)[target]` by central differences."""
    gradients = np.zeros_like(activations)
    for index in np.ndindex(*activations.shape):
        shifted = [activations.copy(), activations.copy()]
        shifted[0][index] += step
        shifted[1][index] -= step
        up, down = (float(array(tail(a))[0, target]) for a in shifted)
        gradients[index] = (up - down) / (2 * step)
    return gradients


def randomize(model, doc, seed):
    """Give every weight a fixed random value, such that signals keep their size through the
    depth and the class scores spread but don't saturate: weights as alive as trained ones."""
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        shape, name = tuple(variable.shape), variable.path.rsplit("/", 1)[-1]
        if "seed" in name:
            continue
        if "kernel" in name:
            fan_in = np.prod(shape[:2] if "depthwise" in name else shape[:-1])
            value = rng.normal(0, np.sqrt(2 / fan_in), shape)
        elif name in ("gamma", "moving_variance"):
            value = rng.uniform(0.8, 1.2, shape)
        else:
            value = rng.normal(0, 0.02, shape)
        if name not in ("mean", "variance", "count"):  # what a Normalization has seen of its data
            variable.assign(value.astype("float32"))
    head = next(layer for layer in reversed(model.layers) if isinstance(layer, keras.layers.Dense))
    features = array(keras.Model(model.inputs, head.input)([doc], training=False))[0]
    kernel = array(head.kernel)
    # look less at what all cells share, or the map would be flat; scores then spread by 2.5
    kernel = kernel - 0.95 * np.outer(features, features @ kernel) / (features @ features)
    head.kernel.assign(kernel * (2.5 / np.std(features @ kernel)))
    return model


def patchwork(size, seed):
    """A picture of 4 x 4 coloured patches with some noise, in [-1, 1]: shape (1, H, W, 3)."""
    rng = np.random.default_rng(seed)
    rows, columns = (np.arange(length) * 4 // length for length in size)
    patches = rng.uniform(-1, 1, (4, 4, 3))[np.ix_(rows, columns)]
    return np.clip(patches + rng.normal(0, 0.1, (*size, 3)), -1, 1)[np.newaxis].astype("float32")
