"""Maps of several layers in one."""

import keras
import numpy as np
import pytest

import camlight
from camlight.methods.maps import fuse, relu_and_scale


def test_one_map_stays_as_it_is(rng):
    signed = rng.normal(size=(4, 5))
    np.testing.assert_allclose(fuse([signed]), signed, atol=1e-15)


def test_by_hand():
    """One cell of 4 becomes four of 1; each of 2 columns becomes 2 rows of half."""
    coarse, fine = np.array([[4.0]]), np.array([[2.0, 6.0], [0.0, -4.0]])
    np.testing.assert_allclose(fuse([coarse, fine]), [[1.5, 3.5], [0.5, -1.5]])
    wide = np.array([[2.0, 6.0]])
    np.testing.assert_allclose(fuse([coarse, wide, fine]), [[4 / 3, 10 / 3], [2 / 3, 0.0]])


def test_cells_are_enlarged_between_their_centres():
    np.testing.assert_allclose(
        fuse([np.array([[0.0, 4.0]]), np.zeros((1, 4))])[0] * 2, [0, 0.5, 1.5, 2.0]
    )


def test_evidence_stays_what_it_was_for_a_symmetric_map():
    coarse = np.array([[1.0, 2.0, 1.0], [1.0, 2.0, 1.0]])
    fused = fuse([coarse, np.zeros((6, 9))])
    assert 2 * fused.sum() == pytest.approx(coarse.sum(), rel=0.05)


def test_a_layer_that_found_little_says_little():
    loud, faint = np.array([[0.0, 100.0]]), np.array([[0.001, 0.0]])
    np.testing.assert_allclose(relu_and_scale(fuse([loud, faint])), [[5e-6 * 2, 1.0]], atol=1e-6)


@pytest.mark.parametrize("shape", [(6,), (3, 4, 5)])
def test_signals_and_volumes(rng, shape):
    signed = rng.normal(size=shape)
    np.testing.assert_allclose(fuse([signed, np.zeros_like(signed)]), signed / 2)


def test_maps_of_other_axes_do_not_fit():
    with pytest.raises(ValueError, match=r"of shape \(2,\), \(2, 2\)"):
        fuse([np.zeros(2), np.zeros((2, 2))])


def test_layers_of_a_model(network, doc):
    alone = [
        camlight.explain_prediction(network, doc, targets=[2], layer=layer).targets[0].raw_map
        for layer in ("conv", "sum")
    ]
    for layer in (["conv", "sum"], ["sum", network.get_layer("conv")], ("conv", "sum")):
        expl = camlight.explain_prediction(network, doc, targets=[2], layer=layer)
        np.testing.assert_allclose(expl.targets[0].raw_map, np.mean(alone, axis=0), atol=1e-6)
    assert expl.layer == "conv + sum"


def test_layers_of_different_sizes(doc):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="early")(inputs)
    x = keras.layers.Conv2D(4, 3, strides=2, activation="relu", name="late")(x)
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x)))
    maps = [
        camlight.explain_prediction(model, doc, [0], layer=layer).targets[0].raw_map
        for layer in ("early", "late")
    ]
    fused = camlight.explain_prediction(model, doc, [0], layer=["early", "late"]).targets[0]
    assert [signed.shape for signed in maps] == [(6, 6), (2, 2)]
    np.testing.assert_allclose(fused.raw_map, fuse(maps), atol=1e-7)


def test_no_layer_at_all(network, doc):
    with pytest.raises(ValueError, match="at least one layer"):
        camlight.explain_prediction(network, doc, layer=[])
