"""Words on matplotlib's figures: in lines that fit, in fonts that have the letters."""

from bisect import bisect_right
from functools import cache, lru_cache
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.textpath import text_to_path

from .panels import Words

_LONGEST = 300  # letters: more have no room above any picture


def caption(ax: Axes, words: Words, points: float, width: float) -> None:
    """Write the words above `ax`, in lines no wider than so many points."""
    numbers, how = fitted([words.numbers[:_LONGEST]], points, width, most=3, between=", ")
    _write(ax, numbers, corner=1, offset=0.4 * points, **how)
    name, size = words.title[:_LONGEST], 1.1 * points
    title, how = fitted([name], size, width, most=2, bold=True, otherwise=words.otherwise)
    lines = numbers.count("\n") + bool(numbers)
    ax.set_title(title, loc="left", y=1, pad=(0.4 + 1.35 * lines) * points, **how)


def warn_below(ax: Axes, warnings: list[str], points: float, width: float, lines: float) -> None:
    """Write warnings below `ax`, and below so many lines of text."""
    text, how = told(warnings, 0.85 * points, width)
    _write(ax, text, corner=0, offset=-1.3 * lines * points, va="top", **how)


def told(warnings: list[str], points: float, width: float) -> tuple[str, dict[str, Any]]:
    """Return warnings as lines of text, and how to write them."""
    text, how = fitted([f"Warning: {warning}" for warning in warnings], points, width)
    return text, how | {"color": "tab:red"}  # can be read on white and on black


def _write(ax: Axes, text: str, corner: int, offset: float, **how: Any) -> None:
    if text:
        places = (0, corner), (0, offset), "axes fraction", "offset points"
        ax.annotate(text, *places, annotation_clip=False, **how)


def fitted(
    paragraphs: list[str],
    points: float,
    width: float,
    *,
    most: int = 99,
    between: str = " ",
    bold: bool = False,
    otherwise: str = "",
) -> tuple[str, dict[str, Any]]:
    """Return texts in lines of such a width and how to write them; `otherwise` if no font can."""
    printable = ("".join(c if c.isprintable() else " " for c in text) for text in paragraphs)
    texts = [" ".join(text.split()) for text in printable]
    weight = "bold" if bold else "normal"
    own = tuple(matplotlib.rcParams["font.family"])
    families, missing = _fonts_with(frozenset("".join(texts)), own, weight)
    if otherwise and (missing or not any(texts)):
        return fitted([otherwise], points, width, most=most, bold=bold)
    # all that many a helper has is normal: matplotlib would log what it lacks
    font = FontProperties(
        family=list(families), size=points, weight=weight if families == own else "normal"
    )
    shown = ("".join("?" if c in missing else c for c in text) for text in texts)
    lines = [line for text in shown for line in _lines(text, font, width, most, between)]
    return "\n".join(lines), {"fontproperties": font, "parse_math": False, "usetex": False}


def _lines(text: str, font: FontProperties, width: float, most: int, between: str) -> list[str]:
    """Break a text between its words; of what is too long all the same show the beginning."""
    words: list[str] = text.replace(between, f"{between.strip()}\n").splitlines()
    lines: list[str] = []
    while words:
        longer = [" ".join(words[: count + 1]) for count in range(len(words))]
        last = len(lines) == most - 1 or _width(longer[-1], font) <= width
        count = len(words) if last else max(1, _fit(longer, font, width))
        line = longer[count - 1]
        if _width(line, font) > width:
            cut = ["", *(f"{line[:length].rstrip()}…" for length in range(len(line)))]
            line = cut[_fit(cut, font, width) - 1]
        lines.append(line)
        words = words[count:]
    return lines


def _fit(longer: list[str], font: FontProperties, width: float) -> int:
    """Return how many texts, each longer than the one before, are no wider than `width`."""
    return bisect_right(longer, width, key=lambda text: _width(text, font))


def _width(text: str, font: FontProperties) -> float:
    width, *_ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


@lru_cache(maxsize=256)
def _fonts_with(
    letters: frozenset[str], own: tuple[str, ...], weight: str
) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the fonts to write letters with, matplotlib's own first, and what none of them has."""
    families, missing = own, letters - {" "}
    for family in own:
        missing -= _letters_of(findfont(FontProperties(family=family, weight=weight)))
    for entry in fontManager.ttflist:
        # matplotlib's last resort has a box for each letter there is
        last_resort = entry.name.startswith("Last Resort")
        if missing and not last_resort and (found := missing & _letters_of(entry.fname)):
            families, missing = (*families, entry.name), missing - found
    return families, missing


@cache
def _letters_of(path: str) -> frozenset[str]:
    try:
        return frozenset(map(chr, get_font(path).get_charmap()))
    except (OSError, RuntimeError):  # a font that is listed but can't be read
        return frozenset()
