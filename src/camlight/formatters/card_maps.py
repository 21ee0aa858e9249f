"""The maps of a card, as text that a script reads: small, and as exact as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

import numpy as np

from .overlay import Colormap, colours_of

__all__ = ["block_side", "drawable", "palette", "thousandths"]

_MOST_CELLS = 24_000  # of all maps together
_FEWEST_CELLS = 32  # along the longer side of a map, however many maps there are


def drawable(heatmap: np.ndarray | None) -> TypeGuard[np.ndarray]:
    """Whether a map is one that a picture can lie under: of shape (H, W), in [0, 1].

    Examples
    --------
    >>> drawable(np.eye(2)), drawable(np.ones(3)), drawable(np.array([[np.nan]]))
    (True, False, False)
    """
    return (
        isinstance(heatmap, np.ndarray)
        and heatmap.dtype.kind in "fiub"
        and heatmap.ndim == 2
        and heatmap.size > 0
        and bool(heatmap.min() >= 0 and heatmap.max() <= 1)
    )


def block_side(heatmaps: Sequence[np.ndarray]) -> int:
    """Return the side of the blocks of cells that are stored as one, so that all maps are small.

    Examples
    --------
    >>> block_side([np.ones((7, 7))] * 4), block_side([np.ones((224, 224))] * 4)
    (1, 3)
    """
    longest = max((max(heatmap.shape) for heatmap in heatmaps), default=0)
    side = 1
    while (
        sum(np.prod([-(-n // side) for n in heatmap.shape]) for heatmap in heatmaps) > _MOST_CELLS
        and longest // (side + 1) >= _FEWEST_CELLS
    ):
        side += 1
    return side


def thousandths(heatmap: np.ndarray, side: int) -> str:
    """Return a map in whole thousandths, row by row; each number is a block's mean.

    Examples
    --------
    >>> thousandths(np.array([[0.0, 0.5], [1 / 3, 1.0]]), 1)
    '0 500 333 1000'
    >>> thousandths(np.array([[0.0, 0.5, 0.25], [0.5, 1.0, 0.75]]), 2)
    '500 500'
    """
    rows, columns = (np.arange(0, n, side) for n in heatmap.shape)
    sums = np.add.reduceat(np.add.reduceat(heatmap.astype(float), rows, axis=0), columns, axis=1)
    heights, widths = (np.diff([*np.arange(0, n, side), n]) for n in heatmap.shape)
    means = sums / np.outer(heights, widths)
    return " ".join(map(str, np.rint(means * 1000).astype(int).ravel().tolist()))


def palette(colormap: Colormap | str) -> str:
    """Return 256 colours as hexadecimal digits, six for each.

    Examples
    --------
    >>> palette("gray")[:12], len(palette("viridis"))
    ('000000010101', 1536)
    """
    rgba = colours_of((np.arange(256)[np.newaxis] + 0.5) / 256, colormap)
    return (rgba[0, :, :3] * 255).astype("uint8").tobytes().hex()
