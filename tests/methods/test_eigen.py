"""Eigen-CAM and EigenGradCAM, by hand and by the eigenvectors of what they are named for."""

import numpy as np
import pytest

from camlight.methods import eigencam, eigengradcam, hirescam


def test_eigencam_by_hand():
    """All rows are multiples of (3, 4): the map is their length along it."""
    activations = np.array([[[3.0, 4.0], [-0.3, -0.4]], [[0.0, 0.0], [6.0, 8.0]]])
    np.testing.assert_allclose(eigencam(activations), [[5, -0.5], [0, 10]], atol=1e-12)


def test_eigencam_is_not_centred():
    """Centred, a map that is the same everywhere would be 0."""
    np.testing.assert_allclose(eigencam(np.ones((2, 3, 4))), np.full((2, 3), 2.0))


@pytest.mark.parametrize("shape", [(3, 4, 5), (2, 2, 9), (6, 3), (2, 3, 2, 4)])
def test_eigencam_is_the_first_eigenvector(rng, shape):
    activations = rng.normal(size=shape) + 0.3
    rows = activations.reshape(-1, shape[-1])
    values, vectors = np.linalg.eigh(rows.T @ rows)
    expected = activations @ vectors[:, values.argmax()]
    expected *= np.sign(expected.sum())
    np.testing.assert_allclose(eigencam(activations), expected, atol=1e-9)
    np.testing.assert_allclose(eigencam(-activations), expected, atol=1e-9)


def test_eigencam_of_features_that_are_not_negative_is_not_negative(rng):
    assert eigencam(rng.uniform(0, 1, (5, 5, 8))).min() >= 0


def test_eigengradcam_by_hand():
    """Products (3, 4), (-6, -8), (0, 0): along (3, 4) / 5, where their sum is positive."""
    activations = np.array([[[1.0, 2.0], [2.0, 2.0], [1.0, 1.0]]])
    gradients = np.array([[[3.0, 2.0], [-3.0, -4.0], [0.0, 0.0]]])
    np.testing.assert_allclose(eigengradcam(activations, gradients), [[5, -10, 0]], atol=1e-12)


def test_eigengradcam_agrees_with_hirescam_and_turns_with_the_gradients(rng):
    activations, gradients = rng.normal(size=(2, 3, 4, 6))
    signed = eigengradcam(activations, gradients)
    assert np.sum(signed * hirescam(activations, gradients)) > 0
    np.testing.assert_allclose(eigengradcam(activations, -gradients), -signed, atol=1e-12)


def test_what_is_not_finite_stays_to_be_seen():
    activations = np.array([[[1.0, np.nan], [1.0, 2.0]]])
    assert np.isnan(eigencam(activations)).all()
    assert np.isnan(eigengradcam(activations, np.ones((1, 2, 2)))).all()
