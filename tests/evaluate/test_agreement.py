"""Rank correlation of maps over methods, layers and noise."""

import json
from itertools import count

import numpy as np
import pytest

from camlight import evaluate
from camlight.evaluate.agreement import noised


def constant(activations):
    return np.ones(activations.shape[:-1])


def row(activations):
    return np.arange(64.0).reshape(8, 8)


def column(activations):
    return np.arange(64.0).reshape(8, 8).T


def test_matrix_by_hand(network, doc):
    """A map by rows and one by columns: cell (i, j) has ranks 8 i + j and 8 j + i; the correlation
    of these is 16 / 65."""
    found = evaluate.agreement(network, doc, methods=[row, column, constant])
    assert found.labels == ("row", "column", "constant")
    wanted = [[1, 16 / 65, np.nan], [16 / 65, 1, np.nan], [np.nan] * 3]
    np.testing.assert_allclose(found.matrix, wanted)
    assert found.mean == pytest.approx(16 / 65)
    assert "none" in str(found)
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["matrix"][2] == [None] * 3


def test_methods_layers_and_noise(network, doc):
    found = evaluate.agreement(
        network, doc, methods=["gradcam"], layers=["conv", "sum"], noise=[0, 0.2], targets=[1]
    )
    assert found.labels == ("conv", "conv, noise 0.2", "sum", "sum, noise 0.2")
    assert [expl.layer for expl in found.explanations] == ["conv", "conv", "sum", "sum"]
    assert found.matrix[0, 1] != 1
    again = evaluate.agreement(
        network, doc, methods=["gradcam"], layers=["conv", "sum"], noise=[0, 0.2], targets=[1]
    )
    np.testing.assert_array_equal(found.matrix, again.matrix)
    other = evaluate.agreement(
        network, doc, layers=["conv", "sum"], noise=[0, 0.2], targets=[1], seed=1
    )
    assert other.labels[1] == "gradcam, conv, noise 0.2"
    assert other.matrix[0, 1] != found.matrix[0, 1]


def test_finer_maps_are_averaged_down(network, doc):
    """Four cells each 0 1 / 2 3 from quarters of the finer map."""
    sizes = count()

    def coarse_then_fine(activations):
        fine = np.kron(np.arange(4.0).reshape(2, 2), np.ones((4, 4)))
        return np.arange(4.0).reshape(2, 2) if next(sizes) == 0 else fine

    found = evaluate.agreement(network, doc, methods=[coarse_then_fine, coarse_then_fine])
    assert found.matrix[0, 1] == pytest.approx(1)


def turned(activations, *, times=0):
    return np.rot90(row(activations), times)


def test_each_method_has_options_of_its_own(network, doc):
    """A map and its half turn: the ranks run backwards."""
    found = evaluate.agreement(network, doc, methods={row: None, turned: {"times": 2}})
    assert found.labels == ("row", "turned")
    assert found.matrix[0, 1] == pytest.approx(-1)
    same = evaluate.agreement(
        network, doc, methods=[turned], noise=[0, 0.1], method_options={"times": 2}
    )
    np.testing.assert_array_equal(same.explanations[1].targets[0].raw_map[0, 0], 63)


def test_options_in_two_places_are_refused(network, doc):
    with pytest.raises(TypeError, match="for all along with a list of methods. Received: both"):
        evaluate.agreement(network, doc, methods={row: None}, method_options={"times": 2})


@pytest.mark.parametrize("measure", [evaluate.agreement, evaluate.report])
def test_one_method_where_several_go(network, doc, measure):
    with pytest.raises(TypeError, match="Received: `method`"):
        measure(network, doc, method="gradcam")
    with pytest.raises(ValueError, match="one method or more"):
        measure(network, doc, methods=[])


def test_the_target_is_that_of_the_picture_as_it_is(network, doc):
    found = evaluate.agreement(network, doc, methods=["gradcam"], noise=[0, 2.0])
    assert len({expl.targets[0].target for expl in found.explanations}) == 1


def test_one_map_agrees_with_nothing(network, doc):
    with pytest.raises(ValueError, match="two maps or more"):
        evaluate.agreement(network, doc, methods=["gradcam"])


@pytest.mark.parametrize("level", [-0.1, "much", float("nan")])
def test_bad_noise(network, doc, level):
    with pytest.raises(ValueError, match="Expected `noise` of 0 or more"):
        evaluate.agreement(network, doc, noise=[0, level])


def test_noise_is_a_share_of_the_range():
    found = noised(np.array([[0.0, 100.0]]), 0.1, seed=0, is_picture=False)
    np.testing.assert_allclose(found, [[1.2573, 98.6790]], atol=1e-4)
    shown = noised(np.array([[0, 255]], np.uint8), 0.1, seed=0, is_picture=True)
    np.testing.assert_array_equal(shown, [[3, 252]])


def test_bad_docs(network, doc):
    with pytest.raises(TypeError, match="along with `noise`"):
        evaluate.agreement(network, [doc], noise=[0, 0.1])


def test_a_constant_first_map_is_told(network, doc):
    with pytest.raises(ValueError, match="a constant map of shape"):
        evaluate.agreement(network, doc, methods=[constant, "gradcam"])


def test_several_targets_are_refused(network, doc):
    with pytest.raises(ValueError, match="Received: 2 targets"):
        evaluate.agreement(network, doc, targets=[0, 1])


def test_the_figure_shows_every_number(network, doc):
    figure = evaluate.agreement(network, doc, methods=[row, column]).figure()
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["1.00", "0.25", "0.25", "1.00"]
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["1 row", "2 column"]


def test_what_is_no_correlation_has_no_such_figure(network, doc):
    measured = evaluate.faithfulness(network, doc, metrics=["road"])
    with pytest.raises(ValueError, match="Expected a result that holds correlations"):
        measured.figure()


def test_a_layer_is_looked_at(network, doc):
    found = evaluate.agreement(network, doc, layer="conv")
    assert [expl.layer for expl in found.explanations] == ["conv", "conv"]
    with pytest.raises(ValueError, match="no such"):
        evaluate.agreement(network, doc, layer="no such")
    with pytest.raises(TypeError, match="`layers` or `layer`. Received: both"):
        evaluate.agreement(network, doc, layer="conv", layers=["sum"])
    with pytest.raises(ValueError, match="a method that looks at a layer. Received: gradient"):
        evaluate.agreement(network, doc, methods=["gradient"], layer="conv", noise=[0, 0.1])


def test_one_layer_and_one_level_of_noise(network, doc):
    found = evaluate.agreement(network, doc, layers="conv", noise=0.1)
    assert [expl.layer for expl in found.explanations] == ["conv", "conv"]
    assert found.labels == ("gradcam", "layercam")


def test_a_method_without_layer_has_one_map(network, doc):
    found = evaluate.agreement(
        network, doc, methods=["gradient", "gradcam"], layers=["conv", None], noise=[0, 0.1]
    )
    assert found.labels == (
        "gradient",
        "gradient, noise 0.1",
        "gradcam, conv",
        "gradcam, conv, noise 0.1",
        "gradcam, automatic layer",
        "gradcam, automatic layer, noise 0.1",
    )


def test_functions_of_one_name_are_told_apart(network, doc):
    found = evaluate.agreement(
        network, doc, methods=[lambda activations: row(0), lambda activations: column(0)]
    )
    assert found.labels == ("<lambda>", "<lambda> 2")
