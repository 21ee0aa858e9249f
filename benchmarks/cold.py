"""First calls and repeated calls, each in a fresh process."""

from __future__ import annotations

from importlib import import_module

import keras

from . import models
from .contenders import Case, load
from .timing import seconds_of

__all__ = ["first_call", "repeated"]


def first_call(model: str, contender: str) -> dict[str, float]:
    """Return the seconds that the first call in this process takes, and the import before it.

    Parameters
    ----------
    model : str
    contender : {"model", "camlight", "eli5", "tf-keras-vis", "tf-explain", "xplique"}
        "model" is the model called as it is.
    """
    network, picture = models.build(model), models.pictures(model, 1)
    _settle()
    if contender == "model":
        tensor = keras.ops.convert_to_tensor(picture)
        call = seconds_of(lambda: keras.ops.convert_to_numpy(network(tensor, training=False)))
        return {"import": 0.0, "call": call}
    [chosen] = [one for one in load(keras.config.backend()) if one.name == contender]
    case = Case(network, picture, [3], models.layer_of(model, network, "last"))
    importing = seconds_of(lambda: import_module(chosen.package))
    first = chosen.first or chosen.begin
    return {"import": importing, "call": seconds_of(lambda: first(case)())}


def repeated(model: str, counts: list[int], compile: bool | None) -> list[float]:
    """Return the seconds that the first calls of `explain_prediction` in this process take.

    Parameters
    ----------
    model : str
    counts : list of int
        After how many calls the time is read, in rising order.
    compile : bool, optional
    """
    import camlight

    network, picture = models.build(model), models.pictures(model, 1)
    _settle()

    def run() -> None:
        camlight.explain_prediction(network, picture, targets=[3], compile=compile)

    times = [seconds_of(run) for _ in range(counts[-1])]
    return [sum(times[:count]) for count in counts]


def _settle() -> None:
    """Run something else first, so that the framework itself is there."""
    warm = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)])
    warm(keras.ops.zeros((1, 8, 8, 3)))
