"""Whether a map lies where the object is: inside a box or a mask."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from PIL import Image

from camlight._check import checked_real
from camlight.base import Explanation

from .checks import array
from .similarity import resized


def energy_inside(
    expl: Explanation, box: Any = None, *, mask: Any = None, target: int = 0
) -> float:
    """Return the share of a map that lies inside a box or a mask, from 0 to 1.

    The energy-based pointing game of Wang et al. 2020, https://arxiv.org/abs/1910.01279, of the
    heatmap enlarged to the picture. An even map has the region's share of the picture. An error for
    both `box` and `mask` or neither, one that doesn't fit the picture, and an empty map.

    Parameters
    ----------
    expl, target : Explanation and int
        Of a picture; which of its targets, counted from 0. Default 0.
    box : (left, top, right, bottom), optional
        In pixels of ``expl.image``, as Pillow has boxes: column `right` doesn't belong to it.
    mask : ndarray of bool, shape (height, width), or PIL.Image.Image of one band, optional
        Where the object is, pixel by pixel, instead of `box`: what isn't 0 is inside.

    Examples
    --------
    >>> from camlight import TargetExplanation
    >>> target = TargetExplanation(1, heatmap=np.array([[1.0, 0.0]]))
    >>> expl = Explanation("net", targets=[target], image=Image.new("L", (4, 1)))
    >>> energy_inside(expl, box=(0, 0, 2, 1))
    0.875
    """
    heatmap, size = heatmap_of(expl, target)
    inside = region_of(size, box, mask)
    heat = resized(heatmap, inside.shape)
    return float(heat[inside].sum() / heat.sum())


def pointing_game(
    expl: Explanation, box: Any = None, *, mask: Any = None, target: int = 0, tolerance: float = 0.0
) -> bool:
    """Say whether a map's peak lies inside a box or a mask.

    Zhang et al. 2016, https://arxiv.org/abs/1608.00507, who report the share of hits over many
    pictures. The peak is the centre of the strongest cell, of several equal ones the first.

    Parameters
    ----------
    expl, box, mask, target
        As in `energy_inside`, with its errors.
    tolerance : float
        How far outside the peak may lie and still count, in pixels. Default 0; the paper allows 15.

    Examples
    --------
    >>> from camlight import TargetExplanation
    >>> target = TargetExplanation(1, heatmap=np.array([[1.0, 0.0]]))
    >>> expl = Explanation("net", targets=[target], image=Image.new("L", (4, 1)))
    >>> pointing_game(expl, (0, 0, 2, 1)), pointing_game(expl, (2, 0, 4, 1), tolerance=1)
    (True, True)
    """
    reach = checked_real("tolerance", tolerance)
    if not reach >= 0:
        raise ValueError(f"Expected `tolerance` of 0 pixels or more. Received: {tolerance}.")
    heatmap, size = heatmap_of(expl, target)
    inside = region_of(size, box, mask)
    column, row = peak_of(heatmap, size)
    if inside[int(row), int(column)]:
        return True
    rows, columns = np.nonzero(inside)
    # to the pixels themselves, which reach half a pixel around their centres
    beside = np.maximum(np.abs(columns + 0.5 - column) - 0.5, 0)
    below = np.maximum(np.abs(rows + 0.5 - row) - 0.5, 0)
    return reach > 0 and bool(np.hypot(beside, below).min() <= reach)


def peak_of(heatmap: np.ndarray, size: tuple[int, int]) -> tuple[float, float]:
    """Return where the strongest cell's centre lies in a picture: x and y, in pixels."""
    row, column = np.unravel_index(int(heatmap.argmax()), heatmap.shape)
    height, width = heatmap.shape
    return (float(column) + 0.5) * size[0] / width, (float(row) + 0.5) * size[1] / height


def heatmap_of(expl: Explanation, target: int = 0) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the heatmap of a target, and width and height of the picture that it lies over."""
    if not isinstance(expl, Explanation):
        raise TypeError(f"Expected an `Explanation`. Received: {type(expl).__name__}.")
    targets = expl.targets or []
    whole = isinstance(target, Integral) and not isinstance(target, bool)
    if not whole or not 0 <= target < len(targets):
        expected = f"one of the explanation's {len(targets)} targets, counted from 0"
        error = ValueError if whole else TypeError
        raise error(f"Expected `target` to be {expected}. Received: {target!r}.")
    heatmap = targets[target].heatmap
    if not isinstance(expl.image, Image.Image) or heatmap is None or heatmap.ndim != 2:
        expected = "Expected an explanation with a picture and a map of shape (H, W) over it."
        received = "no picture" if expl.image is None else "no such map"
        raise ValueError(f"{expected} Received: {received}.")
    if not (np.isfinite(heatmap).all() and heatmap.min() >= 0 and heatmap.max() > 0):
        expected = "Expected a map with evidence somewhere, to ask where it lies."
        raise ValueError(f"{expected} Received: an empty map, or one with negative values or NaN.")
    return heatmap, expl.image.size


def region_of(size: tuple[int, int], box: Any = None, mask: Any = None) -> np.ndarray:
    """Return the pixels inside as True, shape (height, width), for a picture's width and height."""
    if (box is None) == (mask is None):
        expected = "Expected either `box` or `mask`, where the object is."
        raise ValueError(f"{expected} Received: {'neither' if box is None else 'both'}.")
    inside = _of_box(size, box) if mask is None else array("mask", np.asarray(mask)) != 0
    if inside.shape != size[::-1]:
        expected = f"of the picture's size, shape {size[::-1]} for {size[0]} x {size[1]} pixels"
        raise ValueError(f"Expected `mask` {expected}. Received: shape {inside.shape}.")
    if inside.all() or not inside.any():
        received = "all of it" if inside.any() else "not one pixel"
        raise ValueError(f"Expected a part of the picture to look inside. Received: {received}.")
    return inside


def _of_box(size: tuple[int, int], box: Any) -> np.ndarray:
    if not isinstance(box, (Sequence, np.ndarray)) or isinstance(box, str) or len(box) != 4:
        expected = "Expected `box` to be (left, top, right, bottom), in pixels of the picture."
        raise TypeError(f"{expected} Received: {box!r}.")
    if not all(isinstance(number, Real) for number in box):
        raise TypeError(f"Expected `box` to hold four numbers of pixels. Received: {tuple(box)!r}.")
    left, top, right, bottom = map(float, box)
    width, height = size
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        expected = "Expected `box` (left, top, right, bottom) with 0 <= left < right <= "
        expected += (
            f"{width} and 0 <= top < bottom <= {height}, inside the picture of {width} x {height}"
        )
        raise ValueError(f"{expected}. Received: {tuple(box)}.")
    columns, rows = np.arange(width) + 0.5, np.arange(height) + 0.5
    return np.outer((rows >= top) & (rows < bottom), (columns >= left) & (columns < right))
