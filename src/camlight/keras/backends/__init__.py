"""One file for each Keras backend; each is the only one that imports its framework.

A backend has the functions and the class below. They take a `ForwardPass` of a built model, run
it as for a prediction, and leave it as it was.

``capture(run, layers, choose)``
    Runs the model once and returns a `Captured`: the outputs of the layers, the model's output,
    the scores that the functions returned by ``choose(output)`` give, and their derivatives by
    the outputs of the layers. A layer that is called more than once is caught in its ``call``.
``BatchRunner()``
    Is called with a run, layers and a `Request`, and returns what `capture` does, for a batch,
    compiled at the first call, which its ``traces`` count. ``COMPILE_AT_CALL`` says at which
    call of a model that pays. It may return None where compiling doesn't pay, unless that is
    ``required``.
``all_paths_cross(run, layer)``
    Says whether the output depends on the picture through the layer alone.
``hessian_product(run, layer, score, direction)``
    Returns the second derivatives of a score by the output of the layer, a matrix, times
    `direction`, an array of the output's shape: exactly, 0 where there is no dependence.
``outlined(model, function)``
    Returns what the function returns. What it runs may be computed in outline only, where this is
    faster: tensors then have a shape and a type, but no values.
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

from camlight.keras.run.forward import Output

__all__ = ["Captured", "Choose", "Request", "Score", "as_array", "copied", "load_backend"]

Score = Callable[[Any], Any]
"""Takes the explained output as a tensor of the backend, returns one number as another."""

Choose = Callable[[Output], Sequence[Score]]
"""Takes the model's output as NumPy arrays, returns the scores that are asked for."""

_BACKENDS = ("tensorflow", "jax", "torch")


@dataclass(frozen=True)
class Captured:
    """What came raw of one forward pass of N pictures and T scores, in NumPy arrays."""

    output: Output
    activations: list[np.ndarray]  # of each layer, shape (N, ...)
    scores: np.ndarray  # (N, T)
    gradients: list[list[np.ndarray | None]]  # of each score by each layer; None: independent
    indices: np.ndarray | None = None  # (N, T), which of the model's scores these are

    def row(self, number: int) -> Captured:
        """Return what was captured of one picture of the batch."""
        if len(self.scores) == 1:
            return self

        def part(array: np.ndarray) -> np.ndarray:
            return array[number : number + 1]

        return Captured(
            self.output.map(part),
            [part(array) for array in self.activations],
            part(self.scores),
            [[None if array is None else part(array) for array in row] for row in self.gradients],
            None if self.indices is None else part(self.indices),
        )

    @property
    def splits(self) -> bool:
        """Whether each picture has its own row in everything."""
        count = len(self.scores)
        arrays = [self.output.scores, self.output.values, *self.activations]
        return count == 1 or all(len(array) == count for array in arrays)


@dataclass(frozen=True)
class Request:
    """What is asked of each picture of a batch."""

    arrays: list[np.ndarray | None]  # the flattened inputs, each with N rows
    indices: tuple[int, ...]  # of the scores whose gradients are wanted
    top: int  # of how many of the highest scores they are wanted too
    disposable: bool = False  # whether the arrays belong to nobody else: read them in place

    @property
    def given(self) -> list[np.ndarray]:
        """The inputs that aren't left out."""
        return [array for array in self.arrays if array is not None]

    def packed(self, tensors: Sequence[Any]) -> list[Any]:
        """Return the flattened inputs, made of tensors for those in `given`."""
        left = iter(tensors)
        return [None if array is None else next(left) for array in self.arrays]


def load_backend() -> ModuleType:
    """Return the module for the backend that Keras runs on in this process."""
    name = keras.config.backend()
    if name not in _BACKENDS:
        raise NotImplementedError(
            f"Expected Keras to run on one of these backends: {', '.join(sorted(_BACKENDS))}. "
            f"Received: keras.config.backend() == {name!r}. Set the environment variable "
            "KERAS_BACKEND=tensorflow before Keras is imported."
        )
    return import_module(f"{__name__}.{name}")


def as_array(values: Any) -> np.ndarray:
    """Return an array or a tensor of the backend as an array."""
    array: np.ndarray
    array = load_backend().to_numpy(values) if keras.ops.is_tensor(values) else np.asarray(values)
    return array


def copied(values: Any) -> Any:
    """Return the same nested structure, its arrays copied."""
    return keras.tree.map_structure(
        lambda value: value.copy() if isinstance(value, np.ndarray) else value, values
    )
