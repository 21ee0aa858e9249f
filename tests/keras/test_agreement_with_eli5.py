"""The numbers are ELI5's: heatmap, score, target and pixels, on eight networks of Keras."""

import eli5
import keras
import numpy as np
import pytest

import camlight
from tests.references import patchwork, randomize

pytestmark = pytest.mark.skipif(
    keras.config.backend() != "tensorflow", reason="ELI5 explains on TensorFlow alone"
)

SEEDS = {
    "MobileNetV2": 1,
    "ResNet50": 1,
    "EfficientNetB0": 2,
    "DenseNet121": 1,
    "VGG16": 1,
    "InceptionV3": 1,
    "Xception": 1,
    "NASNetMobile": 1,
}
"""Networks, and random weights with which the map is strong: ELI5 divides by its maximum plus
1e-7, which in a map below 0.01 would show in the fifth digit."""


@pytest.fixture(scope="module", params=SEEDS)
def network_and_doc(request):
    model = getattr(keras.applications, request.param)(weights=None, classes=10)
    doc = patchwork(model.input_shape[1:3], seed=11)
    yield randomize(model, doc, SEEDS[request.param]), doc
    keras.backend.clear_session()


@pytest.fixture(scope="module")
def both(network_and_doc):
    model, doc = network_and_doc
    theirs = eli5.explain_prediction(model, doc)
    ours = camlight.explain_prediction(model, doc)
    return theirs, ours


def test_the_comparison_compares_something(both):
    theirs, ours = both
    assert ours.targets[0].raw_map.max() > 0.01
    assert np.std(theirs.targets[0].heatmap) > 0.1


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
    drawn = np.asarray(camlight.format_as_image(ours)).astype(int)
    expected = np.asarray(eli5.format_as_image(theirs))
    assert np.abs(drawn - expected).max() <= 2, "rounding of a heatmap that differs in 1e-5"
    theirs.targets[0].heatmap = ours.targets[0].heatmap
    np.testing.assert_array_equal(drawn, np.asarray(eli5.format_as_image(theirs)))


def test_same_for_a_chosen_target_and_layer(network_and_doc, both):
    model, doc = network_and_doc
    maps = [layer for layer in model.layers if len(layer.output.shape) == 4]
    layer = maps[len(maps) * 3 // 4].name
    step = 2 if model.name == "efficientnetb0" else 1  # to a class that something speaks for
    target = (both[1].targets[0].target + step) % 10
    theirs = eli5.explain_prediction(model, doc, targets=[target], layer=layer).targets[0]
    ours = camlight.explain_prediction(model, doc, targets=[target], layer=layer).targets[0]
    peak = ours.raw_map.max()
    assert peak > 0
    expected = theirs.heatmap * (peak + keras.config.epsilon()) / peak
    np.testing.assert_allclose(ours.heatmap, expected, rtol=0, atol=1e-5)
    assert (ours.target, ours.score) == (theirs.target, pytest.approx(theirs.score, abs=1e-6))


def test_same_numbers_from_the_backend_function(network_and_doc, both):
    model, doc = network_and_doc
    _, expl = both
    layer, targets = model.get_layer(expl.layer), [expl.targets[0].target]
    theirs = eli5.keras.gradcam_backend(model, doc, targets, layer)
    ours = camlight.keras.gradcam_backend(model, doc, targets, layer)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        camlight.keras.gradcam(*theirs[:2]), eli5.keras.gradcam(*theirs[:2]), rtol=0, atol=1e-5
    )
