"""What the measures refuse, and in which words."""

import inspect
from functools import partial

import numpy as np
import pytest

from camlight import evaluate
from camlight.evaluate import METRICS

PICTURE = np.random.default_rng(0).uniform(size=(4, 4, 3)).astype("float32")
HEATMAP = np.random.default_rng(1).normal(size=(4, 4))
OF_A_MAP = [name for name in METRICS if name != "max_sensitivity"]
SMALL = {"insertion": {"steps": 5}, "deletion": {"steps": 5}}


def total(pictures):
    return pictures.sum(axis=(1, 2, 3))


def measured(metric, heatmap=HEATMAP, picture=PICTURE, score=total, **options):
    return METRICS[metric](heatmap, picture, score, **{**SMALL.get(metric, {}), **options})


def refused(kind, words, call, *args, **options):
    with pytest.raises(kind) as raised:
        call(*args, **options)
    for part in (words,) if isinstance(words, str) else words:
        assert part in str(raised.value)


@pytest.mark.parametrize("metric", OF_A_MAP)
def test_bad_maps(metric):
    hole = HEATMAP.copy()
    hole[1, 2] = np.nan
    wrong = ("shape (4, 4). Received: shape (2, 2)", "enlarge")
    refused(ValueError, wrong, measured, metric, HEATMAP[:2, :2])
    refused(ValueError, "1 of 16 values NaN", measured, metric, hole)
    refused(TypeError, "`heatmap` to be a NumPy array", measured, metric, HEATMAP.tolist())
    refused(TypeError, "Received: dtype complex128", measured, metric, HEATMAP * 1j)


@pytest.mark.parametrize("metric", OF_A_MAP)
def test_bad_pictures(metric):
    refused(TypeError, "`picture` to be a NumPy array", measured, metric, picture=[[1.0]])
    refused(ValueError, "channels last", measured, metric, picture=np.ones(4))
    refused(ValueError, "48 of 48 values NaN", measured, metric, picture=PICTURE * np.inf)


@pytest.mark.parametrize("metric", OF_A_MAP)
def test_bad_scores(metric):
    refused(ValueError, "one score for each picture", measured, metric, score=lambda p: p.sum())
    refused(ValueError, "finite numbers", measured, metric, score=lambda p: total(p) * np.nan)


@pytest.mark.parametrize("metric", OF_A_MAP)
def test_nothing_given_is_changed(metric):
    heatmap, picture = HEATMAP.copy(), PICTURE.copy()
    heatmap.flags.writeable = picture.flags.writeable = False
    measured(metric, heatmap, picture)
    np.testing.assert_array_equal(heatmap, HEATMAP)
    np.testing.assert_array_equal(picture, PICTURE)


@pytest.mark.parametrize("metric", OF_A_MAP)
def test_a_seed_decides_everything(metric):
    if "seed" not in inspect.signature(METRICS[metric]).parameters:
        return
    one, other = (measured(metric, seed=5).as_dict() for _ in range(2))
    assert one == other


def test_a_constant_map_or_score_correlates_with_nothing():
    refused(
        ValueError, "map that differs between subsets", measured, "sensitivity_n", np.ones((4, 4))
    )
    refused(
        ValueError,
        "score that differs between subsets",
        measured,
        "sensitivity_n",
        score=lambda p: np.ones(len(p)),
    )
    refused(
        ValueError,
        "no perturbation changed",
        measured,
        "infidelity",
        score=lambda p: np.ones(len(p)),
    )


@pytest.mark.parametrize(
    ("metric", "options", "kind", "words"),
    [
        ("deletion", {"steps": 0}, ValueError, "`steps` of 1 or more"),
        ("deletion", {"steps": 17}, ValueError, "at most 16"),
        ("deletion", {"steps": 2.5}, TypeError, "`steps` to be an integer"),
        ("deletion", {"baseline": "grey"}, ValueError, "Received: 'grey'"),
        ("deletion", {"baseline": np.ones((4, 4))}, ValueError, "shape (4, 4, 3)"),
        ("insertion", {"baseline": None}, TypeError, "NoneType"),
        ("insertion", {"baseline": np.inf}, ValueError, "NaN or infinity"),
        ("road", {"percentiles": []}, ValueError, "between 0 and 100"),
        ("road", {"percentiles": [100]}, ValueError, "between 0 and 100"),
        ("road", {"noise": -1}, ValueError, "0 or more"),
        ("infidelity", {"perturbation": "salt"}, ValueError, "'square' or 'noise'"),
        ("infidelity", {"perturbation": "noise"}, ValueError, "shape (4, 4, 3)"),
        ("infidelity", {"size": 5}, ValueError, "at most 4"),
        ("road", {"noise": True}, TypeError, "`noise` to be a number. Received: True"),
        ("infidelity", {"scaled": "no"}, TypeError, "True or False. Received: 'no'"),
        ("sensitivity_n", {"sizes": [1.9]}, ValueError, "whole numbers of cells from 1 to 15"),
        ("infidelity", {"samples": 0}, ValueError, "`samples` of 1 or more"),
        ("sensitivity_n", {"sizes": [16]}, ValueError, "from 1 to 15"),
        ("sensitivity_n", {"sizes": [0]}, ValueError, "from 1 to 15"),
        ("sensitivity_n", {"samples": 1}, ValueError, "`samples` of 2 or more"),
    ],
)
def test_bad_options(metric, options, kind, words):
    refused(kind, words, measured, metric, **options)


