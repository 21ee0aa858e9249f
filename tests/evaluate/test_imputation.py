"""Filling in, against the same equations solved densely."""

import re

import numpy as np
import pytest

from camlight.evaluate import impute


def dense(picture, mask):
    """Solve for the missing pixels one equation each, written down one by one."""
    height, width, _ = picture.shape
    places = [tuple(place) for place in np.argwhere(mask)]
    left = np.zeros((len(places), len(places)))
    right = np.zeros((len(places), picture.shape[-1]))
    for row, (y, x) in enumerate(places):
        for dy, dx in np.ndindex(3, 3):
            other = (y + dy - 1, x + dx - 1)
            if other == (y, x) or not (0 <= other[0] < height and 0 <= other[1] < width):
                continue
            weight = 1 / 6 if 1 in (dy, dx) else 1 / 12
            left[row, row] += weight
            if mask[other]:
                left[row, places.index(other)] -= weight
            else:
                right[row] += weight * picture[other]
    filled = picture.copy()
    filled[mask] = np.linalg.solve(left, right)
    return filled


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("size", [(1, 7), (3, 4), (9, 13), (16, 16)])
def test_agrees_with_a_dense_solution(size, share, rng):
    picture = rng.normal(size=(*size, 3))
    mask = rng.uniform(size=size) < share
    mask[0, 0] = False
    np.testing.assert_allclose(impute(picture, mask), dense(picture, mask), atol=1e-9)


def test_a_large_hole_and_a_single_known_pixel(rng):
    picture = rng.normal(size=(20, 20, 2))
    hole = np.zeros((20, 20), bool)
    hole[3:18, 2:19] = True
    np.testing.assert_allclose(impute(picture, hole), dense(picture, hole), atol=1e-9)
    one = np.ones((20, 20), bool)
    one[4, 7] = False
    np.testing.assert_allclose(impute(picture, one), np.broadcast_to(picture[4, 7], picture.shape))


def test_a_hole_in_black(rng):
    picture = np.zeros((30, 30, 1))
    picture[0, 0] = 5
    hole = np.zeros((30, 30), bool)
    hole[8:22, 8:22] = True
    np.testing.assert_allclose(impute(picture, hole), dense(picture, hole), atol=1e-9)


def test_known_pixels_stay_and_the_dtype_too(rng):
    picture = rng.normal(size=(8, 8, 3)).astype("float32")
    before, mask = picture.copy(), rng.uniform(size=(8, 8)) < 0.5
    filled = impute(picture, mask, noise=0.5, seed=1)
    assert filled.dtype == np.float32
    np.testing.assert_array_equal(filled[~mask], picture[~mask])
    np.testing.assert_array_equal(picture, before)
    np.testing.assert_array_equal(filled, impute(picture, mask, noise=0.5, seed=1))
    added = np.std(filled[mask] - impute(picture, mask)[mask])
    assert 0.3 < added < 0.7


@pytest.mark.parametrize(
    ("picture", "mask", "words"),
    [
        (np.ones((4, 4, 1)), np.ones((4, 4), bool), "leave a pixel"),
        (np.ones((4, 4, 1)), np.ones((4, 5), bool), "shape (4, 4), a pixel each. Received: dtype"),
        (np.ones((4, 4, 1)), np.ones((4, 4)), "Received: dtype float64"),
        (np.ones((4, 1)), np.ones(4, bool), "eight neighbours. Received: shape (4, 1)"),
    ],
)
def test_bad_input(picture, mask, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        impute(picture, mask)
