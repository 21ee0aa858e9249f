"""What a notebook shows of everything that isn't one picture."""

import keras
import numpy as np
import pytest

import camlight

pytest.importorskip("IPython")


def signal():
    inputs = keras.Input((16, 2))
    x = keras.layers.Conv1D(4, 3, activation="relu", name="conv", kernel_initializer="ones")(inputs)
    x = keras.layers.GlobalAveragePooling1D()(x)
    return keras.Model(inputs, keras.layers.Dense(2, kernel_initializer="ones")(x), name="signal")


def volume():
    inputs = keras.Input((4, 5, 6, 2))
    x = keras.layers.Conv3D(4, 2, activation="relu", kernel_initializer="ones")(inputs)
    x = keras.layers.GlobalAveragePooling3D()(x)
    return keras.Model(inputs, keras.layers.Dense(2, kernel_initializer="ones")(x), name="volume")


def test_several_targets_are_shown_side_by_side(network, doc, picture):
    expl = camlight.explain_prediction(network, doc, targets=[0, 1, 2], image=picture)
    shown = camlight.show_prediction(network, doc, targets=[0, 1, 2], image=picture)
    assert shown.data == camlight.format_as_html(expl)
    assert shown.data.count("<img") == 3


@pytest.mark.parametrize(
    ("model", "doc", "words", "columns"),
    [
        (signal(), np.ones((1, 16, 2), "float32"), "third, 36 % of 14 steps", ["column"]),
        (
            volume(),
            np.ones((1, 4, 5, 6, 2), "float32"),
            "first slices, middle left, 7 %",
            ["slice", "row", "column"],
        ),
    ],
    ids=["signal", "volume"],
)
def test_signals_and_volumes(model, doc, words, columns):
    expl = camlight.explain_prediction(model, doc)
    assert expl.image is None
    assert words in camlight.format_as_text(expl)
    shown = camlight.show_prediction(model, doc)
    assert "Most evidence: " in shown.data
    assert "<img" not in shown.data
    frame = camlight.format_as_dataframe(expl)
    assert list(frame.columns) == ["target", *columns, "value", "raw"]
    assert frame["value"].to_numpy().reshape(expl.targets[0].heatmap.shape).tolist() == (
        expl.targets[0].heatmap.tolist()
    )


def test_a_volume_beside_a_picture_is_described(picture):
    shown = camlight.show_prediction(volume(), np.ones((1, 4, 5, 6, 2), "float32"), image=picture)
    assert "Most evidence: " in shown.data
