"""From a picture to what the model takes, and from a preprocessed array back to its colours."""

from collections.abc import Callable
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from camlight._pixels import eight_bit
from camlight.base import ExplanationError

MODES = ("caffe", "tf", "torch")
"""What Keras calls its three ways to preprocess a picture."""

_MEAN = {"caffe": (103.939, 116.779, 123.68), "torch": (0.485, 0.456, 0.406)}
_STD = {"torch": (0.229, 0.224, 0.225)}
_COLOURS = {1: "L", 3: "RGB", 4: "RGBA"}

Preprocess = Callable[[np.ndarray], Any]


def checked_preprocess(preprocess: Any) -> Preprocess | None:
    """Return the function that `preprocess`, a function or the name of a known one, stands for."""
    if preprocess is None or callable(preprocess):
        return preprocess  # type: ignore[no-any-return] # whatever it returns is checked
    mode = checked_mode(preprocess, "preprocess", "a function, ")
    return partial(keras.applications.imagenet_utils.preprocess_input, mode=mode)


def checked_mode(mode: Any, argument: str = "preprocessed", other: str = "") -> str | None:
    """Return `mode`, None or one of Keras's, or say what `argument` should have been."""
    expected = f"Expected `{argument}` to be {other}{', '.join(map(repr, MODES[:2]))} or 'torch'."
    if not (mode is None or isinstance(mode, str)):
        raise TypeError(f"{expected} Received: {mode!r} of type {type(mode).__name__}.")
    if mode is not None and mode not in MODES:
        raise ValueError(f"{expected} Received: {mode!r}.")
    return mode


def opened(source: Any) -> Image.Image:
    """Return the picture that a path, a Pillow image or an array of 8-bit values holds."""
    if isinstance(source, (str, PathLike)):
        try:
            source = Image.open(source)
        except UnidentifiedImageError as error:
            raise ValueError(
                f"Expected `doc` to be the path of a picture. Received: {Path(source).name!r}, "
                "which Pillow can't read."
            ) from error
        except OSError as error:
            raise type(error)(
                f"Expected `doc` to be the path of a picture. Received: {str(source)!r}: "
                f"{error.strerror or error}."
            ) from error
    if isinstance(source, Image.Image):
        return ImageOps.exif_transpose(source)
    return _from_array(source)


def prepared(
    picture: Image.Image, shape: tuple[int | None, ...], data_format: str, preprocess: Preprocess
) -> np.ndarray:
    """Return a picture resized to the `shape`, batch axis first, of a model's input, and ready."""
    first = data_format == "channels_first"
    last = (*shape[2:], shape[1]) if first else shape[1:]
    *size, channels = (*shape[1:], 1) if len(shape) == 3 else (*last[:-1], last[-1] or 3)
    if channels not in _COLOURS:
        raise ValueError(
            "Expected a model that takes pictures of 1, 3 or 4 channels, to make its input of "
            f"one. Received: a model that takes {channels} channels. Pass `doc` as the array "
            "that the model takes, and the picture to draw on as `image`."
        )
    coloured = eight_bit(picture).convert(_COLOURS[channels])
    height, width = (want or has for want, has in zip(size, coloured.size[::-1], strict=True))
    resized = coloured.resize((width, height), Image.Resampling.BICUBIC)
    array = _preprocessed(keras.utils.img_to_array(resized)[np.newaxis], preprocess)
    ours = keras.config.image_data_format()
    if len(shape) == 3:
        return array[..., 0] if ours == "channels_last" else array[:, 0]
    if ours == data_format:
        return array
    return np.moveaxis(array, -1, 1) if first else np.moveaxis(array, 1, -1)


def true_colours(doc: np.ndarray, mode: str) -> Image.Image:
    """Return the picture that Keras's preprocessing `mode` made `doc` of, shape (1, H, W, C)."""
    if doc.shape[-1] != 3:
        raise ValueError(
            f"Expected `doc` with 3 channels, as preprocessing {mode!r} gives. "
            f"Received: {doc.shape[-1]}. Pass the picture to draw on as `image`."
        )
    pixels = doc[0].astype("float64")
    if mode == "tf":
        pixels = (pixels + 1) * 127.5
    elif mode == "torch":
        pixels = (pixels * _STD["torch"] + _MEAN["torch"]) * 255
    else:
        pixels = (pixels + _MEAN["caffe"])[..., ::-1]
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype("uint8"))


def _from_array(source: Any) -> Image.Image:
    array = np.asarray(source)
    if array.dtype.kind not in "fiu":
        raise TypeError(
            "Expected `doc`, along with `preprocess`, to be a path, a Pillow image or an array "
            f"of pixels. Received: {source!r} of type {type(source).__name__}."
        )
    pixels = array[0] if array.ndim == 4 and len(array) == 1 else array
    pixels = pixels[..., 0] if pixels.ndim == 3 and pixels.shape[-1] == 1 else pixels
    if not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[-1] in _COLOURS)):
        raise ValueError(
            "Expected `doc`, along with `preprocess`, to be one picture of shape (H, W), (H, W, 3) "
            f"or (H, W, 4). Received: shape {array.shape}."
        )
    low, high = (pixels.min(), pixels.max()) if pixels.size else (-1, -1)
    if not (low >= 0 and high <= 255):
        raise ValueError(
            "Expected `doc`, along with `preprocess`, to hold pixels between 0 and 255. Received: "
            f"{low} to {high}. If it is preprocessed already, leave `preprocess` out."
        )
    if array.dtype.kind == "f" and 0 < high <= 1:
        raise ValueError(
            "Expected `doc`, along with `preprocess`, to hold pixels between 0 and 255. Received: "
            f"{low} to {high}. If white is 1 in it, pass `doc * 255`."
        )
    return Image.fromarray(np.rint(pixels).astype("uint8"))


def _preprocessed(array: np.ndarray, preprocess: Preprocess) -> np.ndarray:
    shape = array.shape
    try:
        result = preprocess(array)
    except Exception as error:
        raise ExplanationError(
            f"Expected `preprocess` to take an array of shape {shape} with pixels between 0 and "
            f"255. Received: {type(error).__name__}: {error}"
        ) from error
    if tuple(getattr(result, "shape", ())) != shape:
        raise ValueError(
            f"Expected `preprocess` to return an array of the shape it was given, {shape}. "
            f"Received: {getattr(result, 'shape', type(result).__name__)}."
        )
    return result  # type: ignore[no-any-return] # checked as any other `doc` afterwards
