"""Pictures of a data set, read and put together to batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import keras
import numpy as np
from PIL import Image

from .arrays import copied
from .inputs import Inputs, check_image, read_inputs
from .memory import Plan
from .question import Question

__all__ = ["Canvas", "Filling", "Picture", "batches", "read_pictures", "stacked", "told"]

Canvas = tuple[Image.Image | None, np.ndarray | None]

_END: Any = object()


@dataclass(frozen=True)
class Picture:
    """One picture of a data set: what the model is given, what to draw on, and its number."""

    inputs: Inputs
    image: Image.Image | None
    number: int = 0

    @property
    def kind(self) -> tuple[Any, ...]:
        """What pictures of one batch have in common."""
        leaves = keras.tree.flatten(self.inputs.values)
        return tuple(None if leaf is None else (leaf.shape, leaf.dtype.str) for leaf in leaves)

    def canvas(self, plan: Plan) -> Canvas:
        """Return what the map is drawn on: a picture, or the values of a signal or volume."""
        image, shown = self.image, (plan.picture, plan.maps)
        return self.inputs.image(*shown) if image is None else image, self.inputs.data(*shown)


def read_pictures(
    model: keras.Model,
    question: Question,
    docs: Iterator[Any],
    images: Iterator[Any],
    settled: bool = False,
) -> Iterator[Picture]:
    """Read one picture after another; an error carries a note which one it was of.

    They are copied unless `settled`, where no code of the user's runs before their batch is full:
    a generator may fill the same array with one picture after another.
    """
    for number in count():
        with told(number):
            doc, image = next(docs, _END), next(images, _END)
            if doc is _END:
                return
            if image is _END:
                raise ValueError("Expected `images` to hold one for each picture. It ended before.")
            check_image(image)
            inputs = read_inputs(model, doc, question.preprocess, question.preprocessed)
            if not settled:
                inputs = replace(inputs, values=copied(inputs.values))
        yield Picture(inputs, image, number)


@contextmanager
def told(number: int) -> Iterator[None]:
    """Add a note to an error, that says which picture it was of."""
    try:
        yield
    except Exception as error:
        error.add_note(f"This was picture {number} of `docs`, counted from 0.")
        raise


def batches(pictures: Iterator[Picture], size: int) -> Iterator[list[Picture]]:
    """Yield batches of pictures of the same shape, in order; an error comes after those before."""
    batch: list[Picture] = []
    while True:
        try:
            picture = next(pictures, None)
        except Exception:
            if batch:
                yield batch
            raise
        if batch and (picture is None or picture.kind != batch[0].kind):
            yield batch
            batch = []
        if picture is None:
            return
        batch.append(picture)
        if len(batch) == size:
            yield batch
            batch = []


def stacked(batch: list[Picture], rows: int) -> list[np.ndarray | None]:
    """Return the flattened inputs of all pictures; the last one is repeated to fill them up."""
    leaves = [keras.tree.flatten(picture.inputs.values) for picture in batch]
    leaves += [leaves[-1]] * (rows - len(leaves))
    return [None if same[0] is None else _concatenated(same) for same in zip(*leaves, strict=True)]


def _concatenated(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Return the arrays, one behind another, where a backend can read them without a copy."""
    size = sum(array.nbytes for array in arrays)
    memory = np.empty(size + _ALIGNED, np.uint8)
    start = -memory.ctypes.data % _ALIGNED
    flat = memory[start : start + size].view(np.result_type(*arrays))
    return np.concatenate(arrays, out=flat.reshape(-1, *arrays[0].shape[1:]))


_ALIGNED = 64
"""Bytes: TensorFlow and JAX read arrays in place that begin at a multiple of this."""


class Filling:
    """How many rows a batch gets: a short one is filled up, so as not to compile for it.

    That pays once, of pictures as there were in a full batch; one that comes again, as where
    pictures of several shapes take turns, had better be compiled for.

    Parameters
    ----------
    size : int
        Of a full batch.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._full: set[Any] = set()
        self._short: set[Any] = set()

    def rows(self, batch: list[Picture]) -> int:
        """Return the number of rows for the next batch."""
        kind, count = batch[0].kind, len(batch)
        if count == self._size:
            self._full.add(kind)
        fill = kind in self._full and (kind, count) not in self._short
        self._short.add((kind, count))
        return self._size if fill else count
