"""What an explanation keeps of signals and volumes, to draw them."""

import keras
import numpy as np
import pytest
from PIL import Image

import camlight
from camlight.keras.capture.compiled import Plan
from camlight.keras.graph.spatial import FeatureMapSpec
from camlight.keras.inputs import Inputs
from tests.forms.kinds import signal, volume


def test_a_signal_is_kept_and_drawn(rng):
    doc = rng.normal(size=(1, 16, 2)).astype("float32")
    given = doc.copy()
    expl = camlight.explain_prediction(signal(), doc, targets=[0, 1])
    doc[:] = 0
    np.testing.assert_array_equal(expl.data, given[0])
    assert expl.data.dtype == np.float32
    assert expl.image is None
    assert "data" not in repr(expl)
    axes = camlight.format_as_figure(expl).axes[0]
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), given[0, :, 1])
    shown = camlight.show_prediction(signal(), given, targets=[0, 1], layout="grid")
    assert shown == camlight.format_as_image(expl)


def test_a_volume_is_kept_and_drawn(rng, tmp_path):
    doc = rng.normal(size=(1, 4, 5, 6, 2)).astype("float32")
    expl = camlight.explain_prediction(volume(), doc)
    np.testing.assert_array_equal(expl.data, doc[0])
    assert camlight.format_as_image(expl, contours=2).mode == "RGBA"
    expl.save(tmp_path / "volume.npz")
    assert camlight.load(tmp_path / "volume.npz") == expl


def test_each_of_many_keeps_its_own(rng):
    docs = rng.normal(size=(5, 16, 2)).astype("float32")
    found = [e.data for e in camlight.explain_predictions(signal(), docs, batch_size=2)]
    np.testing.assert_array_equal(found, docs)


def test_a_picture_is_kept_as_a_picture(network, doc):
    assert camlight.explain_prediction(network, doc).data is None


def drawn(values, rank, data_format):
    """The values of a signal or volume, drawn on no picture of the user's."""
    plan = Plan([], 0, FeatureMapSpec(rank, data_format))
    return Inputs(values, 0, {}, None).canvas(Image.new("RGB", (1, 1)), plan)[1]


@pytest.mark.parametrize(
    ("shape", "rank", "data_format", "expected"),
    [
        ((1, 2, 16), 1, "channels_first", (16, 2)),
        ((1, 2, 4, 5, 6), 3, "channels_first", (4, 5, 6, 2)),
        ((1, 16), 1, "channels_last", (16, 1)),
        ((1, 4, 5, 6), 3, "channels_last", (4, 5, 6, 1)),
        ((1, 7, 8, 8, 3), 2, "channels_last", None),
        ((1, 3, 16, 2), 1, "channels_last", None),
    ],
)
def test_channels_come_last(shape, rank, data_format, expected):
    values = np.arange(np.prod(shape)).reshape(shape)
    data = drawn(values, rank, data_format)
    if expected is None:
        assert data is None
        return
    assert data.shape == expected
    assert data.dtype == np.float64


def test_channels_first_by_hand():
    values = np.array([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])
    data = drawn(values, 1, "channels_first")
    assert data.tolist() == [[1, 4], [2, 5], [3, 6]]


def test_of_several_inputs_the_one_that_is_explained(rng):
    wave, age = keras.Input((12, 1), name="wave"), keras.Input((2,), name="age")
    x = keras.layers.Conv1D(3, 3, activation="relu", kernel_initializer="ones")(wave)
    x = keras.layers.concatenate([keras.layers.GlobalAveragePooling1D()(x), age])
    scores = keras.layers.Dense(2, kernel_initializer="ones")(x)
    model = keras.Model({"wave": wave, "age": age}, scores)
    docs = {"age": np.ones((1, 2)), "wave": rng.normal(size=(1, 12, 1)).astype("float32")}
    np.testing.assert_array_equal(camlight.explain_prediction(model, docs).data, docs["wave"][0])
