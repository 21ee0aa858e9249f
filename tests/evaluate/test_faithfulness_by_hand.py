"""Each measure on scores so simple that its value can be worked out on paper."""

import numpy as np
import pytest

from camlight import evaluate

WEIGHTS = np.array([[[2.0], [-1.0]], [[3.0], [0.5]]])
PICTURE = np.array([[[1.0], [2.0]], [[4.0], [6.0]]])
TERMS = (WEIGHTS * PICTURE)[..., 0]
"""2, -2, 12 and 3: what each pixel adds to the linear score, 15."""


def linear(pictures):
    return (pictures * WEIGHTS).sum(axis=(1, 2, 3))


def total(pictures):
    return pictures.sum(axis=(1, 2, 3))


def test_deletion():
    """12, 3, 2 and -2 leave in this order: the scores are 15, 3, 0, -2, 0."""
    measure = evaluate.deletion(TERMS, PICTURE, linear, steps=4, baseline="zero")
    np.testing.assert_allclose(measure.details["scores"], [15, 3, 0, -2, 0])
    np.testing.assert_allclose(measure.details["shares"], [0, 0.25, 0.5, 0.75, 1])
    assert measure.value == pytest.approx((15 / 2 + 3 + 0 - 2 + 0) / 4)
    assert (measure.metric, measure.better, measure.passes) == ("deletion", "lower", 5)


def test_insertion():
    """They come in this order: 0, 12, 15, 17, 15."""
    measure = evaluate.insertion(TERMS, PICTURE, linear, steps=4, baseline=0)
    np.testing.assert_allclose(measure.details["scores"], [0, 12, 15, 17, 15])
    assert measure.value == pytest.approx((0 + 12 + 15 + 17 + 15 / 2) / 4)
    assert measure.better == "higher"


def test_steps_that_do_not_divide_the_places():
    """Of four places in three steps: 1, 2 and 4 are gone, so the last step is twice as wide."""
    measure = evaluate.deletion(TERMS, PICTURE, linear, steps=3, baseline="zero")
    np.testing.assert_allclose(measure.details["shares"], [0, 0.25, 0.5, 1])
    np.testing.assert_allclose(measure.details["scores"], [15, 3, 0, 0])
    assert measure.value == pytest.approx((15 + 3) / 2 * 0.25 + 3 / 2 * 0.25)


def test_the_mean_is_each_channels_own(rng):
    picture = rng.normal(size=(3, 4, 2))
    last = []
    evaluate.deletion(picture[..., 0], picture, lambda p: last.append(p[-1]) or total(p), steps=12)
    np.testing.assert_allclose(last[-1], np.broadcast_to(picture.mean((0, 1)), picture.shape))


def test_equal_places_come_in_an_order_of_the_seed():
    flat = np.zeros((2, 2))
    curves = {
        tuple(evaluate.deletion(flat, PICTURE, linear, steps=4, seed=seed).details["scores"])
        for seed in range(20)
    }
    again = evaluate.deletion(flat, PICTURE, linear, steps=4, seed=3).details["scores"]
    assert len(curves) > 5
    assert tuple(again) in curves


def test_confidence_drop():
    """The map is 1 on the 4, 0.25 on the 6, else 0: of 13 are left 4 + 1.5."""
    heatmap = np.array([[-5.0, 0.0], [8.0, 2.0]])
    measure = evaluate.confidence_drop(heatmap, PICTURE, total)
    assert measure.value == pytest.approx((13 - 5.5) / 13)
    assert measure.details == {"score": 13.0, "masked": 5.5, "increase": False}


def test_a_score_that_rises_has_not_dropped():
    """Only the -1 is left out: the score rises from 15 to 17."""
    heatmap = np.array([[1.0, 0.0], [1.0, 1.0]])
    rise = evaluate.confidence_drop(heatmap, PICTURE, linear)
    assert (rise.value, rise.details["increase"]) == (0.0, True)
    drop = evaluate.confidence_drop(1 - heatmap, PICTURE, total)  # 2 of 13 are left
    average, increase = evaluate.average_drop([rise, drop])
    assert average == pytest.approx(100 * (0 + 11 / 13) / 2)
    assert increase == 50


def test_road():
    """The 8 between 0 and 4 becomes 2; the 0, at the border, becomes what its neighbour is."""
    picture = np.array([[[0.0], [8.0], [4.0]]])
    measure = evaluate.road(picture[..., 0], picture, total, percentiles=[34], noise=0)
    np.testing.assert_allclose(measure.details["highest_first"], [0 + 2 + 4])
    np.testing.assert_allclose(measure.details["lowest_first"], [8 + 8 + 4])
    assert measure.value == pytest.approx(14)


def test_the_gradient_of_a_linear_score_has_no_infidelity():
    options = {"perturbation": "noise", "scaled": False}
    assert evaluate.infidelity(WEIGHTS, PICTURE, linear, **options).value < 1e-20
    half = evaluate.infidelity(WEIGHTS / 2, PICTURE, linear, **options)
    assert half.details["share"] == pytest.approx(0.75)  # half is missed, of the square a quarter


