"""A signal's curve with the map as a coloured band behind it."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from .brush import Brush
from .cells import Cell
from .colours import opacity

__all__ = ["signal_cell"]


def signal_cell(
    title: str, subtitle: str, data: np.ndarray | None, values: np.ndarray, brush: Brush
) -> Cell:
    """Return the cell of one target.

    Parameters
    ----------
    title, subtitle : str
    data : ndarray of shape (L, C), or None
        The signal, a curve for each channel. Without it the map itself is drawn.
    values : ndarray of shape (l,)
        The map; its cells lie side by side along the whole signal.
    brush : Brush
    """
    return Cell(title, subtitle, partial(_draw, data, values, brush))


def _draw(
    data: np.ndarray | None, values: np.ndarray, brush: Brush, ax: Axes, points: float
) -> None:
    length = len(values) if data is None else len(data)
    fine = brush.enlarged(values[np.newaxis], (length, 1)).clip(-1 if brush.signed else 0, 1)
    band = brush.colours(fine)
    band[..., 3] = opacity(np.abs(fine), brush.alpha_limit)
    curves = values[:, np.newaxis] if data is None else data
    places = (np.arange(len(curves)) + 0.5) * length / len(curves) - 0.5
    colour = ax.xaxis.label.get_color()
    for number in range(curves.shape[1]):
        fade = 1 - 0.7 * number / curves.shape[1]
        ax.plot(places, curves[:, number], color=colour, alpha=fade, linewidth=points / 9)
    bottom, top = ax.get_ylim()
    ax.imshow(band, extent=(-0.5, length - 0.5, bottom, top), aspect="auto", zorder=0)
    ax.set(xlim=(-0.5, length - 0.5), ylim=(bottom, top))
    ax.tick_params(labelsize=0.85 * points, length=0.3 * points, pad=0.25 * points)
    words = "cell of the map" if data is None else "place in the signal"
    ax.set_xlabel(words, fontsize=0.85 * points, labelpad=0.2 * points)
