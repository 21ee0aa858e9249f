"""All contenders of one backend on one model, warm, in one process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from . import models
from .agreement import agreement
from .contenders import BASE, Case, Contender, load
from .timing import in_turn, summary
from .words import message

__all__ = ["question", "study"]

CASES = [
    {"pictures": 1, "targets": 1, "layer": "last"},
    {"pictures": 16, "targets": 1, "layer": "last"},
    {"pictures": 1, "targets": 10, "layer": "last"},
    {"pictures": 1, "targets": 1, "layer": "early"},
]
"""What a user does most, and each thing changed once."""


def study(model: str, rounds: int, seconds: float, seed: int = 0) -> list[dict[str, Any]]:
    """Time all contenders on a model.

    Parameters
    ----------
    model : str
        One of `models.MODELS`.
    rounds : int
        How often each is timed at most.
    seconds : float
        How long each may take in each case.
    seed : int
        For the weights.

    Returns
    -------
    list of dict
        An entry for each case and contender.
    """
    backend = keras.config.backend()
    contenders = [one for one in load(backend) if one.only in (None, model)]
    original = models.build(model, seed)
    copies = {contender.name: _copy(original) for contender in contenders}
    entries = []
    for case in CASES:
        asked = question(model, original, **case)
        begun = {one.name: _Begun(one, copies[one.name], asked) for one in contenders}
        jobs = {name: one.run for name, one in begun.items() if one.error is None}
        times = in_turn(jobs, rounds, seconds, (BASE[backend], "optimum by hand", "camlight"))
        base = summary(times[BASE[backend]])["median_ms"]
        ours = begun["camlight"].maps()
        for name, one in begun.items():
            entry = {"backend": backend, "model": model, **case, "contender": name}
            if one.error is None:
                found = summary(times[name])
                entry |= {**found, "ratio": round(found["median_ms"] / base, 3)}
                entry["agreement"] = one.agreement(ours)
            else:
                entry["error"] = one.error
            entries.append(entry)
    return entries


def question(
    name: str, model: keras.Model, pictures: int, targets: int, layer: str
) -> dict[str, Any]:
    """Return pictures, layer and targets, whose maps of the first picture aren't empty."""
    array = models.pictures(name, pictures)
    place = models.layer_of(name, model, layer)
    return {
        "pictures": array,
        "targets": _with_maps(model, array[:1], place)[:targets],
        "layer": place,
    }


def _with_maps(model: keras.Model, picture: np.ndarray, layer: str) -> list[int]:
    """Return the highest-scoring targets whose maps aren't empty."""
    import camlight

    expl = camlight.explain_prediction(model, picture, layer=layer, top_targets=30, compile=False)
    return [target.target for target in expl.targets if target.heatmap.any()]


def _copy(model: keras.Model) -> keras.Model:
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


class _Begun:
    """A contender that was asked, and what became of it."""

    def __init__(self, contender: Contender, model: keras.Model, asked: dict[str, Any]) -> None:
        self._contender = contender
        self._case = Case(model, **asked)
        self.run: Callable[[], Any] | None = None
        self.error: str | None = None
        try:
            self.run = contender.begin(self._case)
            self._given = self.run()
        except Exception as error:
            self.error = message(error)

    def maps(self) -> np.ndarray:
        """Return the maps it gave."""
        return self._contender.maps(self._given, self._case)

    def agreement(self, ours: np.ndarray) -> dict[str, Any] | None:
        """Say how far its maps agree with ours."""
        if self._contender.maps is None:
            return None
        shape = self._case.pictures.shape
        size = shape[2:] if keras.config.image_data_format() == "channels_first" else shape[1:3]
        try:
            return agreement(self.maps(), ours, size, self._contender.enlarge)
        except Exception as error:
            return {"error": message(error)}