def test_the_terms_of_a_linear_score_have_no_infidelity_by_squares():
    found = evaluate.infidelity(TERMS, PICTURE, linear, size=1, baseline=0, scaled=False)
    assert found.value == 0
    assert set(found.details["lost"]) == {2, -2, 12, 3}


def test_infidelity_by_hand():
    """Squares of 1 x 2, whose losses are 2 and 5, foretold as 1 and 1: the scale is 3.5."""
    picture, heatmap = np.array([[[2.0], [5.0]]]), np.array([[1.0, 1.0]])
    plain = evaluate.infidelity(heatmap, picture, total, size=1, baseline=0, scaled=False)
    fives = (plain.details["lost"] == 5).mean()
    assert 0.3 < fives < 0.7
    assert plain.value == pytest.approx(fives * 16 + (1 - fives) * 1)
    scaled = evaluate.infidelity(heatmap, picture, total, size=1, baseline=0)
    mean = 5 * fives + 2 * (1 - fives)
    assert scaled.details["scale"] == pytest.approx(mean)
    assert scaled.value == pytest.approx(fives * (5 - mean) ** 2 + (1 - fives) * (2 - mean) ** 2)


def test_a_scaled_map_of_zeros_explains_nothing():
    found = evaluate.infidelity(np.zeros((2, 2)), PICTURE, linear, size=1)
    assert (found.details["scale"], found.details["share"]) == (0, 0)


def test_max_sensitivity():
    """A map that is the picture moves by what the picture moves by."""
    measure = evaluate.max_sensitivity(lambda p: p[..., 0], PICTURE, radius=0.5, samples=4, seed=2)
    random = np.random.default_rng(2)
    moves = [np.linalg.norm(random.uniform(-0.5, 0.5, PICTURE.shape)) for _ in range(4)]
    np.testing.assert_allclose(measure.details["distances"], moves / np.linalg.norm(PICTURE))
    assert measure.value == measure.details["distances"].max()
    assert measure.passes == 5


def test_a_map_that_does_not_look_is_never_moved():
    assert evaluate.max_sensitivity(lambda p: evaluate.centre_map((2, 2)), PICTURE).value == 0


def test_sensitivity_n_of_a_linear_score():
    options = {"sizes": [1, 2, 3], "baseline": "zero"}
    assert evaluate.sensitivity_n(TERMS, PICTURE, linear, **options).value == pytest.approx(1)
    assert evaluate.sensitivity_n(-TERMS, PICTURE, linear, **options).value == pytest.approx(-1)


def test_sensitivity_n_by_hand():
    """One of three places each, losses 1, 2, 6 against 0, 1, 1: Pearson's r over the draws."""
    picture, heatmap = np.array([[[1.0], [2.0], [6.0]]]), np.array([[0.0, 1.0, 1.0]])
    measure = evaluate.sensitivity_n(heatmap, picture, total, sizes=[1], samples=9, baseline=0)
    random = np.random.default_rng(0)
    drawn = [int(random.choice(3, 1, replace=False)[0]) for _ in range(9)]
    expected = np.corrcoef(heatmap[0][drawn], picture[0, :, 0][drawn])[0, 1]
    assert measure.value == pytest.approx(expected)


def test_cells_go_together(rng):
    """On a 4 x 4 picture of 2 x 2 cells, all pixels of two cells go, and no others."""
    seen = []

    def watched(pictures):
        seen.extend(pictures[..., 0])
        return total(pictures)

    picture = np.ones((4, 4, 1)) + rng.uniform(size=(4, 4, 1))
    evaluate.sensitivity_n(picture[..., 0], picture, watched, sizes=[2], cell=2, baseline="zero")
    gone = [(one == 0).reshape(2, 2, 2, 2).mean(axis=(1, 3)) for one in seen[1:]]
    assert all(sorted(cells.ravel()) == [0, 0, 1, 1] for cells in gone)


@pytest.mark.parametrize("shape", [(6,), (2, 3), (2, 3, 2)])
def test_signals_pictures_and_volumes(shape, rng):
    """Of a sum over places the map of its terms is best, whatever the number of axes."""
    picture = rng.uniform(1, 2, size=(*shape, 1))

    def summed(pictures):
        return pictures.reshape(len(pictures), -1).sum(axis=1)

    terms = picture[..., 0]
    found = evaluate.sensitivity_n(terms, picture, summed, sizes=[1, 3], baseline="zero")
    assert found.value == pytest.approx(1)
    exact = evaluate.infidelity(terms, picture, summed, size=1, baseline="zero", scaled=False)
    assert exact.value < 1e-20
    best, worst = (
        evaluate.deletion(sign * terms, picture, summed, steps=6).value for sign in (1, -1)
    )
    assert best < worst