@pytest.mark.parametrize(
    ("seed", "kind", "words"),
    [
        (-1, ValueError, "Expected `seed` of 0 or more. Received: -1"),
        ("a", TypeError, "Expected `seed` to be an integer. Received: 'a'"),
        (None, TypeError, "Expected `seed` to be an integer. Received: None"),
    ],
)
def test_bad_seeds(network, doc, seed, kind, words):
    calls = [
        *(partial(measured, metric) for metric in OF_A_MAP if metric != "confidence_drop"),
        partial(evaluate.max_sensitivity, lambda p: p, PICTURE),
        partial(evaluate.impute, PICTURE, np.zeros((4, 4), bool)),
        partial(evaluate.random_map, (2, 2)),
        partial(evaluate.label_permutation, print, np.ones((2, 4, 4, 1)), np.arange(2)),
        *(
            partial(measure, network, doc)
            for measure in (
                evaluate.faithfulness,
                evaluate.randomization,
                evaluate.agreement,
                evaluate.report,
            )
        ),
    ]
    for call in calls:
        refused(kind, words, call, seed=seed)


def test_numbers_of_numpy_are_numbers():
    noise = np.float32(0.01)
    assert measured("road", noise=noise).value == measured("road", noise=float(noise)).value
    assert measured("deletion", seed=np.int64(3)).value == measured("deletion", seed=3).value


@pytest.mark.parametrize("score", [None, 3])
def test_what_is_no_function(score):
    refused(TypeError, "`score_pictures` to be a function", measured, "deletion", score=score)


def test_scores_that_are_no_numbers():
    refused(
        ValueError,
        "to return real numbers. Received: dtype <U1",
        measured,
        "deletion",
        score=lambda pictures: np.array(["a"] * len(pictures)),
    )


@pytest.mark.parametrize("shape", ["a", 3, (), None])
def test_what_is_no_shape(shape):
    for control in (evaluate.random_map, evaluate.centre_map):
        refused(TypeError, "Expected `shape` to be that of a map", control, shape)


@pytest.mark.parametrize("shape", [(-1, 2), (0, 2)])
def test_maps_without_cells(shape):
    for control in (evaluate.random_map, evaluate.centre_map):
        refused(ValueError, "Expected `shape` of 1 or more", control, shape)


def test_filling_in_what_is_no_array():
    mask, picture = np.zeros((4, 4), bool), PICTURE
    refused(TypeError, "`picture` to be a NumPy array", evaluate.impute, picture.tolist(), mask)
    refused(TypeError, "`mask` to be a NumPy array", evaluate.impute, picture, mask.tolist())
    refused(ValueError, "Expected a finite `noise`", evaluate.impute, picture, mask, noise=-1)
    hole = np.where(picture > 0.5, np.nan, picture)
    refused(ValueError, "`picture` to hold finite numbers", evaluate.impute, hole, mask)


def test_a_score_below_zero_loses_more_than_all():
    """Of 4 and -2 the -2 is left: the score falls from 2 to -2."""
    picture, heatmap = np.array([[[4.0], [-2.0]]]), np.array([[0.0, 1.0]])
    assert evaluate.confidence_drop(heatmap, picture, total).value == pytest.approx(2)


def test_a_score_that_is_not_positive_has_no_share_to_lose():
    refused(ValueError, "probability", measured, "confidence_drop", score=lambda p: -total(p))


def test_averages_of_something_else():
    refused(ValueError, "Received: nothing", evaluate.average_drop, [])
    refused(ValueError, "Received: ROAD", evaluate.average_drop, [measured("road")])
    refused(ValueError, "Received: int", evaluate.average_drop, [1])
    one = measured("confidence_drop")
    refused(TypeError, "a list of what `confidence_drop` found", evaluate.average_drop, one)
    refused(TypeError, "Received: NoneType", evaluate.average_drop, None)


def test_max_sensitivity():
    call = evaluate.max_sensitivity
    refused(ValueError, "zeros", call, lambda p: np.zeros(3), PICTURE)
    refused(ValueError, "NaN or infinity", call, lambda p: np.array([np.nan]), PICTURE)
    refused(ValueError, "Received: list", call, lambda p: [1.0], PICTURE)
    refused(ValueError, "positive number", call, lambda p: p, PICTURE, radius=0)
    refused(ValueError, "flat picture", call, lambda p: p, np.ones((2, 2, 1)))
    refused(TypeError, "`radius` to be a number", call, lambda p: p, PICTURE, radius="small")
    shapes = iter([(2,), (3,)])
    refused(ValueError, "one shape", call, lambda p: np.ones(next(shapes)), PICTURE)


@pytest.mark.parametrize("metric", METRICS)
def test_what_it_costs_is_known_before(metric):
    seen = []

    def counted(pictures):
        seen.append(len(pictures))
        return total(pictures)

    def explained(picture):
        seen.append(1)
        return picture

    options = SMALL.get(metric, {})
    if metric == "max_sensitivity":
        measure = evaluate.max_sensitivity(explained, PICTURE)
    else:
        measure = measured(metric, score=counted)
    assert sum(seen) == measure.passes == evaluate.forward_passes(metric, **options)


def test_unknown_measures_and_options():
    refused(ValueError, "out of: insertion, deletion", evaluate.forward_passes, "erasure")
    refused(ValueError, "Did you mean 'insertion'?", evaluate.forward_passes, "inserton")
    refused(TypeError, "Received: stride", evaluate.forward_passes, "deletion", stride=2)
