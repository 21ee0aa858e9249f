"""A picture with noise."""

from __future__ import annotations

from numbers import Real
from os import PathLike
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from camlight._pixels import eight_bit

__all__ = ["noised", "takes_noise"]


def noised(doc: Any, level: float, seed: int, is_picture: bool) -> Any:
    """Return a picture with normal noise added to each of its values.

    Parameters
    ----------
    doc : path, PIL.Image.Image or ndarray
    level : float
        The standard deviation, as a share of the range of values: 255 of a picture, of an array
        for the model from its smallest to its largest value. At 0, `doc` comes back as it is.
    seed : int
    is_picture : bool
        Whether `doc` is a picture with values from 0 to 255, which are kept.

    Examples
    --------
    >>> noised(np.array([[0.0, 100.0]]), 0.1, seed=0, is_picture=False).round(1)
    array([[ 1.3, 98.7]])
    """
    if isinstance(level, bool) or not (isinstance(level, Real) and level >= 0):
        raise ValueError(f"Expected `noise` of 0 or more. Received: {level!r}.")
    if not level:
        return doc
    if isinstance(doc, (str, PathLike)):
        with Image.open(doc) as picture:
            doc = ImageOps.exif_transpose(picture)
    if isinstance(doc, Image.Image):
        doc = np.asarray(eight_bit(doc))
    if not takes_noise(doc):
        raise TypeError(
            "Expected `doc`, along with `noise`, to be a path, a Pillow image or an array. "
            f"Received: {type(doc).__name__}."
        )
    values = doc.astype(np.float64)
    scale = 255.0 if is_picture else np.ptp(values)
    values += np.random.default_rng(seed).normal(scale=level * scale, size=values.shape)
    if is_picture:
        return np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return values.astype(np.result_type(doc, np.float32))


def takes_noise(doc: Any) -> bool:
    """Say whether noise can be added: to a path, a Pillow image or an array, not to several."""
    is_array = isinstance(doc, np.ndarray) and doc.dtype.kind in "fiu"
    return is_array or isinstance(doc, (str, PathLike, Image.Image))
