"""Every image classifier of keras-hub, against differences of its scores."""

import keras
import keras_hub
import numpy as np
import pytest

import camlight
from camlight.keras.graph.layers import find_layer
from tests.forms.families import CLASSIFIERS
from tests.references import array

# with random weights, the evidence may all speak against a class
pytestmark = pytest.mark.filterwarnings("ignore::camlight.ExplanationWarning")

TOKENS = {
    "SwinTransformer": 0,
    "ViT": 1,
    "ViT, wide": 1,
    "ViT, mean of the patches": 0,
    "DeiT": 2,
    "DeiT, wide": 2,
}
"""How many tokens stand before those of the patches."""

SIZES = {
    "CSPNet": (16, 16),
    "DenseNet": (4, 4),
    "VGG": (2, 2),
    "ViT": (4, 4),
    "ViT, wide": (2, 4),
    "ViT, mean of the patches": (4, 4),
    "DeiT": (4, 4),
    "DeiT, wide": (2, 4),
}
"""The size of the map, where it isn't 8 x 8."""


def test_none_is_left_out():
    suffix = "ImageClassifier"
    every = {name.removesuffix(suffix) for name in dir(keras_hub.models) if name.endswith(suffix)}
    assert every - {""} == {name.partition(",")[0] for name in CLASSIFIERS}


def channel_weights(model, layer, doc, tokens):
    """What each class's score gains when a channel of `layer` gains the same everywhere, by
    differences; and the layer's output. All channels go through the model as one batch."""
    outputs = []
    original = layer.call
    layer.call = lambda *args, **kwargs: outputs.append(original(*args, **kwargs)) or outputs[-1]
    try:
        model(doc)
        activations = array(outputs[-1])[0]
        channels = activations.shape[-1]
        step = 0.02 * np.abs(activations).mean()
        shifts = np.concatenate([np.eye(channels), -np.eye(channels)]) * step
        shifts = shifts.reshape(-1, *[1] * (activations.ndim - 1), channels)
        shifts = np.broadcast_to(shifts, (2 * channels, *activations.shape)).copy()
        if tokens is not None:
            shifts[:, :tokens] = 0
        moved = keras.ops.convert_to_tensor(shifts.astype("float32"))
        layer.call = lambda *args, **kwargs: original(*args, **kwargs) + moved
        scores = array(model(np.repeat(doc, 2 * channels, axis=0))).astype("float64")
    finally:
        del layer.call
    return (scores[:channels] - scores[channels:]) / (2 * step), activations


@pytest.mark.skipif(
    keras.config.backend() != "tensorflow",
    reason="tests/test_backends_agree.py compares the others' maps with TensorFlow's",
)
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_maps_of_all_classes(name):
    keras.backend.clear_session()
    model = CLASSIFIERS[name]()
    doc = np.random.default_rng(0).normal(size=(1, *model.input_shape[1:])).astype("float32")
    expl = camlight.explain_prediction(model, doc, targets=[0, 1, 2, 3])
    size, tokens = SIZES.get(name, (8, 8)), TOKENS.get(name)
    gains, activations = channel_weights(model, find_layer(model, expl.layer).operation, doc, tokens)
    patches = activations if tokens is None else activations[tokens:].reshape(*size, -1)
    scale = max(np.abs(target.raw_map).max() for target in expl.targets)
    for index, target in enumerate(expl.targets):
        expected = patches @ gains[:, index] / np.prod(size)
        assert target.raw_map.shape == size
        np.testing.assert_allclose(target.raw_map, expected, rtol=0, atol=0.01 * scale)
        assert target.score == pytest.approx(float(array(model(doc))[0, index]), rel=1e-4)
