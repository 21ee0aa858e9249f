"""A matrix of correlations, drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from .tables import number

__all__ = ["matrix_figure"]

_CELL = 0.62
_LETTER = 0.078
"""In inches: a cell's side, and about what a letter of the labels takes."""


def matrix_figure(labels: Sequence[str], matrix: np.ndarray) -> Figure:
    """Draw correlations as a labelled heatmap.

    Parameters
    ----------
    labels : sequence of str
    matrix : ndarray, shape (N, N)
        From -1 to 1; NaN is left white.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = matrix_figure(["a", "b"], np.array([[1.0, np.nan], [np.nan, 1.0]]))
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1.00', 'none', 'none', '1.00']
    """
    side, names = _CELL * len(labels), max(map(len, labels)) * _LETTER
    size = (side + names + 2.2, side + 0.7)
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    axes = figure.add_subplot()
    drawn = axes.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1)
    places = range(len(labels))
    numbers = [str(place + 1) for place in places]
    axes.set_title("Rank correlation of the maps", fontsize=9, loc="left")
    axes.set_xticks(places, numbers, fontsize=8)
    axes.set_yticks(places, map("   ".join, zip(labels, numbers, strict=True)), fontsize=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for (row, column), value in np.ndenumerate(matrix):
        colour = "white" if abs(value) > 0.7 else "black"
        axes.text(column, row, number(value), ha="center", va="center", fontsize=8, color=colour)
    bar = figure.colorbar(drawn, ax=axes, fraction=0.04, ticks=[-1, 0, 1])
    bar.ax.set_yticklabels(["-1: opposite", "0: unrelated", "1: the same"], fontsize=8)
    bar.outline.set_visible(False)
    return figure
