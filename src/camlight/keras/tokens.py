"""How the tokens of a vision transformer lie in the picture."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

__all__ = ["checked_grid", "find_grid", "fits", "possible_grids"]

_EXTRA = 5
"""As many tokens of no patch are allowed for: a class token and four registers, as in DINOv2."""

Grid = tuple[int, ...]


def find_grid(count: int, size: Grid, maps: Iterable[Grid] = ()) -> Grid | None:
    """Return the grid in which `count` tokens lie; None where none fits.

    Parameters
    ----------
    count : int
        Number of tokens, those of no patch (class, distillation, register) included.
    size : tuple of int
        Height and width of the picture in pixels.
    maps : iterable of tuple of int
        Sizes of the spatial maps that the model made on its way: one that fits decides.

    Examples
    --------
    >>> find_grid(197, (224, 224))
    (14, 14)
    >>> find_grid(26, (8, 12))
    (4, 6)
    """
    possible = possible_grids(count, size)
    seen = [grid for grid in maps if fits(grid, count)]
    confirmed = [grid for grid in possible if grid in seen]
    likeliest = confirmed or sorted([*possible, *seen], key=math.prod, reverse=True)
    return likeliest[0] if likeliest else None


def possible_grids(count: int, size: Grid) -> list[Grid]:
    """Return the grids into which square patches may cut the picture, likeliest first.

    Those with fewer tokens of no patch are. Patches may leave a rest at the edges.
    """
    grids = {tuple(length // patch for length in size) for patch in range(1, min(size) + 1)}
    return sorted((g for g in grids if fits(g, count)), key=math.prod, reverse=True)


def checked_grid(grid: Any) -> Grid | None:
    """Return `grid` as a tuple of whole numbers, or None.

    Raises
    ------
    TypeError
        If it isn't one.
    """
    if grid is None:
        return None
    try:
        whole = tuple(int(length) for length in grid)
        if whole and whole == tuple(grid) and min(whole) > 0:
            return whole
    except (TypeError, ValueError):
        pass
    raise TypeError(
        "Expected `grid` to be the rows and columns of the tokens, such as `(14, 14)`. "
        f"Received: {grid!r}."
    )


def fits(grid: Grid, count: int) -> bool:
    """Say whether `count` tokens may be those of `grid`, with a few more of no patch."""
    cells = math.prod(grid)
    return 1 < cells <= count <= cells + _EXTRA
