"""Our numbers beside those of Quantus, Captum and Xplique, which `make peers` writes anew."""

import json
from pathlib import Path

import numpy as np
import pytest

from camlight import evaluate
from tests.evaluate.peers import question
from tests.evaluate.peers.question import PICTURE, POSITIVE, SAMPLES, SEED, SIGNED, score_pictures

PEERS = Path(__file__).parent / "peers"
QUANTUS = json.loads((PEERS / "quantus.json").read_text("utf-8"))
XPLIQUE = json.loads((PEERS / "xplique.json").read_text("utf-8"))
CLOSE = {"rtol": 1e-4, "atol": 1e-6}
"""What float32 in three frameworks leaves."""


def test_the_references_say_what_made_them():
    for found in (QUANTUS, XPLIQUE):
        assert found["seed"] == SEED
        assert found["made"]
    assert QUANTUS["versions"]["quantus"] == "0.6.0"
    assert XPLIQUE["versions"]["xplique"] == "2.0.2"


def test_deletion_is_xpliques():
    measure = evaluate.deletion(SIGNED, PICTURE, score_pictures, steps=16, baseline="zero")
    np.testing.assert_allclose(measure.details["scores"], XPLIQUE["deletion"]["curve"], **CLOSE)
    np.testing.assert_allclose(measure.value, XPLIQUE["deletion"]["area"], **CLOSE)


def test_insertion_is_xpliques():
    measure = evaluate.insertion(SIGNED, PICTURE, score_pictures, steps=16, baseline="zero")
    np.testing.assert_allclose(measure.details["scores"], XPLIQUE["insertion"]["curve"], **CLOSE)
    np.testing.assert_allclose(measure.value, XPLIQUE["insertion"]["area"], **CLOSE)


def test_deletion_is_quantuss_pixel_flipping():
    """Theirs leaves out the whole picture, and counts the area in steps."""
    measure = evaluate.deletion(SIGNED, PICTURE, score_pictures, steps=16, baseline="zero")
    np.testing.assert_allclose(measure.details["scores"][1:], QUANTUS["pixel_flipping"], **CLOSE)


def test_confidence_drop_is_xpliques():
    """For a map whose minimum is 0; theirs stretches others to that, and takes absolute values."""
    drops = [
        evaluate.confidence_drop(POSITIVE, PICTURE, lambda p, k=k: question.probabilities(p)[:, k])
        for k in range(3)
    ]
    np.testing.assert_allclose([d.value for d in drops], XPLIQUE["average_drop"], **CLOSE)
    assert 0 in XPLIQUE["average_drop"]
    assert max(XPLIQUE["average_drop"]) > 0.1


def test_imputation_is_quantuss():
    filled = evaluate.impute(PICTURE.astype(float), question.HOLE)
    np.testing.assert_allclose(filled[..., 0], QUANTUS["imputation"], rtol=1e-6, atol=1e-8)


def test_road_is_quantuss():
    """Theirs counts the right answers, here of one picture, and removes the highest alone."""

    def right(pictures):
        logits = np.log(question.probabilities(pictures)) - [question.HANDICAP, 0, 0]
        return (logits.argmax(axis=1) == 0).astype(float)

    percentiles = question.PERCENTILES
    measure = evaluate.road(SIGNED, PICTURE, right, percentiles=percentiles, noise=0)
    assert 0 < measure.details["highest_first"].mean() < 1
    np.testing.assert_array_equal(measure.details["highest_first"], QUANTUS["road"])


def test_infidelity_is_quantuss_and_captums():
    options = {"perturbation": "noise", "size": 0.3, "samples": SAMPLES, "seed": SEED}
    gradient = question.gradient()
    plain = evaluate.infidelity(gradient, PICTURE, score_pictures, scaled=False, **options)
    np.testing.assert_allclose(plain.value, QUANTUS["captum_infidelity"], rtol=1e-3)
    np.testing.assert_allclose(plain.value, QUANTUS["quantus_infidelity"], rtol=1e-3)
    scaled = evaluate.infidelity(gradient, PICTURE, score_pictures, **options)
    assert scaled.value < plain.value
    np.testing.assert_allclose(scaled.value, QUANTUS["captum_infidelity_scaled"], rtol=1e-3)


def test_max_sensitivity_is_quantuss():
    measure = evaluate.max_sensitivity(
        question.explain, PICTURE, radius=question.RADIUS, samples=SAMPLES, seed=SEED
    )
    np.testing.assert_allclose(measure.value, QUANTUS["max_sensitivity"], **CLOSE)


def test_sensitivity_n_is_quantuss_faithfulness_correlation():
    """What Quantus calls SensitivityN correlates other sums, over pictures: it is no reference."""
    measure = evaluate.sensitivity_n(
        SIGNED,
        PICTURE,
        score_pictures,
        sizes=[question.SUBSET],
        samples=SAMPLES,
        baseline="zero",
        seed=SEED,
    )
    np.testing.assert_allclose(measure.value, QUANTUS["faithfulness_correlation"], rtol=1e-3)


def test_sums_and_losses_are_those_of_xpliques_mu_fidelity():
    """Theirs removes a random number of pixels, and correlates ranks."""
    rows = [[pixel == "1" for pixel in row] for row in XPLIQUE["mu_fidelity"]["removed"]]
    removed = np.reshape(rows, (SAMPLES, *SIGNED.shape))
    pictures = np.where(removed[..., np.newaxis], 0, PICTURE)
    lost = score_pictures(PICTURE[np.newaxis]) - score_pictures(pictures)
    sums = (removed * SIGNED).sum(axis=(1, 2))
    ranks = [np.argsort(np.argsort(values)) for values in (sums, lost)]
    assert np.corrcoef(*ranks)[0, 1] == pytest.approx(XPLIQUE["mu_fidelity"]["spearman"], abs=1e-6)
