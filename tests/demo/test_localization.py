"""The map lies where the object is: two photographs side by side, each asked for in turn."""

import pytest
from PIL import Image

from camlight import demo, evaluate


@pytest.fixture(scope="module")
def pairs(lite0):
    return evaluate.photo_pairs(lite0, preprocess=demo.preprocess_input)


def test_all_ordered_pairs_of_five(pairs):
    assert len(pairs.cases) == 40
    assert {(case.left, case.right, case.asked) for case in pairs.cases} == {
        (left, right, asked)
        for left in demo.PHOTOS
        for right in demo.PHOTOS
        if left != right
        for asked in (left, right)
    }
    assert all(case.target == demo.PHOTOS[case.asked] for case in pairs.cases)


def test_the_peak_is_on_the_right_photo(pairs):
    assert pairs.hits >= 38 / 40


def test_most_of_the_map_is_on_the_right_photo(pairs):
    assert pairs.share >= 0.88


def test_a_share_is_what_lies_on_that_half(pairs):
    for case in pairs.cases[:4]:
        left = evaluate.energy_inside(case.explanation, (0, 0, 112, 224))
        assert case.share == pytest.approx(left if case.asked == case.left else 1 - left)


def test_what_knows_nothing_of_the_picture_finds_half(lite0):
    """A map that leans to the left is right for the left photos and wrong for the right ones."""

    def to_the_left(activations):
        return activations.mean(-1) * 0 + [4.0, 3, 2, 1, 0, 0, 0]

    photos = {name: demo.photo(name) for name in ("chelsea", "coffee")}
    found = evaluate.photo_pairs(
        lite0, photos, preprocess=demo.preprocess_input, method=to_the_left
    )
    assert found.hits == 0.5
    assert found.share == pytest.approx(0.5)
    assert "2 of 4 cases, with 50 % of the map" in found.verdict
    assert found.as_dict()["by chance"] == 0.5


def test_the_halves_of_the_picture(pairs):
    case = pairs.cases[0]
    picture = case.explanation.image
    assert picture.size == (224, 224)
    left = demo.photo(case.left).resize((112, 224), Image.Resampling.BICUBIC)
    assert picture.crop((0, 0, 112, 224)).tobytes() == left.tobytes()


def test_bad_arguments(lite0):
    cat = demo.photo("chelsea")
    with pytest.raises(ValueError, match="Expected `preprocess` along with photos"):
        evaluate.photo_pairs(lite0)
    with pytest.raises(TypeError, match="Expected photos by name, .* Received: list"):
        evaluate.photo_pairs(lite0, [1, 2], preprocess=demo.preprocess_input)
    for size in (224, "ab", (224,)):
        with pytest.raises(
            TypeError, match=r"`size` to be \(width, height\), in pixels. Received: "
        ):
            evaluate.photo_pairs(lite0, preprocess=demo.preprocess_input, size=size)
    with pytest.raises(ValueError, match="Expected `size` of 2 or more. Received: 0"):
        evaluate.photo_pairs(lite0, preprocess=demo.preprocess_input, size=(0, 0))
    with pytest.raises(ValueError, match="Expected two photos or more. Received: 1"):
        evaluate.photo_pairs(lite0, {"cat": cat}, preprocess=demo.preprocess_input)
    with pytest.raises(TypeError, match="Received: targets"):
        evaluate.photo_pairs(lite0, preprocess=demo.preprocess_input, targets=[1])
    with pytest.raises(TypeError, match="Received: str for 'b'"):
        evaluate.photo_pairs(lite0, {"a": cat, "b": "b.jpg"}, preprocess=demo.preprocess_input)
    with pytest.raises(ValueError, match="classes of their own. Received: 'a' and 'b', both 285"):
        evaluate.photo_pairs(lite0, {"a": cat, "b": cat}, preprocess=demo.preprocess_input)
