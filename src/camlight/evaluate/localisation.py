"""Whether a map lies where the object is."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from camlight.base import Explanation

from .regions import heatmap_of, region_of
from .resizing import resized

__all__ = ["energy_inside", "peak_of", "pointing_game"]


def energy_inside(
    expl: Explanation, box: Any = None, *, mask: Any = None, target: int = 0
) -> float:
    """Return the share of a map that lies inside a box or a mask.

    Parameters
    ----------
    expl : Explanation
        Of a picture.
    box : (left, top, right, bottom), optional
        Where the object is, in pixels of ``expl.image``, as Pillow has boxes.
    mask : ndarray of bool, shape (height, width), optional
        Where it is, pixel by pixel, instead of `box`; or a Pillow image of one band.
    target : int
        Which of the explanation's targets, counted from 0. Default 0.

    Returns
    -------
    float
        From 0 to 1. A map that is the same everywhere has the region's share of the picture:
        compare with that.

    Raises
    ------
    TypeError
        If an argument is of another type.
    ValueError
        If not just one of `box` and `mask` is given, it lies outside of the picture or is of
        another size, or the explanation has no picture, no such target or an empty map.

    Notes
    -----
    The energy-based pointing game of Wang et al. 2020, https://arxiv.org/abs/1910.01279: the sum
    of the heatmap inside, divided by its sum, once it is enlarged to the picture's pixels
    (linear between the centres of its cells). A coarse map spills over a small object's edges
    however well it is placed.

    Examples
    --------
    >>> from PIL import Image
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
    expl: Explanation,
    box: Any = None,
    *,
    mask: Any = None,
    target: int = 0,
    tolerance: float = 0.0,
) -> bool:
    """Say whether a map's peak lies inside a box or a mask.

    Parameters
    ----------
    expl, box, mask, target
        As in `energy_inside`.
    tolerance : float
        How far from the box or mask the peak may lie and still count, in pixels of the picture.
        Default 0; Zhang et al. allow 15.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If an argument is of another type.
    ValueError
        If `tolerance` is negative, or as `energy_inside` does.

    Notes
    -----
    Zhang et al. 2016, https://arxiv.org/abs/1608.00507. The peak is the centre of the strongest
    cell, of several equal ones the first. One picture says little; the share of hits over many
    is what the paper reports, beside that of the picture's centre.

    Examples
    --------
    >>> from PIL import Image
    >>> from camlight import TargetExplanation
    >>> target = TargetExplanation(1, heatmap=np.array([[1.0, 0.0]]))
    >>> expl = Explanation("net", targets=[target], image=Image.new("L", (4, 1)))
    >>> pointing_game(expl, (0, 0, 2, 1)), pointing_game(expl, (2, 0, 4, 1))
    (True, False)
    >>> pointing_game(expl, (2, 0, 4, 1), tolerance=1)
    True
    """
    if isinstance(tolerance, bool) or not isinstance(tolerance, Real):
        raise TypeError(f"Expected `tolerance` to be a number of pixels. Received: {tolerance!r}.")
    if not tolerance >= 0:
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
    return tolerance > 0 and bool(np.hypot(beside, below).min() <= tolerance)


def peak_of(heatmap: np.ndarray, size: tuple[int, int]) -> tuple[float, float]:
    """Return where the strongest cell's centre lies in a picture: x and y, in pixels.

    Examples
    --------
    >>> peak_of(np.array([[0.0, 1.0]]), (4, 2))
    (3.0, 1.0)
    """
    row, column = np.unravel_index(int(heatmap.argmax()), heatmap.shape)
    height, width = heatmap.shape
    return (float(column) + 0.5) * size[0] / width, (float(row) + 0.5) * size[1] / height
