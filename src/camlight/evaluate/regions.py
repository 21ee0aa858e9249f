"""Parts of a picture: a box or a mask, as the pixels that lie in it."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from PIL import Image

from camlight.base import Explanation

__all__ = ["heatmap_of", "region_of"]


def heatmap_of(expl: Explanation, target: int = 0) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the heatmap of a target, and width and height of the picture that it lies over.

    Parameters
    ----------
    expl : Explanation
    target : int
        Which of its targets, counted from 0.

    Raises
    ------
    TypeError
        If `expl` is no explanation, or `target` no whole number.
    ValueError
        If it has no picture, no such target or no map, or the map is empty.
    """
    if not isinstance(expl, Explanation):
        raise TypeError(f"Expected an `Explanation`. Received: {type(expl).__name__}.")
    if isinstance(target, bool) or not isinstance(target, Integral):
        raise TypeError(
            "Expected `target` to be the number of one of the explanation's targets, counted from "
            f"0. Received: {target!r} of type {type(target).__name__}."
        )
    targets = expl.targets or []
    if not 0 <= target < len(targets):
        raise ValueError(
            f"Expected `target` to be the number of one of the explanation's {len(targets)} "
            f"targets, counted from 0. Received: {target}."
        )
    heatmap = targets[target].heatmap
    if not isinstance(expl.image, Image.Image) or heatmap is None or heatmap.ndim != 2:
        raise ValueError(
            "Expected an explanation with a picture and a map of shape (H, W) over it. Received: "
            f"{'no picture' if expl.image is None else 'no such map'}."
        )
    if not (np.isfinite(heatmap).all() and heatmap.min() >= 0 and heatmap.max() > 0):
        raise ValueError(
            "Expected a map with evidence somewhere, to ask where it lies. Received: an empty map, "
            "or one with values below 0 or that are no numbers."
        )
    return heatmap, expl.image.size


def region_of(size: tuple[int, int], box: Any = None, mask: Any = None) -> np.ndarray:
    """Return the pixels inside, as True, in an array of shape (height, width).

    Parameters
    ----------
    size : tuple of int
        Width and height of the picture, as Pillow has them.
    box : (left, top, right, bottom), optional
        In pixels, as Pillow's: the pixels of column `left` belong to it, those of `right` don't.
    mask : ndarray of bool, shape (height, width), optional
        Or of numbers: what isn't 0 is inside. Or a Pillow image of one band.

    Raises
    ------
    TypeError
        If `box` or `mask` isn't one.
    ValueError
        If not just one of them is given, the box isn't inside the picture, the mask has another
        size than the picture or isn't finite, or nothing or everything is inside.
    """
    if (box is None) == (mask is None):
        raise ValueError(
            "Expected either `box` or `mask`, where the object is. "
            f"Received: {'neither' if box is None else 'both'}."
        )
    inside = _of_box(size, box) if mask is None else _of_mask(size, mask)
    if inside.all() or not inside.any():
        raise ValueError(
            "Expected a part of the picture, to ask whether the map lies inside. Received: "
            f"{'all of it' if inside.any() else 'not one pixel'}."
        )
    return inside


def _of_box(size: tuple[int, int], box: Any) -> np.ndarray:
    numbers = isinstance(box, (Sequence, np.ndarray))
    if not numbers or isinstance(box, str) or len(box) != 4:
        raise TypeError(
            "Expected `box` to be (left, top, right, bottom), in pixels of the picture. "
            f"Received: {box!r}."
        )
    if not all(isinstance(number, Real) for number in box):
        raise TypeError(f"Expected `box` to hold four numbers of pixels. Received: {tuple(box)!r}.")
    left, top, right, bottom = map(float, box)
    width, height = size
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ValueError(
            "Expected `box` (left, top, right, bottom) with 0 <= left < right <= "
            f"{width} and 0 <= top < bottom <= {height}, inside the picture of {width} x {height} "
            f"pixels. Received: {tuple(box)}."
        )
    columns, rows = np.arange(width) + 0.5, np.arange(height) + 0.5
    inside: np.ndarray = np.outer(
        (rows >= top) & (rows < bottom), (columns >= left) & (columns < right)
    )
    return inside


def _of_mask(size: tuple[int, int], mask: Any) -> np.ndarray:
    array = np.asarray(mask)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            "Expected `mask` to be an array of bool or numbers, or a Pillow image. "
            f"Received: {type(mask).__name__}."
        )
    if array.shape != size[::-1]:
        raise ValueError(
            f"Expected `mask` of the picture's size, shape {size[::-1]} for {size[0]} x {size[1]} "
            f"pixels. Received: shape {array.shape}. Resize it, or draw on another picture with "
            "`image`."
        )
    if not np.isfinite(array).all():
        raise ValueError(
            "Expected `mask` to hold finite numbers, not 0 where a pixel is inside. "
            "Received: NaN or infinity."
        )
    inside: np.ndarray = array != 0
    return inside
