"""For each method the paper, and the tests that hold it without any other library."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EVIDENCE", "Evidence"]


@dataclass(frozen=True)
class Evidence:
    """What a method is held to.

    Attributes
    ----------
    paper : str
        On arXiv by its number, or where else it appeared.
    by_hand, oracle : str
        Tests as ``"file::test"`` under ``tests/methods/``: one with values worked out by hand, one
        with a property that the paper proves or that must hold.
    says : str
        What the oracle says.
    """

    paper: str
    by_hand: str
    oracle: str
    says: str


EVIDENCE = {
    "gradcam": Evidence(
        "1610.02391",
        "test_gradcam.py::test_by_hand",
        "test_gradcam.py::test_permuting_the_channels_changes_nothing",
        "the order of the channels doesn't matter",
    ),
    "hirescam": Evidence(
        "2011.08891",
        "test_method.py::test_hirescam_adds_up_to_the_score",
        "test_method.py::test_hirescam_adds_up_to_the_score",
        "the map and the bias add up to the score",
    ),
}
