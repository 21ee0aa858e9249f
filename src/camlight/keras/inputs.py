"""The input: checked before anything runs, and arranged as the model takes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from PIL import Image

from .arrangement import Slot, arrange
from .arrays import batch_of_one, to_array
from .maps import Maps, data_format_of
from .preprocessing import Preprocess, opened, prepared, true_colours

__all__ = ["Inputs", "check_image", "read_inputs"]


@dataclass(frozen=True)
class Inputs:
    """What the model is given, and the pictures that it came from.

    Attributes
    ----------
    values : ndarray, or nested list, tuple or dict of ndarrays
        As the model takes them.
    picture : int
        Which of the flattened values is the picture, the first one where there are several.
    originals : dict
        The pictures that were preprocessed, by their position among the flattened values.
    preprocessed : str, optional
        The known way in which the pictures were preprocessed.
    """

    values: Any
    picture: int
    originals: dict[int, Image.Image]
    preprocessed: str | None

    def image(self, position: int, maps: Maps) -> Image.Image | None:
        """Return the picture to draw on; None for a signal, a volume or a film.

        Parameters
        ----------
        position : int
            Which of the flattened values is drawn.
        maps : Maps
            What the model's feature maps look like.

        Raises
        ------
        ValueError
            If the value isn't of 1, 3 or 4 channels, or of none, to make a picture of.
        """
        doc, data_format = keras.tree.flatten(self.values)[position], maps.data_format
        if maps.rank != 2 or doc.ndim > 4:
            return None
        if position in self.originals:
            return self.originals[position]
        if doc.ndim == 3:
            doc, data_format = doc[..., np.newaxis], "channels_last"
        if doc.ndim == 4 and data_format == "channels_first":
            doc = np.moveaxis(doc, 1, -1)
        if doc.ndim != 4 or doc.shape[-1] not in (1, 3, 4):
            received = f"{doc.shape[-1]} channels" if doc.ndim == 4 else f"shape {doc.shape}"
            raise ValueError(
                "Expected `doc` to have 1, 3 or 4 channels, so that a picture can be made of it. "
                f"Received: {received}. Pass the picture to draw on as `image`."
            )
        if self.preprocessed:
            return true_colours(doc, self.preprocessed)
        picture: Image.Image = keras.utils.array_to_img(doc[0], data_format="channels_last")
        return picture

    def data(self, position: int, maps: Maps) -> np.ndarray | None:
        """Return the signal (L, C) or volume (D, H, W, C) to draw; None for anything else.

        Parameters
        ----------
        position : int
            Which of the flattened values is drawn.
        maps : Maps
            What the model's feature maps look like.
        """
        batch = keras.tree.flatten(self.values)[position]
        if maps.rank == 2 or batch.ndim not in (maps.rank + 1, maps.rank + 2):
            return None
        values = maps.pictures(batch)[0]
        # a copy: the explanation stays what it was when the user fills the array with the next one
        return np.array(values, dtype=np.result_type(values, np.float32))


def read_inputs(
    model: keras.Model,
    doc: Any,
    preprocess: Preprocess | None = None,
    preprocessed: str | None = None,
) -> Inputs:
    """Return what the model is given.

    Parameters
    ----------
    model : keras.Model
    doc
        As in `camlight.explain_prediction_keras`.
    preprocess : callable, optional
        Makes an array of the picture.
    preprocessed : str, optional
        The known way in which `doc` was preprocessed.

    Raises
    ------
    TypeError
        If `doc` can't be an image.
    ValueError
        If `doc` doesn't fit the model, holds NaN or infinity, or more than one picture.
    """
    slots, pack = arrange(model, doc)
    position = _picture_among(slots)
    originals: dict[int, Image.Image] = {}
    if preprocess is not None:
        data_format = data_format_of(model)
        for i in _pictures_among(slots, position):
            shape = slots[i].shape or (None, None, None, 3)
            originals[i] = opened(slots[i].value)
            ready = prepared(originals[i], shape, data_format, preprocess)
            slots[i] = replace(slots[i], value=ready)
    arrays = [_read(model, slot, alone=len(slots) == 1) for slot in slots]
    return Inputs(pack(arrays), position, originals, preprocessed)


def check_image(image: Any) -> None:
    """Raise TypeError unless `image` is None or a Pillow image."""
    if not (image is None or isinstance(image, Image.Image)):
        text = repr(image)
        text = text if len(text) <= 60 else f"{text[:57]}..."
        raise TypeError(
            "Expected `image` to be a PIL.Image.Image. "
            f"Received: {text} of type {type(image).__name__}. "
            "Convert an array with `keras.utils.array_to_img`."
        )


def _read(model: keras.Model, slot: Slot, alone: bool) -> np.ndarray | None:
    if slot.value is None and slot.optional:
        return None
    array = to_array(slot.value, slot.name)
    return batch_of_one(model, array, slot, alone)


def _pictures_among(slots: list[Slot], first: int) -> list[int]:
    """Return all inputs that are given and can be pictures, as the `first` is."""
    return [
        i
        for i, slot in enumerate(slots)
        if i == first or (slot.rank == slots[first].rank == 4 and slot.value is not None)
    ]


def _picture_among(slots: list[Slot]) -> int:
    """Return the first input that can be a picture; else the one with the most axes."""
    ranks = [slot.rank for slot in slots]
    return ranks.index(4) if 4 in ranks else ranks.index(max(ranks))
