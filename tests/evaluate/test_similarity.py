"""How like two maps are: worked out by hand, and as SciPy and scikit-image have it."""

import importlib.util
import sys

import numpy as np
import pytest
from scipy import stats

from camlight import evaluate
from camlight.evaluate.similarity import checked_similarities, resized


def test_spearman_with_ties_by_hand():
    """Ranks 1.5 1.5 3 4 and 1 3 3 3, less 2.5: products add up to 2, squares to 4.5 and 3."""
    left, right = np.array([[2.0, 2.0], [5.0, 9.0]]), np.array([[0.0, 7.0], [7.0, 7.0]])
    assert evaluate.spearman(left, right) == pytest.approx(2 / np.sqrt(4.5 * 3))


def test_spearman_is_scipys(rng):
    left, right = rng.normal(size=(2, 7, 7)).round(1)
    right += left
    found = evaluate.spearman(left, right)
    assert found == pytest.approx(stats.spearmanr(left.ravel(), right.ravel())[0], abs=1e-12)
    found = evaluate.spearman(left, right, absolute=True)
    wanted = stats.spearmanr(np.abs(left).ravel(), np.abs(right).ravel())[0]
    assert found == pytest.approx(wanted, abs=1e-12)


def test_spearman_sees_the_order_alone(rng):
    left = rng.normal(size=(5, 6))
    assert evaluate.spearman(left, np.exp(left)) == 1
    assert evaluate.spearman(left, -left) == -1
    assert evaluate.spearman(left, -left, absolute=True) == 1


def test_faint_maps_correlate_as_strong_ones_do():
    strong = np.array([[1.0, 2.0, 4.0]])
    assert evaluate.spearman(strong * 1e-200, strong) == 1


def test_pictures_that_are_the_same(rng):
    heatmap = rng.normal(size=(7, 7))
    for measure in (evaluate.ssim, evaluate.hog_similarity):
        assert measure(heatmap, heatmap * 3) == pytest.approx(1)
        assert measure(heatmap, rng.normal(size=(7, 7))) < 0.7


def test_ssim_of_flat_pictures_by_hand():
    """Where nothing varies it is (2 a b + c) / (a a + b b + c), c = 0.01 squared; here one map is
    1 everywhere and the other on its left half."""
    half = np.zeros((64, 64))
    half[:, :32] = 1
    c = 0.01**2
    found = evaluate.ssim(np.ones((64, 64)), half)
    assert c / (1 + c) < found < 1
    assert found == pytest.approx(0.5, abs=0.06)  # the edge takes a window of 7 pixels


def test_resized_by_hand():
    np.testing.assert_allclose(resized(np.array([[0.0, 4.0]]), (1, 4)), [[0, 1, 3, 4]])
    np.testing.assert_allclose(resized(np.array([[0.0, 4.0, 2.0]]), (2, 2)), [[4 / 3, 8 / 3]] * 2)


def test_resized_is_pillows(rng):
    from PIL import Image

    heatmap = rng.uniform(size=(7, 5)).astype("float32")
    wanted = Image.fromarray(heatmap).resize((50, 63), Image.Resampling.BILINEAR)
    np.testing.assert_allclose(resized(heatmap, (63, 50)), np.asarray(wanted), atol=1e-5)


@pytest.mark.parametrize("measure", [evaluate.spearman, evaluate.ssim, evaluate.hog_similarity])
def test_what_cannot_be_compared(measure):
    with pytest.raises(ValueError, match=r"shapes \(2, 2\) and \(2, 3\)"):
        measure(np.eye(2), np.ones((2, 3)))
    with pytest.raises(TypeError, match="Received: list"):
        measure([[1.0]], np.eye(1))
    with pytest.raises(ValueError, match="NaN or infinity"):
        measure(np.eye(2), np.eye(2) * np.nan)


def test_a_constant_map_is_told():
    with pytest.raises(ValueError, match="Received: a constant map as the second"):
        evaluate.spearman(np.eye(3), np.ones((3, 3)))
    with pytest.raises(ValueError, match="Received: an empty map"):
        evaluate.ssim(np.eye(3), -np.eye(3))
    with pytest.raises(ValueError, match="Received: a constant map"):
        evaluate.hog_similarity(np.eye(3), np.ones((3, 3)))


def test_without_scikit_image(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.metrics", None)
    with pytest.raises(ImportError, match=r'pip install "camlight\[evaluate\]"'):
        evaluate.ssim(np.eye(7), np.eye(7))
    monkeypatch.setattr(
        "camlight.evaluate.similarity.find_spec",
        lambda name: None if name == "skimage" else importlib.util.find_spec(name),
    )
    assert checked_similarities(None, 2) == ("spearman", "absolute_spearman")


def test_without_scipy(monkeypatch, network, doc):
    for module in ("scipy.stats", "scipy.sparse"):
        monkeypatch.setitem(sys.modules, module, None)
    hole = np.eye(3, dtype=bool)
    for call in (
        lambda: evaluate.spearman(np.eye(3), np.eye(3)),
        lambda: evaluate.impute(np.ones((3, 3, 1)), hole),
        lambda: evaluate.randomization(network, doc),
        lambda: evaluate.agreement(network, doc),
    ):
        with pytest.raises(ImportError, match=r'SciPy .* pip install "camlight\[evaluate\]"'):
            call()


def test_which_similarities():
    assert checked_similarities(None, 2) == ("spearman", "absolute_spearman", "ssim", "hog")
    assert checked_similarities(None, 1) == ("spearman", "absolute_spearman")
    assert checked_similarities("ssim", 2) == ("ssim",)
    with pytest.raises(ValueError, match="Received: 'pearson'"):
        checked_similarities(["spearman", "pearson"], 2)
    with pytest.raises(ValueError, match="for maps of 3 axes"):
        checked_similarities(["hog"], 3)
