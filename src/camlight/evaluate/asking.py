"""Explanations to be compared: of one target, that of the first look."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from camlight.base import Explanation, ExplanationWarning
from camlight.explain import explain_prediction
from camlight.progress import heard

__all__ = ["Look", "again", "first_look", "name_of", "signed_map"]


class Look(NamedTuple):
    """What a first look showed.

    Attributes
    ----------
    expl : Explanation
    how : dict
        The arguments that ask for the same target again.
    passes : int
        How many forward passes it took.
    """

    expl: Explanation
    how: dict[str, Any]
    passes: int


def first_look(model: Any, doc: Any, how: dict[str, Any]) -> Look:
    """Explain a prediction, and find out how to ask for the same again and what it takes.

    Parameters
    ----------
    model, doc
        As in `camlight.explain_prediction`.
    how : dict
        Its other arguments. Without ``targets`` the class with the highest score is taken, and
        stays the target whatever becomes of the scores.

    Raises
    ------
    ValueError
        If the model isn't supported, several targets are asked for, or the map is constant.
    """
    passes: list[int] = []
    with heard(passes.append):
        expl = explain_prediction(model, doc, **how)
    if expl.error or not expl.targets:
        raise ValueError(f"Expected a model that can be explained. Received: {expl.error}")
    if len(expl.targets) > 1:
        raise ValueError(
            "Expected one target, whose maps are compared. Received: "
            f"{len(expl.targets)} targets. Ask for one after the other: `targets=[...]`."
        )
    signed = signed_map(expl)
    if not np.isfinite(signed).all() or np.ptp(signed) == 0:
        raise ValueError(
            "Expected a map that differs from cell to cell, to compare others with. Received: "
            f"a constant map of shape {signed.shape}, by {expl.method} for {name_of(expl)}. "
            "Another layer, method or target, or `pre_softmax=True`, may have one."
        )
    fixed = {name: value for name, value in how.items() if name != "top_targets"}
    fixed["targets"] = how.get("targets") or [expl.targets[0].target]
    return Look(expl, fixed, 1 + sum(passes))


def again(model: Any, doc: Any, how: dict[str, Any]) -> Explanation:
    """Explain as before, without a word about maps that may well be empty."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExplanationWarning)
        return explain_prediction(model, doc, **how)


def signed_map(expl: Explanation) -> np.ndarray:
    """Return the signed map of the first target."""
    targets = expl.targets or []
    if not targets or targets[0].raw_map is None:
        raise ValueError("Expected an explanation with a map. Received: one without.")
    return targets[0].raw_map


def name_of(expl: Explanation) -> str:
    """Return what the first target is called."""
    target = (expl.targets or [])[0]
    return target.name or str(target.target)
