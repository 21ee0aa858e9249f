"""The input: checked before anything runs, and turned into a picture to draw on."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from PIL import Image

from .backends import load_backend
from .layers import takes_pictures

__all__ = ["check_image", "check_shape", "picture_of", "to_array"]


def to_array(doc: Any) -> np.ndarray:
    """Return `doc` as an array of finite numbers.

    Raises
    ------
    TypeError
        If `doc` can't be an image: not an array, or an array of something else than numbers.
    ValueError
        If `doc` holds NaN or infinity, or nothing at all.
    """
    strange = isinstance(doc, (Image.Image, keras.KerasTensor)) or not hasattr(doc, "__array__")
    if strange or isinstance(doc, np.ma.MaskedArray):
        raise TypeError(
            "Expected `doc` to be a NumPy array of shape `(1, height, width, channels)`, "
            f"preprocessed for the model. Received: {_brief(doc)} of type {type(doc).__name__}. "
            "From a file: `np.expand_dims(keras.utils.img_to_array(keras.utils.load_img(path, "
            "target_size=(height, width))), 0)`, then the model's `preprocess_input`."
        )
    array = load_backend().to_numpy(doc) if keras.ops.is_tensor(doc) else np.asarray(doc)
    if array.dtype.kind not in "fiub":
        raise TypeError(
            "Expected `doc` to be an array of numbers. "
            f"Received: an array of dtype {array.dtype}. Convert it: `doc.astype('float32')`."
        )
    if array.size == 0:
        raise ValueError(f"Expected `doc` to hold one picture. Received: shape {array.shape}.")
    if not np.isfinite(array).all():
        bad = int(array.size - np.isfinite(array).sum())
        raise ValueError(
            f"Expected `doc` to hold finite numbers. Received: {bad} of {array.size} values NaN "
            "or infinite. Check the preprocessing, or replace them: `np.nan_to_num(doc)`."
        )
    if array.dtype.kind == "b":
        return array.astype("float32")
    if array.dtype == np.longdouble:
        return array.astype("float64")
    return array


def check_shape(model: keras.Model, doc: np.ndarray) -> np.ndarray:
    """Return `doc` as a batch of one that fits the model; a lone ``(H, W, C)`` gets its batch axis.

    Raises
    ------
    ValueError
        If the model takes several inputs, or the shape doesn't fit, or there are several pictures.
    """
    expected = _input_shape(model, doc)
    batch = doc[np.newaxis] if doc.ndim == 3 and len(expected) == 4 else doc
    if batch.ndim == len(expected) and len(batch) != 1:
        raise ValueError(
            f"Expected `doc` to be one picture, shape {_show((1, *expected[1:]))}. Received: a "
            f"batch of {len(batch)}, shape {doc.shape}. Explain them one by one: `doc[i:i + 1]`."
        )
    if batch.ndim != len(expected) or not _fits(expected[1:], batch.shape[1:]):
        raise ValueError(
            f"Expected `doc` to have the shape that model `{model.name}` takes, "
            f"{_show((1, *expected[1:]))}. Received: {doc.shape}. {_advice(expected, batch)}"
        )
    return batch


def check_image(image: Any) -> None:
    """Raise TypeError unless `image` is None or a Pillow image."""
    if not (image is None or isinstance(image, Image.Image)):
        raise TypeError(
            "Expected `image` to be a PIL.Image.Image. "
            f"Received: {_brief(image)} of type {type(image).__name__}. "
            "Convert an array with `keras.utils.array_to_img`."
        )


def picture_of(doc: np.ndarray, data_format: str) -> Image.Image:
    """Return the picture to draw on: what Keras's `array_to_img` makes of `doc`.

    Raises
    ------
    ValueError
        If `doc` isn't of 1, 3 or 4 channels, or of none, to make a picture of.
    """
    if doc.ndim == 3:
        doc, data_format = doc[..., np.newaxis], "channels_last"
    axis = -1 if data_format == "channels_last" else 1
    if doc.ndim != 4 or doc.shape[axis] not in (1, 3, 4):
        received = f"{doc.shape[axis]} channels" if doc.ndim == 4 else f"shape {doc.shape}"
        raise ValueError(
            "Expected `doc` to have 1, 3 or 4 channels, so that a picture can be made of it. "
            f"Received: {received}. Pass the picture to draw on as `image`."
        )
    picture: Image.Image = keras.utils.array_to_img(doc[0], data_format=data_format)
    return picture


def _input_shape(model: keras.Model, doc: np.ndarray) -> tuple[int | None, ...]:
    """Return the shape of the model's one input, free in all sizes where it isn't known yet."""
    inputs = getattr(model, "inputs", None)
    if not inputs:
        return (None,) * (4 if takes_pictures(model) else doc.ndim)
    if len(inputs) > 1:
        raise ValueError(
            f"Expected a model with one input. Received: model `{model.name}` with "
            f"{len(inputs)} inputs: {', '.join(tensor.name for tensor in inputs)}. Explain a "
            "model of the picture alone, with the other inputs fixed inside it."
        )
    return tuple(inputs[0].shape)


def _fits(expected: tuple[int | None, ...], sizes: tuple[int, ...]) -> bool:
    return all(size in (None, given) for size, given in zip(expected, sizes, strict=True))


def _advice(expected: tuple[int | None, ...], batch: np.ndarray) -> str:
    moves = ((1, -1, "last"), (-1, 1, "first")) if batch.ndim == len(expected) == 4 else ()
    for source, goal, way in moves:
        moved = np.moveaxis(batch, source, goal)
        if _fits(expected[1:], moved.shape[1:]):
            return f"Put the channels {way}: `np.moveaxis(doc, {source}, {goal})`."
    return (
        "Resize the picture when loading it: "
        "`keras.utils.load_img(path, target_size=(height, width))`."
    )


def _show(shape: tuple[int | None, ...]) -> str:
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
