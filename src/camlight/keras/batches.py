"""Pictures of a data set, read and put together to batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import keras
from PIL import Image

from .inputs import Inputs, check_image, read_inputs
from .question import Question

__all__ = ["Picture", "batches", "read_pictures"]

_END: Any = object()


@dataclass(frozen=True)
class Picture:
    """One picture of a data set: what the model is given, and what to draw on."""

    inputs: Inputs
    image: Image.Image | None

    @property
    def kind(self) -> Any:
        """What pictures of one batch have in common."""
        leaves = keras.tree.flatten(self.inputs.values)
        return [None if leaf is None else (leaf.shape, leaf.dtype) for leaf in leaves]


def read_pictures(
    model: keras.Model, question: Question, docs: Iterator[Any], images: Iterator[Any]
) -> Iterator[Picture]:
    """Read one picture after another; an error carries a note which one it was of."""
    for number in count():
        try:
            doc, image = next(docs, _END), next(images, _END)
            if doc is _END:
                return
            if image is _END:
                raise ValueError("Expected `images` to hold one for each picture. It ended before.")
            check_image(image)
            inputs = read_inputs(model, doc, question.preprocess, question.preprocessed)
        except Exception as error:
            error.add_note(f"This was picture {number} of `docs`, counted from 0.")
            raise
        yield Picture(inputs, image)


def batches(pictures: Iterator[Picture], size: int) -> Iterator[list[Picture]]:
    """Yield batches of pictures of the same shape, in order."""
    batch: list[Picture] = []
    for picture in pictures:
        if batch and picture.kind != batch[0].kind:
            yield batch
            batch = []
        batch.append(picture)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
