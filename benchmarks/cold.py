"""First calls and repeated calls, each in a fresh process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from . import models
from .timing import seconds_of

__all__ = ["first_call", "repeated"]


def first_call(model: str, contender: str) -> float:
    """Return the seconds that the first call in this process takes, with the contender's import.

    Parameters
    ----------
    model : str
    contender : {"model", "camlight", "eli5", "tf-keras-vis", "tf-explain", "xplique"}
        "model" is the model called as it is.
    """
    network, picture = models.build(model), models.pictures(model, 1)
    if contender == "model":
        tensor = keras.ops.convert_to_tensor(picture)
        return _anew(lambda: keras.ops.convert_to_numpy(network(tensor, training=False)))
    if contender == "camlight":
        return _anew(lambda: _explained(network, picture, 1, None))
    from .contenders import Case, load

    [chosen] = [one for one in load(keras.config.backend()) if one.name == contender]
    case = Case(network, picture, [3], models.layer_of(model, network, "last"))
    return _anew(lambda: chosen.begin(case)())


def repeated(model: str, calls: int, compile: bool | None) -> float:
    """Return the seconds that so many calls of `explain_prediction` take in this process."""
    network, picture = models.build(model), models.pictures(model, 1)
    return _anew(lambda: _explained(network, picture, calls, compile))


def _explained(network: keras.Model, picture: np.ndarray, calls: int, compile: bool | None) -> None:
    import camlight

    for _ in range(calls):
        camlight.explain_prediction(network, picture, targets=[3], compile=compile)


def _anew(job: Callable[[], Any]) -> float:
    """Time a job in a process where the framework has run, but not this model."""
    warm = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)])
    warm(keras.ops.zeros((1, 8, 8, 3)))
    return seconds_of(job)
