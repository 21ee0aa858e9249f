"""The numbers are ELI5's: heatmap, score, target and pixels, on eight networks of Keras."""

import eli5
import keras
import numpy as np
import pytest

import camlight
from tests.references import randomize

NETWORKS = (
    "MobileNetV2",
    "ResNet50",
    "EfficientNetB0",
    "DenseNet121",
    "VGG16",
    "InceptionV3",
    "Xception",
    "NASNetMobile",
)


@pytest.fixture(scope="module", params=NETWORKS)
def network_and_doc(request):
    model = getattr(keras.applications, request.param)(weights=None)
    size = model.input_shape[1:]
    doc = np.random.default_rng(11).uniform(-1, 1, (1, *size)).astype("float32")
    yield randomize(model, doc, seed=5), doc
    keras.backend.clear_session()


@pytest.fixture(scope="module")
def both(network_and_doc):
    model, doc = network_and_doc
    theirs = eli5.explain_prediction(model, doc)
    ours = camlight.explain_prediction(model, doc)
    return theirs, ours


def test_the_comparison_compares_something(both):
    theirs, _ = both
    heatmap = theirs.targets[0].heatmap
    assert heatmap.max() > 0.99999, "ELI5's absolute eps would show in a weaker map"
    assert np.count_nonzero(heatmap) >= 5


def test_same_heatmap(both):
    theirs, ours = both
    np.testing.assert_allclose(
        ours.targets[0].heatmap, theirs.targets[0].heatmap, rtol=0, atol=1e-5
    )


def test_same_target_and_score(both):
    theirs, ours = both
    assert ours.targets[0].target == theirs.targets[0].target
    assert ours.targets[0].score == pytest.approx(theirs.targets[0].score, abs=1e-5)


def test_same_pixels(both):
    theirs, ours = both
    theirs.targets[0].heatmap = ours.targets[0].heatmap
    expected = np.asarray(eli5.format_as_image(theirs))
    np.testing.assert_array_equal(np.asarray(camlight.format_as_image(ours)), expected)


def test_same_for_a_chosen_target_and_layer(network_and_doc):
    model, doc = network_and_doc
    layer = next(
        layer
        for layer in model.layers[len(model.layers) * 3 // 4 :]
        if len(layer.output.shape) == 4 and not isinstance(layer, keras.layers.InputLayer)
    )
    theirs = eli5.explain_prediction(model, doc, targets=[7], layer=layer.name).targets[0]
    ours = camlight.explain_prediction(model, doc, targets=[7], layer=layer.name).targets[0]
    # ELI5 divides by max + 1e-7, camlight by max: undo that, which shows where the score is low
    peak = max(ours.raw_map.max(), 0)
    expected = theirs.heatmap * (peak + keras.config.epsilon()) / peak
    np.testing.assert_allclose(ours.heatmap, expected, rtol=0, atol=1e-5)
    assert ours.score == pytest.approx(theirs.score, abs=1e-6)
