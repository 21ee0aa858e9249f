"""The first look: which target stays, and how many forward passes a method takes."""

import numpy as np
import pytest

from camlight.evaluate.similarity import first_look
from camlight.progress import heard, progress, show_progress


def test_the_target_stays(network, doc):
    look = first_look(network, doc, {"top_targets": 1})
    assert look.how == {"targets": [look.expl.targets[0].target]}
    assert first_look(network, doc, {"targets": ["b"], "target_names": list("abcd")}).how[
        "targets"
    ] == ["b"]


def test_passes_are_counted(network, doc):
    assert first_look(network, doc, {}).passes == 1
    options = {"size": 4, "stride": 4}
    with show_progress(False):
        assert (
            first_look(network, doc, {"method": "occlusion", "method_options": options}).passes > 4
        )


@pytest.mark.parametrize("shown", [True, False])
def test_none_is_told_twice(shown, capsys):
    seen, inside = [], []
    with show_progress(shown), heard(seen.append), progress("outer", 3) as outer:
        with progress("inner", 2) as inner:
            inner(2)
        with heard(inside.append), progress("inner", 1) as inner:
            inner(1)
        outer(3)
    assert (seen, inside) == ([3], [1])


def test_a_line_before_anything_starts(capsys, monkeypatch):
    monkeypatch.setattr("camlight.progress._somebody_waits", lambda: True)
    with progress("Report", 7, at_once=True):
        assert "Report: 0 of 7 forward passes" in capsys.readouterr().err
    with progress("Report", 7):
        assert "forward passes" not in capsys.readouterr().err


def test_models_that_cannot_be_tested(network, doc):
    with pytest.raises(ValueError, match="a constant map of shape"):
        first_look(network, doc, {"method": lambda activations: np.ones((8, 8))})
