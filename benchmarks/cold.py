"""First calls, each in a fresh process, and repeated calls, each of a new model."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from time import sleep

import keras

from . import models
from .contenders import Case, load
from .timing import PAUSE, seconds_of, turns

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


def repeated(model: str, counts: list[int], rounds: int) -> dict[str, list[list[float]]]:
    """Return the seconds that the first calls of `explain_prediction` on a new model take.

    The ways to make them take turns; each gets a copy of its own, which nobody has called yet.

    Parameters
    ----------
    model : str
    counts : list of int
        After how many calls the time is read, in rising order.
    rounds : int

    Returns
    -------
    dict of {str: list of list of float}
        For each way and round, the times.
    """
    import camlight

    ways = {"by itself": None, "plain": False, "compiled": True}
    network, picture = models.build(model), models.pictures(model, 1)
    for choice in ways.values():
        camlight.explain_prediction(network, picture, compile=choice)
    found: dict[str, list[list[float]]] = {name: [] for name in ways}
    for name in turns(ways, rounds):
        copy = keras.models.clone_model(network)
        copy.set_weights(network.get_weights())
        explain = partial(
            camlight.explain_prediction, copy, picture, targets=[3], compile=ways[name]
        )
        sleep(PAUSE)
        times = [seconds_of(explain) for _ in range(counts[-1])]
        found[name].append([sum(times[:count]) for count in counts])
    return found


def _settle() -> None:
    """Run something else first, so that the framework itself is there."""
    warm = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)])
    warm(keras.ops.zeros((1, 8, 8, 3)))
