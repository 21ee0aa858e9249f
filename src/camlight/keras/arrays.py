"""One input as an array that fits the model."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from PIL import Image

from .backends import as_array
from .graph.spatial import takes_pictures

Shape = tuple[int | None, ...]


def to_array(doc: Any, name: str = "doc") -> np.ndarray:
    """Return `doc` as an array of finite numbers.

    Raises
    ------
    TypeError
        If `doc` can't be an image: not an array, or an array of something else than numbers.
    ValueError
        If `doc` holds NaN or infinity, or nothing at all.
    """
    if not (type(doc) is np.ndarray or is_array(doc)):
        raise TypeError(
            f"Expected `{name}` to be a NumPy array of shape `(1, height, width, channels)`, "
            f"preprocessed for the model. Received: {_brief(doc)} of type {type(doc).__name__}. "
            "From a file, or a Pillow image: pass along the model's `preprocess_input`, as "
            "`preprocess=`, and camlight makes that array."
        )
    array = doc if type(doc) is np.ndarray else as_array(doc)
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"Expected `{name}` to be an array of numbers. "
            f"Received: an array of dtype {array.dtype}. Convert it: `doc.astype('float32')`."
        )
    if array.size == 0:
        raise ValueError(f"Expected `{name}` to hold one picture. Received: shape {array.shape}.")
    if not np.isfinite(array).all():
        bad = int(array.size - np.isfinite(array).sum())
        raise ValueError(
            f"Expected `{name}` to hold finite numbers. Received: {bad} of {array.size} values NaN "
            "or infinite. Check the preprocessing, or replace them: `np.nan_to_num(doc)`."
        )
    if array.dtype.kind == "b":
        return array.astype("float32")
    if array.dtype == np.longdouble:
        return array.astype("float64")
    return array


def is_array(doc: Any) -> bool:
    """Say whether `doc` is an array or a tensor of any framework."""
    strange = (Image.Image, keras.KerasTensor, np.ma.MaskedArray)
    return hasattr(doc, "__array__") and not isinstance(doc, strange)


def batch_of_one(
    model: keras.Model, array: np.ndarray, name: str, expected: Shape | None, alone: bool
) -> np.ndarray:
    """Return an input as a batch of one; what lacks its batch axis, such as ``(H, W, C)``, gets it.

    Raises
    ------
    ValueError
        If the shape doesn't fit, or there are several pictures.
    """
    if expected is None:
        pictures = alone and takes_pictures(model)
        expected = (None,) * (4 if pictures else array.ndim)
    batch = array[np.newaxis] if array.ndim == len(expected) - 1 else array
    takes = f"Expected `{name}` to have the shape that model `{model.name}` takes"
    if batch.ndim == len(expected) and batch.ndim and len(batch) != 1:
        raise ValueError(
            f"Expected `{name}` to be one picture, shape {_show((1, *expected[1:]))}. "
            f"Received: a batch of {len(batch)}, shape {array.shape}. "
            "Explain them one by one: `doc[i:i + 1]`."
        )
    if batch.ndim != len(expected) or not _fits(expected[1:], batch.shape[1:]):
        raise ValueError(
            f"{takes}, {_show((1, *expected[1:]))}. Received: {array.shape}."
            f"{_advice(expected, batch)}"
        )
    return batch


def _fits(expected: Shape, sizes: tuple[int, ...]) -> bool:
    return all(size in (None, given) for size, given in zip(expected, sizes, strict=True))


def _advice(expected: Shape, batch: np.ndarray) -> str:
    if len(expected) != 4:
        return ""
    pixels = batch if batch.ndim == 3 else batch[np.newaxis]
    if pixels.ndim == 3 and _fits(expected[1:], (*pixels.shape[1:], 1)):
        return " Add the axis of the channels: `doc[..., np.newaxis]`."
    moves = ((1, -1, "last"), (-1, 1, "first")) if batch.ndim == 4 else ()
    for source, goal, way in moves:
        moved = np.moveaxis(batch, source, goal)
        if _fits(expected[1:], moved.shape[1:]):
            return f" Put the channels {way}: `np.moveaxis(doc, {source}, {goal})`."
    return (
        " Resize the picture when loading it, "
        "`keras.utils.load_img(path, target_size=(height, width))`, or pass the picture as it is "
        "along with `preprocess`."
    )


def _show(shape: Shape) -> str:
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def _brief(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
