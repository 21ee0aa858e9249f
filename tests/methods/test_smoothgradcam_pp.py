"""Smooth Grad-CAM++: by hand, and beside its parts on a model."""

import numpy as np
import pytest

import camlight
from camlight.methods import smoothgradcam_plus_plus
from camlight.methods.averaged_gradients import noisy_copies


def test_by_hand():
    """One channel of two places, 1 and 2; the copies' gradients are 1 and 3 at one place, -1 and
    1 at the other. D1 = 2 and 0, D2 = 5 and 1, D3 = 14 and 0, S = 3: at the first place
    a = 5 / (10 + 42), the weight is 2 a; at the other D1 is 0."""
    gradients = np.array([[1.0, -1.0], [3.0, 1.0]]).reshape(2, 1, 2, 1)
    activations = np.array([[[1.0], [2.0]]])
    found = smoothgradcam_plus_plus(
        np.zeros((2, 2, 3)), activations, lambda copies: (None, gradients), samples=2
    )
    np.testing.assert_allclose(found, np.array([[1, 2]]) * 10 / 52)


def test_a_denominator_that_is_not_positive_says_nothing():
    """S = -4, D2 = D3 = 1: 2 - 4 is negative, as it can be behind GELU."""
    activations = np.array([[[-4.0, 1.0]]])
    ones = lambda copies: (None, np.ones((len(copies), 1, 1, 2)))  # noqa: E731
    found = smoothgradcam_plus_plus(np.zeros((2, 2, 3)), activations, ones, samples=3)
    np.testing.assert_allclose(found, [[1 / 3]])


@pytest.mark.parametrize("counterfactual", [False, True])
def test_on_a_model(network, doc, counterfactual):
    """Gradients of each noisy copy asked for one by one."""
    same = {"targets": [2], "layer": "conv", "counterfactual": counterfactual}
    options = {"samples": 5, "noise": 0.4, "seed": 3}
    seen = []

    def keep(activations, gradients):
        seen.append((activations, gradients))
        return np.ones((2, 2))

    [copies] = noisy_copies(doc[0], **options)
    for picture in (doc[0], *copies):
        camlight.explain_prediction(network, picture, method=keep, **same)
    gradients = np.array([pair[1] for pair in seen[1:]], "float64")
    first, second, third = (np.mean(gradients**power, axis=0) for power in (1, 2, 3))
    activations = seen[0][0].astype("float64")
    denominator = 2 * second + activations.sum(axis=(0, 1)) * third
    shares = np.where(denominator > 0, second / denominator, 0)
    expected = activations @ (shares * np.maximum(first, 0)).sum(axis=(0, 1))
    expl = camlight.explain_prediction(
        network, doc, method="smoothgradcam++", method_options=options, **same
    )
    found = expl.targets[0].raw_map
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())
    assert expl.method.startswith("Smooth Grad-CAM++")
