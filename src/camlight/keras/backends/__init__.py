"""One module for each Keras backend; each is the only one that imports its framework.

A backend module has five functions and a class. The first three take a `Run` of a built
model, run it once as for a prediction, and leave it as it was:

``capture(run, places, choose)``
    Returns a `Captured`: the outputs of the places, the model's answer, the scores that the
    functions returned by ``choose(answer)`` give, and their derivatives with respect to the
    outputs of the places. A place that is called more than once is caught in its ``call``.
``all_paths_cross(run, place)``
    Says whether the output depends on the picture through the place alone.
``hessian_product(run, place, score, direction)``
    Returns the second derivatives of a score with respect to the output of the place, a matrix,
    times `direction`, an array of the output's shape: exactly, 0 where there is no dependence.
``outlined(function)``
    Returns what the function returns. What it runs may be computed in outline only, where this is
    faster: tensors then have a shape and a type, but no values.
``Compiled()``
    Is called with a run, places and a `compiled.Request`, and returns a `compiled.Batch`: what
    `capture` does, for a batch, compiled at the first call. ``COMPILE_AT_CALL`` says at which
    call of a model that pays. It may return None where compiling doesn't pay, unless that is
    ``required``.
``to_numpy(tensor)``
    Returns a tensor of the framework as a NumPy array, half precision as float32. They may share
    memory: such an array isn't written to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import keras
import numpy as np

from camlight.keras.running import Answer

__all__ = ["Captured", "Choose", "Score", "load_backend"]

Score = Callable[[Any], Any]
"""Takes the explained output as a tensor of the backend, returns one number as another."""

Choose = Callable[[Answer], Sequence[Score]]
"""Takes the model's answer as NumPy arrays, returns the scores that are asked for."""

_BACKENDS = {
    "jax": "camlight.keras.backends.jax",
    "tensorflow": "camlight.keras.backends.tensorflow",
    "torch": "camlight.keras.backends.torch",
}


@dataclass(frozen=True)
class Captured:
    """What one run of a model showed, in NumPy arrays.

    Attributes
    ----------
    answer : Answer
        What the model said.
    activations : list of ndarray
        The output of each place.
    scores : list of float
        The value of each score.
    gradients : list of list of (ndarray or None)
        For each score its derivatives with respect to the output of each place, None where
        there is no dependence.
    """

    answer: Answer
    activations: list[np.ndarray]
    scores: list[float]
    gradients: list[list[np.ndarray | None]]

    @classmethod
    def of(
        cls,
        to_numpy: Callable[[Any], np.ndarray],
        answer: Answer,
        kept: Sequence[Any],
        scores: Sequence[Any],
        gradients: Sequence[Sequence[Any]],
    ) -> Captured:
        """Return what was captured, its tensors turned into arrays by `to_numpy`."""
        return cls(
            answer.map(to_numpy),
            [to_numpy(tensor) for tensor in kept],
            [float(to_numpy(score)) for score in scores],
            [[g if g is None else to_numpy(g) for g in row] for row in gradients],
        )


def load_backend() -> ModuleType:
    """Return the module for the backend that Keras runs on in this process.

    Raises
    ------
    NotImplementedError
        For a backend that camlight has no module for.
    """
    name = keras.config.backend()
    if name not in _BACKENDS:
        raise NotImplementedError(
            f"Expected Keras to run on one of these backends: {', '.join(_BACKENDS)}. "
            f"Received: keras.config.backend() == {name!r}. Set the environment variable "
            "KERAS_BACKEND=tensorflow before Keras is imported."
        )
    return import_module(_BACKENDS[name])
