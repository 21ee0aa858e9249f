"""RISE by hand, beside its own formula, and on evidence whose place is known."""

import itertools

import numpy as np
import pytest

import camlight
from camlight.methods.perturbation import RandomMasks, rise
from tests.methods.planted import looking_at


def brightness(pictures, count):
    return np.array([picture.sum() for picture in pictures])


def random_masks(*args, **kwargs):
    drawn = RandomMasks(*args, **kwargs)
    return (drawn.mask(*one) for one in drawn)


def test_by_hand_of_one_cell():
    """A single cell is seen or not: the score is 6 or 0, seen in a share q of the masks."""
    picture = np.array([[[1.0], [2.0]], [[0.0], [3.0]]])
    q = np.mean([mask.max() for mask in random_masks((2, 2), 50, cells=1, p=0.3, seed=5)])
    assert 0.1 < q < 0.5
    found = rise(picture, brightness, masks=50, cells=1, p=0.3, seed=5)
    np.testing.assert_allclose(found, np.full((2, 2), q * (1 - q) * 6 / 0.3))


def test_with_its_mean_it_is_the_papers(rng):
    """Equation 6, with the masks' own mean in place of its expectation where the mean was."""
    picture = rng.uniform(0, 1, (12, 10, 3))
    found = rise(picture, brightness, masks=40, cells=3, p=0.4, seed=2)
    masks = np.array(list(random_masks((12, 10), 40, cells=3, p=0.4, seed=2)))
    scores = np.array([(picture * mask[..., None]).sum() for mask in masks])
    paper = np.einsum("n,nhw->hw", scores, masks) / (40 * 0.4)
    np.testing.assert_allclose(found + scores.mean() * masks.mean(axis=0) / 0.4, paper)


@pytest.mark.parametrize("size", [(17,), (12, 20), (6, 9, 8)])
def test_masks(size):
    masks = np.array(list(random_masks(size, 400, cells=3, p=0.3, seed=1)))
    assert masks.shape == (400, *size)
    assert masks.min() == 0
    assert masks.max() == 1
    assert masks.mean() == pytest.approx(0.3, abs=0.03)
    steps = np.abs(np.diff(masks, axis=-1)).max()
    assert steps <= 1 / -(-size[-1] // 3) + 1e-9  # smooth: from one cell to the next


def test_the_same_seed_gives_the_same_masks():
    first, second, other = (next(random_masks((9, 9), 1, seed=seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_masks_are_made_as_they_are_needed():
    endless = random_masks((4, 4), 10**12, cells=2)
    assert len(list(itertools.islice(endless, 3))) == 3


def test_evidence_at_a_known_place(rng):
    doc = rng.uniform(0.5, 1, (24, 24, 3)).astype("float32")
    expl = camlight.explain_prediction(
        looking_at(np.s_[4:9, 14:20], (24, 24, 3)),
        doc,
        [1],
        method="rise",
        method_options={"masks": 600, "cells": 6},
    )
    heatmap = expl.targets[0].heatmap
    row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)
    assert row in range(4, 9)
    assert column in range(14, 20)
    assert heatmap[4:9, 14:20].mean() > 3 * heatmap[12:, :10].mean()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"masks": 0}, ValueError, "`masks` of 1 or more. Received: 0"),
        ({"masks": "many"}, TypeError, "`masks` to be an integer. Received: 'many' of type str"),
        ({"p": 1}, ValueError, "`p` between 0 and 1. Received: 1"),
        ({"p": None}, TypeError, "`p` to be a number. Received: None"),
        ({"cells": 2.0}, TypeError, "`cells` to be an integer. Received: 2.0"),
        ({"seed": -1}, ValueError, "`seed` of 0 or more. Received: -1"),
        ({"seed": True}, TypeError, "`seed` to be an integer. Received: True"),
    ],
)
def test_what_is_no_option(network, doc, options, error, message):
    with pytest.raises(error) as caught:
        camlight.explain_prediction(network, doc, method="rise", method_options=options)
    assert message in str(caught.value)
