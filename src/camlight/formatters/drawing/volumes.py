"""A volume as those of its slices on which the map is strongest."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from .brush import Brush
from .cells import Cell, draw_picture
from .overlay import to_rgba

__all__ = ["volume_cells"]

_MOST = 4
"""Slices of one map that are shown."""

_LEAST = 0.1
"""Of the strongest slice's share: weaker ones have nothing to see."""

_SMALLEST = 256


def volume_cells(
    titles: list[tuple[str, str]],
    data: np.ndarray | None,
    maps: list[np.ndarray],
    brush: Brush,
) -> tuple[list[list[Cell]], tuple[int, int]]:
    """Return a row of slices for each target, in the order of their depth, and the slices' size.

    Parameters
    ----------
    titles : list of (str, str)
        Name and numbers of each target.
    data : ndarray of shape (D, H, W, C), or None
        The volume; in shades of grey, or in colours if C is 3. Without it, the map alone.
    maps : list of ndarray of shape (d, h, w)
        Each slice of a map is shown over that slice of the volume which lies in its middle.
    brush : Brush
    """
    shape = maps[0].shape if data is None else data.shape[:3]
    size = shape[2], shape[1]
    pictures = _pictures(data, size)
    rows = []
    for (title, numbers), values in zip(titles, maps, strict=True):
        shares = _shares(values)
        row: list[Cell] = []
        for depth in _strongest(shares):
            middle = (2 * depth + 1) * shape[0] // (2 * len(values))
            words = f"slice {middle + 1} of {shape[0]}: {shares[depth]:.0%}".replace("%", " %")
            picture = None if pictures is None else pictures[middle]
            draw = partial(_draw, picture, size, values[depth], brush)
            heading = "" if row else ": ".join(part for part in (title, numbers) if part)
            row.append(Cell(heading, f"{words} of the map", draw, span=_MOST))
        rows.append(row)
    return rows, size


def _shares(values: np.ndarray) -> np.ndarray:
    """Return how much of the map each slice holds, in all 1 unless the map is empty."""
    strength = np.abs(values).sum(axis=(1, 2))
    shares: np.ndarray = strength / (strength.sum() or 1.0)
    return shares


def _strongest(shares: np.ndarray) -> list[int]:
    """Return the few slices that hold most of the map, in the order of their depth."""
    most = np.argsort(-shares, kind="stable")[:_MOST]
    return sorted(most[shares[most] >= _LEAST * shares.max()].tolist())


def _pictures(data: np.ndarray | None, size: tuple[int, int]) -> list[Image.Image] | None:
    if data is None:
        return None
    if data.shape[3] != 3:
        data = data.mean(axis=3)
    low, high = float(data.min()), float(data.max())
    shades = ((data - low) / (high - low or 1.0) * 255).astype("uint8")
    larger = max(1, round(_SMALLEST / max(size)))
    return [
        to_rgba(Image.fromarray(slice_)).resize((size[0] * larger, size[1] * larger), 0)
        for slice_ in shades
    ]


def _draw(
    picture: Image.Image | None,
    size: tuple[int, int],
    values: np.ndarray,
    brush: Brush,
    ax: Axes,
    points: float,
) -> None:
    shown = (
        brush.alone(Image.new("L", size), values)
        if picture is None
        else brush.over(picture, values)
    )
    draw_picture(ax, shown, size, values, brush, points)
