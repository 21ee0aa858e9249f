"""The table of what can be explained."""

import keras
import numpy as np
import pytest

import camlight


def test_of_a_network(network):
    table = camlight.layers(network)
    assert [(row.path, row.type, row.size) for row in table] == [
        ("conv", "Conv2D", (8, 8)),
        ("branch", "Conv2D", (8, 8)),
        ("sum", "Add", (8, 8)),
    ]
    assert [row.automatic for row in table] == [
        "",
        "",
        "the last map that every path to the output crosses",
    ]
    assert len(table) == 3
    assert table[-1].path == "sum"


def test_as_text(network):
    lines = str(camlight.layers(network)).splitlines()
    assert lines[0] == "Model network: 3 layers can be explained. By itself: sum."
    assert lines[2].split() == ["layer", "type", "map"]
    assert lines[-1].startswith("sum     Add     8 x 8  automatic: the last map that every path")
    assert repr(camlight.layers(network)) == str(camlight.layers(network))


def test_as_html_with_hostile_names(doc):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(2, 3, name="<script>")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(x)), name="<b>")
    page = camlight.layers(model)._repr_html_()
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    assert page.count("<tr") == 2


@pytest.mark.filterwarnings("ignore::camlight.ExplanationWarning")
def test_every_row_can_be_explained(network, vit, doc):
    for model in (network, vit):
        for row in camlight.layers(model, doc):
            expl = camlight.explain_prediction(model, doc, targets=[0], layer=row.path)
            assert expl.targets[0].raw_map.shape == row.size, row


def test_tokens(vit, doc):
    [chosen] = [row for row in camlight.layers(vit) if row.automatic]
    assert (chosen.path, chosen.size, chosen.tokens) == ("add_0", (4, 4), 18)
    assert chosen.automatic.startswith("the last tokens that every path crosses and whose patches")
    assert chosen.path == camlight.explain_prediction(vit, doc, [0]).layer


def test_a_layer_that_is_called_twice():
    inputs = keras.Input((8, 8, 3))
    conv = keras.layers.Conv2D(3, 3, padding="same", name="conv")
    x = keras.layers.GlobalAveragePooling2D()(conv(conv(inputs)))
    [row] = camlight.layers(keras.Model(inputs, keras.layers.Dense(2)(x)))
    assert (row.path, row.calls) == ("conv", 2)
    assert row.cells[-1].endswith("; called 2 times")


def test_a_model_of_any_size():
    inputs = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(2, 3, strides=2, padding="same", name="conv")(inputs)
    table = camlight.layers(keras.Model(inputs, keras.layers.GlobalMaxPooling2D()(x)))
    assert table[0].size == (112, 112)
    assert "Sizes are for pictures of 224 x 224 pixels" in str(table)


def test_a_subclassed_model_needs_a_picture(doc):
    class Own(keras.Model):
        def __init__(self):
            super().__init__(name="own")
            self.blocks = [keras.layers.Conv2D(3, 3, name="conv")]

        def call(self, inputs):
            return keras.ops.mean(self.blocks[0](inputs), axis=(1, 2))

    with pytest.raises(
        ValueError, match=r"`own`, which doesn't say.*`camlight.layers\(model, doc\)`"
    ):
        camlight.layers(Own())
    assert [row.path for row in camlight.layers(Own(), doc)] == ["conv"]


def test_nothing_to_explain():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="table")
    text = "Model table: 0 layers can be explained. None of them suits as the automatic one."
    assert str(camlight.layers(model)) == text


def test_what_is_no_model():
    with pytest.raises(TypeError, match="Expected a Keras model. Received: str"):
        camlight.layers("model")


def test_the_model_is_left_as_it_was(network):
    before = [np.asarray(weight) for weight in network.get_weights()]
    camlight.layers(network)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
