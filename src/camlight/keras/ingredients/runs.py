"""The model run on other pictures than its own, in portions of bounded memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import keras
import numpy as np

from camlight.keras.backends import Captured, load_backend
from camlight.keras.backends.compiled import Request
from camlight.keras.fast import compiled_for
from camlight.keras.places import Place

from .picture import inputs_of
from .scene import Scene

__all__ = ["shown"]

_PIXELS = 8 * 224 * 224
_PICTURES = 32
"""No more pixels and pictures go through a model at once: its activations take up memory."""


def shown(
    scene: Scene, places: Sequence[Place], pictures: np.ndarray, changed: str = ""
) -> Iterator[Captured]:
    """Yield what the places showed of each picture, and the gradients of the scene's target.

    Parameters
    ----------
    scene : Scene
    places : sequence of Place
    pictures : ndarray, shape (N, H, W, C)
    changed : str
        What is different about the model while this runs, if anything is.

    Notes
    -----
    All portions are equally large, the last one is filled up, so that one compiled function
    serves them. Where the target is a function, or the model doesn't treat pictures one by one,
    they are run one after another.
    """
    run, plan = scene.run, replace(scene.plan, layers=list(places))
    index, compile = scene.target.index, scene.question.compile
    fast = None
    if index is not None:
        fast = compiled_for(run, scene.memory, plan, compile, len(pictures), changed)
    for part in _portions(pictures):
        batch = None
        if fast is not None and index is not None:
            filled = np.concatenate([part, np.repeat(part[-1:], _size(pictures) - len(part), 0)])
            batch = fast.ask(run, places, Request(inputs_of(scene, filled), (index,), 0))
        for number in range(len(part)):
            if batch is not None and batch.splits:
                yield batch.row(number)[0]
            else:
                yield _one(scene, places, part[number : number + 1])


def _one(scene: Scene, places: Sequence[Place], picture: np.ndarray) -> Captured:
    inputs = keras.tree.pack_sequence_as(scene.run.inputs, inputs_of(scene, picture))
    run = replace(scene.run, inputs=inputs)
    captured: Captured = load_backend().capture(run, places, lambda _: [scene.target.score])
    return captured


def _portions(pictures: np.ndarray) -> Iterator[np.ndarray]:
    size = _size(pictures)
    return (pictures[start : start + size] for start in range(0, len(pictures), size))


def _size(pictures: np.ndarray) -> int:
    """Return how many pictures make a portion, such that all are about equally large."""
    most = max(1, min(_PICTURES, _PIXELS // math.prod(pictures.shape[1:-1])))
    return math.ceil(len(pictures) / math.ceil(len(pictures) / most))
