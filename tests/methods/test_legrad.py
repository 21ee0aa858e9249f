import numpy as np

from camlight.methods import legrad


def test_by_hand():
    """A class token and two patches. Positive parts of the first block's two heads, over 6 rows:
    0 + 6 and 1 + 2 + 3; of the second's one head, over 3 rows: 3 and 0."""
    first = np.array(
        [[[9, -1, 1], [9, 6, 2], [9, -6, 3]], [[-9, -5, -5], [-9, 0, -5], [-9, -5, -5]]]
    )
    second = np.array([[[5, 3, -4], [0, 0, -1], [0, 0, -2]]])
    found = legrad([first, second], (1, 2))
    np.testing.assert_allclose(found, [[(1 + 1) / 2, (1 + 0) / 2]])
    assert found.dtype == np.float64


def test_what_changes_nothing(rng):
    gradients = [rng.normal(size=(3, 9, 9)).astype("float32") for _ in range(2)]
    copies = [gradient.copy() for gradient in gradients]
    found = legrad(gradients, (4, 2))
    np.testing.assert_array_equal(gradients, copies)
    np.testing.assert_allclose(legrad([g[::-1] for g in gradients], (4, 2)), found, rtol=1e-6)
    np.testing.assert_allclose(legrad(gradients[::-1], (4, 2)), found, rtol=1e-6)
    np.testing.assert_allclose(legrad([3 * g for g in gradients], (4, 2)), 3 * found, rtol=1e-6)


def test_nothing_speaks_for_it():
    np.testing.assert_array_equal(legrad([-np.ones((2, 3, 3))], (3, 1)), np.zeros((3, 1)))
