"""The colours and the opacity of maps."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from numbers import Real

import matplotlib
import numpy as np

__all__ = ["DIVERGING", "VIRIDIS", "Colormap", "colours_of", "opacity"]

Colormap = Callable[[np.ndarray], np.ndarray]

VIRIDIS: Colormap = matplotlib.colormaps["viridis"]

DIVERGING: Colormap = matplotlib.colormaps["bwr"]
"""Blue speaks against, red for. Of matplotlib's diverging maps the one whose two sides differ most
to the colour-blind, of any kind (a test looks with their eyes), also when laid over a photo."""


def colours_of(heatmap: np.ndarray, colormap: Colormap | str) -> np.ndarray:
    """Return the RGBA colours, shape (H, W, 4), of a map of shape (H, W) in [0, 1].

    Raises
    ------
    TypeError
        If `colormap` is neither callable nor a name.
    ValueError
        If it isn't known, or returns another shape or values outside [0, 1].
    """
    coloured = np.array(_named(colormap)(heatmap), dtype=float)
    if coloured.shape != (*heatmap.shape, 4):
        raise ValueError(
            f"Expected `colormap` to return RGBA of shape {(*heatmap.shape, 4)} for a heatmap of "
            f"shape {heatmap.shape}. Received: shape {coloured.shape}."
        )
    if not (coloured.min() >= 0 and coloured.max() <= 1):
        raise ValueError(
            "Expected `colormap` to return values between 0 and 1. "
            f"Received: minimum {coloured.min()}, maximum {coloured.max()}."
        )
    return coloured


def opacity(strength: np.ndarray, alpha_limit: float | None) -> np.ndarray:
    """Return how opaque cells of that strength, in [0, 1], are painted.

    Raises
    ------
    TypeError
        If `alpha_limit` is neither a number nor None.
    ValueError
        If it lies outside [0, 1].
    """
    if alpha_limit is None:
        return strength
    if not isinstance(alpha_limit, Real):
        raise TypeError(
            f"Expected `alpha_limit` to be a number or None. Received: {alpha_limit!r}."
        )
    if not 0 <= alpha_limit <= 1:
        raise ValueError(f"Expected `alpha_limit` between 0 and 1. Received: {float(alpha_limit)}.")
    limited: np.ndarray = np.minimum(strength, alpha_limit)
    return limited


def _named(colormap: Colormap | str) -> Colormap:
    """Return the colour map that is meant."""
    if isinstance(colormap, str):
        known = list(matplotlib.colormaps)
        if colormap not in known:
            near = get_close_matches(colormap, known, n=3) or ["viridis", "magma", "gray"]
            raise ValueError(
                "Expected `colormap` to be one of matplotlib's, such as "
                f"{', '.join(map(repr, near))}. Received: {colormap!r}."
            )
        return matplotlib.colormaps[colormap]
    if not callable(colormap):
        raise TypeError(
            "Expected `colormap` to be callable, such as `matplotlib.colormaps['viridis']`, or "
            f"the name of one. Received: {colormap!r}."
        )
    return colormap
