import keras
import numpy as np
import pytest

import camlight
from tests.references import array


@pytest.mark.parametrize("target", [2, np.int64(2), np.uint8(2)])
def test_integers_of_any_kind(network, doc, target):
    explained = camlight.explain_prediction(network, doc, targets=[target]).targets[0]
    assert (explained.target, type(explained.target)) == (2, int)


def test_by_default_the_highest_score(network, doc):
    highest = int(array(network(doc)).argmax())
    expected = camlight.explain_prediction(network, doc, targets=[highest])
    assert camlight.explain_prediction(network, doc) == expected


@pytest.mark.parametrize(
    ("targets", "error", "message"),
    [
        (2, TypeError, "list of one class index.* Received: 2 of type int"),
        ((2,), TypeError, "of type tuple"),
        (np.array([2]), TypeError, "of type ndarray"),
        ("cat", TypeError, "Received: 'cat' of type str"),
        (["cat"], TypeError, "item of `targets` to be an integer.* Received: 'cat'"),
        ([True], TypeError, "Received: True of type bool"),
        ([np.True_], TypeError, "of type bool"),
        ([2.0], TypeError, "Received: 2.0 of type float"),
        ([None], TypeError, "of type NoneType"),
        ([], ValueError, "one class index. Received: 0 items"),
        ([1, 2], ValueError, "Received: 2 items.*one by one"),
        ([-1], ValueError, "between 0 and 3: the model has 4 outputs. Received: -1"),
        ([4], ValueError, "Received: 4"),
    ],
)
def test_bad_targets(network, doc, targets, error, message):
    with pytest.raises(error, match=message):
        camlight.explain_prediction(network, doc, targets=targets)


def test_a_single_output_is_target_0(doc):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(3, 3)(inputs))
    head = keras.layers.Dense(1, activation="sigmoid", kernel_initializer="ones")
    model = keras.Model(inputs, head(x))
    expected = camlight.explain_prediction(model, doc, targets=[0])
    assert camlight.explain_prediction(model, doc) == expected
    with pytest.raises(ValueError, match="between 0 and 0: the model has 1 output. "):
        camlight.explain_prediction(model, doc, targets=[1])


def test_of_several_outputs_the_first(network, doc):
    second = keras.layers.Dense(7)(network.get_layer("pool").output)
    model = keras.Model(network.inputs, [network.output, second])
    expected = camlight.explain_prediction(network, doc).targets
    assert camlight.explain_prediction(model, doc).targets == expected
