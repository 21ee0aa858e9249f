import numpy as np
import pytest

from camlight.methods import rollout
from tests.forms.arithmetic import softmax


def test_by_hand():
    """A class token and two patches. Block 1: M = [[.5, .5, 0], [0, 1, 0], [0, .25, .75]];
    block 2, two heads of mean [[.2, .2, .6], [1, 0, 0], [0, 0, 1]]: its first row of M is
    [.6, .1, .3]. Times M of block 1: [.3, .3 + .1 + .075, .225]."""
    first = np.array([[[0, 1, 0], [0, 1, 0], [0, 0.5, 0.5]]])
    second = np.array(
        [[[0.4, 0.0, 0.6], [1, 0, 0], [0, 0, 1]], [[0.0, 0.4, 0.6], [1, 0, 0], [0, 0, 1]]]
    )
    found = rollout([first, second], (2, 1))
    np.testing.assert_allclose(found, [[0.475], [0.225]], rtol=1e-12)
    assert found.dtype == np.float64


def test_all_matrices_multiplied(rng):
    attentions = [softmax(rng.normal(size=(3, 8, 8))) for _ in range(4)]
    matrices = [0.5 * a.mean(axis=0) + 0.5 * np.eye(8) for a in attentions]
    rolled = matrices[3] @ matrices[2] @ matrices[1] @ matrices[0]
    expected = rolled[0, 2:].reshape(2, 3)
    np.testing.assert_allclose(rollout(attentions, (2, 3)), expected, rtol=1e-12)
    mean = rolled.mean(axis=0)
    np.testing.assert_allclose(rollout(attentions, (2, 4)), mean.reshape(2, 4), rtol=1e-12)
    given = rollout(attentions, (2, 3), reader="mean")
    np.testing.assert_allclose(given, mean[2:].reshape(2, 3), rtol=1e-12)


def test_rows_that_are_masked_are_scaled():
    """Attention of 0.5 in a row: half of it, beside half of the token itself."""
    half = np.array([[[0.0, 0.5], [0.0, 1.0]]])
    np.testing.assert_allclose(rollout([half], (1, 1)), [[0.25 / 0.75]])


def test_what_changes_nothing(rng):
    attentions = [softmax(rng.normal(size=(3, 5, 5))).astype("float32") for _ in range(2)]
    copies = [attention.copy() for attention in attentions]
    found = rollout(attentions, (1, 4))
    np.testing.assert_array_equal(attentions, copies)
    np.testing.assert_allclose(rollout([a[::-1] for a in attentions], (1, 4)), found, rtol=1e-6)
    np.testing.assert_allclose(rollout([np.tile(np.eye(5), (2, 1, 1))], (1, 5)), [[0.2] * 5])


def test_a_reader_that_there_is_not():
    with pytest.raises(ValueError, match='"first" or "mean". Received: \'last\''):
        rollout([np.eye(2)[np.newaxis]], (1, 2), reader="last")
