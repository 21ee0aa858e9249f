"""camlight's maps of the case, and how far they are from the peers'."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import camlight
from camlight.methods.method import read_method

from .by_hand import FORMULAS, worked_out
from .case import TARGET, in_keras, load
from .keeping import kept
from .pairs import BY_HAND, Pair

__all__ = ["difference", "ours", "paper", "reproduced", "theirs"]


def ours(pair: Pair) -> np.ndarray:
    """Return camlight's signed map, made on the backend that runs."""
    _, picture = load()
    layer = {"layer": pair.layer} if read_method(pair.method).uses_layer else {}
    expl = camlight.explain_prediction(
        _model(pair.softmax, pair.scale),
        picture,
        targets=[TARGET],
        method=pair.method,
        method_options=dict(pair.options),
        **layer,
    )
    signed: np.ndarray = expl.targets[0].raw_map
    return signed


@cache
def _model(softmax: bool, scale: float) -> Any:
    return in_keras(load(scale)[0], softmax=softmax)


def theirs(pair: Pair) -> np.ndarray:
    """Return the map that ours is held to."""
    if pair.peer == BY_HAND:
        return paper(pair)
    return kept(pair.peer)[pair.called or pair.method]


def paper(pair: Pair) -> np.ndarray:
    """Return the map of the paper's formula by hand."""
    return worked_out(pair.paper or FORMULAS[pair.method], pair.scale)


def reproduced(pair: Pair) -> np.ndarray:
    """Return the peer's map by hand, with its departure from the paper."""
    assert pair.as_the_peer is not None
    return worked_out(pair.as_the_peer, pair.scale)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest difference of two maps, as a share of the other's largest value."""
    if one.shape != other.shape:
        raise ValueError(f"Expected maps of one shape. Received: {one.shape}, {other.shape}.")
    return float(np.abs(one - other).max() / np.abs(other).max())
