"""LayerCAM and the paper's own way to fuse layers."""

import keras
import numpy as np
import pytest

import camlight
from camlight.methods.elementwise import layercam, strongest_layer
from camlight.methods.method import read_method


def test_by_hand():
    activations = np.array([[[1.0, 2.0], [3.0, -1.0]]])
    gradients = np.array([[[0.5, -1.0], [-1.0, 4.0]]])
    np.testing.assert_allclose(layercam(activations, gradients), [[0.5, -4.0]])


def test_layers_are_fused_by_hand():
    """tanh(2 M / max M) of each; the coarse cell of 5 covers both fine ones."""
    coarse, fine = np.array([[5.0], [-3.0]]), np.array([[1.0, 4.0], [2.0, -7.0]])
    expected = [[np.tanh(2), np.tanh(2)], [np.tanh(1), 0]]
    np.testing.assert_allclose(strongest_layer([coarse, fine]), expected)


def test_one_layer_keeps_its_map():
    signed = np.array([[-1.0, 4.0]])
    np.testing.assert_array_equal(strongest_layer([signed]), signed)


def test_an_empty_layer_says_nothing():
    nothing, something = np.array([[-1.0, 0.0]]), np.array([[0.0, 3.0]])
    np.testing.assert_allclose(strongest_layer([nothing, something]), [[0.0, np.tanh(2)]])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_stays_to_be_seen(bad):
    assert not np.isfinite(strongest_layer([np.array([bad, 1.0]), np.ones(2)])).all()


def test_maps_of_other_axes_do_not_fit():
    with pytest.raises(ValueError, match=r"of shape \(2,\), \(2, 2\)"):
        strongest_layer([np.zeros(2), np.zeros((2, 2))])


def test_layers_of_a_model(doc):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="early")(inputs)
    x = keras.layers.Conv2D(4, 3, strides=2, activation="relu", name="late")(x)
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x)))

    def explained(layer):
        expl = camlight.explain_prediction(model, doc, [0], layer=layer, method="layercam")
        return expl.targets[0].raw_map

    maps = [explained(layer) for layer in ("early", "late")]
    np.testing.assert_allclose(explained(["early", "late"]), strongest_layer(maps), atol=1e-6)
    assert explained(["early", "late"]).max() == pytest.approx(np.tanh(2), abs=1e-6)


def test_other_methods_are_fused_by_their_mean():
    maps = [np.array([[1.0, 3.0]]), np.array([[5.0, -1.0]])]
    np.testing.assert_allclose(read_method("gradcam").fuse(maps), [[3.0, 1.0]])
    np.testing.assert_allclose(read_method("layercam").fuse(maps), np.tanh([[2.0, 2.0]]))
