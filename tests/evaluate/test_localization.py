"""Where a map lies: shares and hits worked out by hand."""

import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import evaluate


def explained(heatmap, size=(8, 4)):
    """An explanation of a picture of 8 x 4 pixels."""
    target = camlight.TargetExplanation(1, heatmap=np.asarray(heatmap, dtype=float))
    return camlight.Explanation("net", targets=[target], image=Image.new("RGB", size))


def test_energy_by_hand():
    """Two cells over 8 pixels: 1 1 .875 .625 .375 .125 0 0, whose sum is 4."""
    expl = explained([[1.0, 0.0]])
    assert evaluate.energy_inside(expl, (0, 0, 4, 4)) == pytest.approx(3.5 / 4)
    assert evaluate.energy_inside(expl, (1, 1, 3, 2)) == pytest.approx(1.875 / 16)


def test_energy_of_a_map_of_pixels():
    heatmap = np.zeros((4, 8))
    heatmap[1, 2], heatmap[3, 7] = 1.0, 0.25
    mask = np.zeros((4, 8), dtype=bool)
    mask[3, 7] = True
    assert evaluate.energy_inside(explained(heatmap), mask=mask) == pytest.approx(0.2)
    assert evaluate.energy_inside(explained(heatmap), (2, 1, 3, 2)) == pytest.approx(0.8)


def test_an_even_map_has_the_regions_share():
    assert evaluate.energy_inside(explained(np.ones((2, 2))), (0, 0, 2, 2)) == pytest.approx(1 / 8)


def test_energy_of_another_target():
    expl = explained([[1.0, 0.0]])
    expl.targets.append(camlight.TargetExplanation(2, heatmap=np.array([[0.0, 1.0]])))
    assert evaluate.energy_inside(expl, (0, 0, 4, 4), target=1) == pytest.approx(0.125)


def test_pointing_by_hand():
    """The peak is the centre of the right cell: x 6, y 2; the pixel of column 6 and row 2."""
    expl = explained([[0.5, 1.0]])
    assert evaluate.pointing_game(expl, (6, 2, 7, 3))
    assert not evaluate.pointing_game(expl, (0, 0, 6, 4))
    assert not evaluate.pointing_game(expl, (7, 0, 8, 4))
    assert evaluate.pointing_game(expl, (7, 0, 8, 4), tolerance=1)
    assert not evaluate.pointing_game(expl, (0, 0, 3, 4), tolerance=2.9)
    assert evaluate.pointing_game(expl, (0, 0, 3, 4), tolerance=3)


def test_tolerance_goes_across():
    """From (6, 2) to the corner at (3, 0) it is the root of 9 + 4 minus what pixels are wide."""
    mask = np.zeros((4, 8), dtype=bool)
    mask[0, 2] = True
    expl = explained([[0.5, 1.0]])
    assert not evaluate.pointing_game(expl, mask=mask, tolerance=np.hypot(3, 1) - 0.01)
    assert evaluate.pointing_game(expl, mask=mask, tolerance=np.hypot(3, 1) + 0.01)


def test_a_picture_as_mask():
    mask = Image.new("1", (8, 4))
    mask.paste(1, (6, 0, 8, 4))
    assert evaluate.pointing_game(explained([[0.5, 1.0]]), mask=mask)


@pytest.mark.parametrize("measure", [evaluate.energy_inside, evaluate.pointing_game])
@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"box": (0, 0, 9, 4)}, "right <= 8 and .* inside the picture of 8 x 4"),
        ({"box": (-1, 0, 4, 4)}, "Received: \\(-1, 0, 4, 4\\)"),
        ({"box": (4, 0, 2, 4)}, "0 <= left < right"),
        ({"box": (0, 0, float("nan"), 4)}, "0 <= left < right"),
        ({"box": (0.6, 0.6, 1.2, 1.2)}, "not one pixel"),
        ({"box": (0, 0, 8, 4)}, "all of it"),
        ({"mask": np.ones((8, 4))}, r"shape \(4, 8\) for 8 x 4 pixels. Received: shape \(8, 4\)"),
        ({"mask": np.zeros((4, 8))}, "not one pixel"),
        ({"mask": np.full((4, 8), np.nan)}, "`mask` to hold finite numbers"),
        ({}, "Received: neither"),
        ({"box": (0, 0, 1, 1), "mask": np.ones((4, 8))}, "Received: both"),
    ],
)
def test_bad_regions(measure, where, message):
    with pytest.raises(ValueError, match=message):
        measure(explained([[1.0, 0.0]]), **where)


@pytest.mark.parametrize("box", [5, "abcd", (1, 2, 3)])
def test_what_is_no_box(box):
    with pytest.raises(TypeError, match="left, top, right, bottom"):
        evaluate.energy_inside(explained([[1.0, 0.0]]), box)


@pytest.mark.parametrize("box", [("a", 0, 1, 2), (None, 0, 1, 2)])
def test_boxes_that_hold_no_numbers(box):
    with pytest.raises(TypeError, match="`box` to hold four numbers of pixels. Received: "):
        evaluate.energy_inside(explained([[1.0, 0.0]]), box)


@pytest.mark.parametrize("target", ["cat", None, 0.5, True])
def test_what_is_no_number_of_a_target(target):
    for measure in (evaluate.energy_inside, evaluate.pointing_game):
        with pytest.raises(TypeError, match="counted from 0. Received: "):
            measure(explained([[1.0, 0.0]]), (0, 0, 1, 1), target=target)


@pytest.mark.parametrize("tolerance", [3, np.float32(3), np.int64(3)])
def test_numbers_of_numpy_are_tolerances(tolerance):
    expl = explained([[0.5, 1.0]])
    assert evaluate.pointing_game(expl, (0, 0, 3, 4), tolerance=tolerance)


def test_maps_that_lie_nowhere():
    box = (0, 0, 1, 1)
    with pytest.raises(ValueError, match="Received: an empty map"):
        evaluate.pointing_game(explained([[0.0, 0.0]]), box)
    with pytest.raises(ValueError, match="one of the explanation's 1 targets"):
        evaluate.pointing_game(explained([[0.0, 1.0]]), box, target=1)
    with pytest.raises(TypeError, match="Expected an `Explanation`"):
        evaluate.pointing_game(np.eye(2), box)
    expl = explained([[0.0, 1.0]])
    expl.image = None
    with pytest.raises(ValueError, match="Received: no picture"):
        evaluate.energy_inside(expl, box)
    with pytest.raises(ValueError, match="0 pixels or more"):
        evaluate.pointing_game(explained([[0.0, 1.0]]), box, tolerance=-1)
