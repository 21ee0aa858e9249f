"""The random control."""

import numpy as np
import pytest

from camlight.methods import random


def test_noise_is_uniform_and_seeded():
    features = np.zeros((40, 50, 2))
    noise = random(features)
    np.testing.assert_array_equal(noise, np.random.default_rng(0).random((40, 50)))
    np.testing.assert_array_equal(random(features + 1, seed=np.int64(0)), noise)
    assert abs(np.corrcoef(random(features, seed=1).ravel(), noise.ravel())[0, 1]) < 0.1


@pytest.mark.parametrize(
    ("seed", "error", "message"),
    [
        (0.5, TypeError, "`seed` to be an integer. Received: 0.5 of type float"),
        (True, TypeError, "Received: True of type bool"),
        (None, TypeError, "Received: None"),
        (-1, ValueError, "`seed` of 0 or more. Received: -1"),
    ],
)
def test_bad_seeds(seed, error, message):
    with pytest.raises(error, match=message):
        random(np.zeros((1, 1, 1)), seed=seed)
