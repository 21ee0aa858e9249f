"""Fonts that have the letters, also of other scripts than matplotlib's own font knows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache

import matplotlib
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.textpath import text_to_path

__all__ = ["drawable", "fitted", "fitting_size", "font_of", "printable"]

_LONGEST = 300
"""Letters that are looked at: more have no room in any picture."""

_SMALLEST = 0.7
"""Of its own size: what a text may shrink to before it is cut off."""


def font_of(text: str, points: float, bold: bool = False) -> FontProperties:
    """Return matplotlib's own font, helped by an installed one where letters are missing.

    Which is its own, ``matplotlib.rcParams["font.family"]`` says.
    """
    weight = "bold" if bold else "normal"
    families = list(matplotlib.rcParams["font.family"])
    missing = _missing(text, _own_fonts(tuple(families), weight))
    if missing and (helper := _installed_with(missing)):
        families.append(helper)
        weight = "normal"  # all that many a helper has: matplotlib would log what it lacks
    return FontProperties(family=families, weight=weight, size=points)


def printable(text: str) -> str:
    r"""Return a text as one line; what no installed font has becomes a question mark.

    Examples
    --------
    >>> printable("two\nlines, and a turn\u202e")
    'two lines, and a turn'
    """
    line = _one_line(text)
    unknown = _unknown(line)
    return "".join("?" if ord(c) in unknown else c for c in line)


def drawable(text: str) -> bool:
    """Say whether there is something to see of a text, and a font with all its letters.

    Examples
    --------
    >>> drawable("кошка"), drawable("\ue000")
    (True, False)
    """
    line = _one_line(text)
    return bool(line) and not _unknown(line)


def fitted(text: str, points: float, width: float, bold: bool = False) -> str:
    """Return a text, cut off with an ellipsis where it is wider than so many points.

    Examples
    --------
    >>> fitted("Egyptian cat", 10, 1000), fitted("Egyptian cat", 10, 40), fitted("cat", 10, 1)
    ('Egyptian cat', 'Egypt…', '')
    """
    text = printable(text)
    font = font_of(text, points, bold)
    for length in range(len(text), 0, -1):
        shown = text if length == len(text) else f"{text[:length].rstrip()}…"
        if _width(shown, font) <= width:
            return shown
    return ""


def fitting_size(text: str, points: float, width: float) -> float:
    """Return a size at which a text is no wider than so many points, down to 0.7 of `points`.

    Examples
    --------
    >>> fitting_size("cat", 10, 1000), fitting_size("Egyptian cat", 10, 1)
    (10.0, 7.0)
    """
    text = printable(text)
    taken = _width(text, font_of(text, points))
    if taken <= width:
        return float(points)
    return points * max(_SMALLEST, 0.99 * width / taken)  # letters don't shrink quite evenly


def _width(text: str, font: FontProperties) -> float:
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text[:_LONGEST]).split())


def _unknown(text: str) -> frozenset[int]:
    missing = _missing(text, _own_fonts(tuple(matplotlib.rcParams["font.family"]), "normal"))
    return missing if missing and not _installed_with(missing) else frozenset()


def _missing(text: str, paths: Iterable[str]) -> frozenset[int]:
    return frozenset(map(ord, text)).difference({ord(" ")}, *map(_letters, paths))


@lru_cache(maxsize=8)
def _own_fonts(families: tuple[str, ...], weight: str) -> tuple[str, ...]:
    return tuple(findfont(FontProperties(family=family, weight=weight)) for family in families)


@cache
def _letters(path: str) -> frozenset[int]:
    try:
        return frozenset(get_font(path).get_charmap())
    except (OSError, RuntimeError):  # a font that is listed but can't be read
        return frozenset()


@lru_cache(maxsize=256)
def _installed_with(letters: frozenset[int]) -> str | None:
    """Return the name of an installed font that has all these letters."""
    for entry in fontManager.ttflist:
        # matplotlib's last resort has a box for each letter there is
        if not entry.name.startswith("Last Resort") and letters <= _letters(entry.fname):
            return entry.name
    return None
