"""Maps drawn with block characters, for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from unicodedata import combining, east_asian_width

import numpy as np

__all__ = ["can_draw", "draw"]

_SHADES = " ░▒▓█"
_BARS = "▁▂▃▄▅▆▇█"
_OTHERS = "┌─┐│└┘…"
_CELLS = 14
"""How many rows and columns of cells are drawn; of a larger map neighbours are averaged."""
_SIGNAL = 56
"""How many steps of a signal are drawn."""
_LINE = 80
_TITLE = 24


def can_draw() -> bool:
    """Return whether the standard output can write the characters that maps are drawn with.

    Examples
    --------
    >>> can_draw()
    True
    """
    if sys.stdout is None:  # a program without a console, as under pythonw
        return False
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"  # kept in memory, text is text
    try:
        (_SHADES + _BARS + _OTHERS).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def draw(heatmaps: Sequence[np.ndarray], titles: Sequence[str], aspect: float = 1.0) -> str:
    """Return maps as text: side by side in frames, signals as one line each.

    Parameters
    ----------
    heatmaps : sequence of ndarray, shape (H, W), (L,) or (D, H, W)
        Each is drawn on its own scale, its maximum as the darkest shade or highest bar. A map
        that has no finite maximum above 0 is left out; of a volume the slice with the largest
        sum is drawn, and its index told.
    titles : sequence of str
        What to write over each map, or before each signal; empty strings for nothing.
    aspect : float
        Width of the picture divided by its height: frames have its shape. Default 1.

    Returns
    -------
    str
        Lines of at most 80 characters.

    Examples
    --------
    >>> print(draw([np.array([[0.0, 0.5], [1.0, 0.25]])], [""]))
    ┌────┐
    │  ▒▒│
    │██░░│
    └────┘
    >>> print(draw([np.array([0.0, 0.2, 1.0, 0.4])], ["y=0"]))
    y=0  ▁▁▂▂██▄▄
    """
    drawable = [
        (np.maximum(heatmap, 0.0), title)
        for heatmap, title in zip(heatmaps, titles, strict=True)
        if np.isfinite(heatmap).all() and heatmap.max(initial=0.0) > 0
    ]
    signals = [(heatmap, title) for heatmap, title in drawable if heatmap.ndim == 1]
    margin = max((_width(_cut(title)) + 2 for _, title in signals if title), default=0)
    lines = [_padded(_cut(title), margin) + _bars(heatmap) for heatmap, title in signals]
    panels = [_panel(heatmap, title, aspect) for heatmap, title in drawable if heatmap.ndim > 1]
    return "\n".join([*lines, *_side_by_side(panels)])


def _panel(heatmap: np.ndarray, title: str, aspect: float) -> list[str]:
    """Return the lines of one framed map, all of the same width."""
    if heatmap.ndim == 3:
        strongest = int(heatmap.sum((1, 2)).argmax())
        title = f"{title}, slice [{strongest}]" if title else f"slice [{strongest}]"
        heatmap = heatmap[strongest]
    cells = _shrunk(_shrunk(heatmap, _CELLS, 0), _CELLS, 1)
    rows, columns = cells.shape
    ideal = 2 * aspect * rows / columns  # a character is about twice as high as it is wide
    height = 2 if ideal < 1.5 and 2 * rows <= _CELLS else 1  # for a shape closer to the picture's
    width = min(max(round(height * ideal), 1), (_LINE - 2) // columns)
    inside = ["".join(_SHADES[level] * width for level in row) for row in _levels(cells, _SHADES)]
    edge = "─" * (columns * width)
    framed = [f"│{line}│" for line in inside for _ in range(height)]
    lines = [f"┌{edge}┐", *framed, f"└{edge}┘"]
    lines = [_cut(title, max(_TITLE, len(edge) + 2)), *lines] if title else lines
    return [_padded(line, max(map(_width, lines))) for line in lines]


def _side_by_side(panels: Sequence[list[str]]) -> list[str]:
    """Return the lines of panels next to each other, as many in a row as a line holds."""
    lines: list[str] = []
    row: list[list[str]] = []
    for panel in [*panels, None]:
        full = panel and sum(_width(one[0]) + 2 for one in row) + _width(panel[0]) > _LINE
        if row and (full or panel is None):
            longest = max(map(len, row))
            parts = zip(*(_lengthened(one, longest) for one in row), strict=True)
            lines += [""] * bool(lines) + ["  ".join(part).rstrip() for part in parts]
            row = []
        row += [panel] if panel else []
    return lines


def _lengthened(lines: list[str], length: int) -> list[str]:
    return lines + [" " * _width(lines[0])] * (length - len(lines))


def _bars(signal: np.ndarray) -> str:
    steps = _shrunk(signal, _SIGNAL, 0)
    width = 2 if 2 * steps.size <= _SIGNAL else 1
    return "".join(_BARS[level] * width for level in _levels(steps, _BARS))


def _levels(values: np.ndarray, marks: str) -> np.ndarray:
    """Return for each value the index of its mark, the largest value's the last."""
    levels: np.ndarray = np.rint(values / values.max() * (len(marks) - 1)).astype(int)
    return levels


def _shrunk(values: np.ndarray, longest: int, axis: int) -> np.ndarray:
    """Average neighbours along an axis until it is at most `longest` long."""
    parts = np.array_split(values, min(values.shape[axis], longest), axis)
    return np.stack([part.mean(axis) for part in parts], axis)


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _cut(text: str, longest: int = _TITLE) -> str:
    if _width(text) <= longest:
        return text
    while _width(text) >= longest:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
