"""The map lies where the object is: two photographs side by side, each asked for in turn."""

from itertools import permutations

import keras
import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import demo


def squeezed(name, size):
    return demo.photo(name).resize(size, Image.Resampling.BICUBIC)


def side_by_side(left, right):
    picture = Image.new("RGB", (224, 224))
    picture.paste(squeezed(left, (112, 224)), (0, 0))
    picture.paste(squeezed(right, (112, 224)), (112, 0))
    return picture


def batch_of(picture):
    return demo.preprocess_input(np.asarray(picture)[np.newaxis])


def drawn(heatmap, picture):
    """The heatmap as it lies over the picture, in its pixels."""
    expand = camlight.formatters.image.expand_heatmap
    return np.asarray(expand(heatmap, picture, Image.Resampling.BICUBIC), dtype=float)


@pytest.fixture(scope="module")
def cases(lite0):
    """For all ordered pairs and both sides: is the peak on the right photo, and how much is."""
    tops = {
        name: int(keras.ops.convert_to_numpy(lite0(batch_of(squeezed(name, (224, 224))))).argmax())
        for name in demo.PHOTOS
    }
    found = []
    for pair in permutations(demo.PHOTOS, 2):
        picture = side_by_side(*pair)
        doc = batch_of(picture)
        for side, name in enumerate(pair):
            expl = camlight.explain_prediction(lite0, doc, targets=[tops[name]], image=picture)
            heat = drawn(expl.targets[0].heatmap, picture)
            half = slice(112 * side, 112 * (side + 1))
            peak_column = np.unravel_index(heat.argmax(), heat.shape)[1]
            found.append((peak_column // 112 == side, heat[:, half].sum() / heat.sum()))
    return np.array(found, dtype=float)


def test_all_ordered_pairs_of_five(cases):
    assert len(cases) == 40


def test_the_peak_is_on_the_right_photo(cases):
    assert cases[:, 0].sum() >= 38


def test_most_of_the_map_is_on_the_right_photo(cases):
    assert cases[:, 1].mean() >= 0.88
