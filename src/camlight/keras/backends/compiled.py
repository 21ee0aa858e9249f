"""What a backend's compiled function gives for a batch of pictures, and how it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from camlight.keras.running import Answer

from . import Captured

__all__ = ["Batch", "Request"]


@dataclass(frozen=True)
class Request:
    """What is asked of each picture of a batch.

    Attributes
    ----------
    arrays : list of (ndarray or None)
        The model's flattened inputs, each with N rows; None where one is left out.
    indices : tuple of int
        The scores whose gradients are wanted.
    top : int
        Of how many of the highest scores they are wanted too.
    disposable : bool
        Whether the arrays belong to nobody else, so that they may be read in place.
    """

    arrays: list[np.ndarray | None]
    indices: tuple[int, ...]
    top: int
    disposable: bool = False

    @property
    def count(self) -> int:
        """The number of scores."""
        return len(self.indices) + self.top

    @property
    def given(self) -> list[np.ndarray]:
        """The inputs that aren't left out."""
        return [array for array in self.arrays if array is not None]

    def packed(self, tensors: Sequence[Any]) -> list[Any]:
        """Return the flattened inputs, made of tensors for those in `given`."""
        left = iter(tensors)
        return [None if array is None else next(left) for array in self.arrays]


@dataclass(frozen=True)
class Batch:
    """What one run of a compiled function showed of N pictures and T scores, in arrays.

    Attributes
    ----------
    answer : Answer
    activations : list of ndarray, each of shape (N, ...)
    indices : ndarray of int, shape (N, T)
    values : ndarray, shape (N, T)
        The scores.
    gradients : list of (ndarray of shape (T, N, ...) or None)
        For each place; None where no score depends on it.
    """

    answer: Answer
    activations: list[np.ndarray]
    indices: np.ndarray
    values: np.ndarray
    gradients: list[np.ndarray | None]

    def row(self, number: int) -> tuple[Captured, list[int]]:
        """Return what was captured of one picture, and which scores were taken."""
        count = len(self.indices)

        def part(array: np.ndarray) -> np.ndarray:
            return array if count == 1 else array[number : number + 1]

        captured = Captured(
            self.answer.map(part),
            [part(array) for array in self.activations],
            [float(value) for value in self.values[number]],
            [
                [None if array is None else part(array[score]) for array in self.gradients]
                for score in range(self.indices.shape[1])
            ],
        )
        return captured, [int(index) for index in self.indices[number]]

    @property
    def splits(self) -> bool:
        """Whether each picture has its own row in everything."""
        count = len(self.indices)
        arrays = [self.answer.scores, self.answer.output, *self.activations]
        return count == 1 or all(len(array) == count for array in arrays)
