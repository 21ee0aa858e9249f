"""camlight, the same on every backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .contender import Case, Contender

__all__ = ["CAMLIGHT"]


WARM = 4
"""After so many calls an explanation is compiled, on every backend."""


def _begin(case: Case) -> Callable[[], Any]:
    import camlight

    same = {"targets": case.targets, "layer": case.layer}
    if len(case.pictures) == 1:
        for _ in range(WARM):
            camlight.explain_prediction(case.model, case.pictures, **same)
        return lambda: [camlight.explain_prediction(case.model, case.pictures, **same)]
    size = len(case.pictures)
    return lambda: list(
        camlight.explain_predictions(case.model, case.pictures, batch_size=size, **same)
    )


def _first(case: Case) -> Callable[[], Any]:
    import camlight

    return lambda: camlight.explain_prediction(case.model, case.pictures, targets=case.targets)


def _maps(explanations: Any, case: Case) -> np.ndarray:
    return np.array([[target.heatmap for target in expl.targets] for expl in explanations])


CAMLIGHT = Contender("camlight", _begin, _maps, package="camlight", first=_first)
