"""An explanation as plain text, its maps in block characters."""

import sys
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from unicodedata import bidirectional, category, combining, east_asian_width

import numpy as np

from camlight.base import Explanation, TargetExplanation

from . import fields
from .fields import check_explanation, describe_location, name_of, rounded, sections, warnings_of

_SHADES = " ░▒▓█"
_BARS = "▁▂▃▄▅▆▇█"
_OTHERS = "┌─┐│└┘…"
_CELLS = 14  # rows and columns that are drawn; of a larger map neighbours are averaged
_SIGNAL = 56  # steps of a signal that are drawn
_LINE = 80
_TITLE = 24
# characters that turn the direction of all that follows, not of a text in that script alone
_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def format_as_text(
    expl: Explanation,
    show: Iterable[str] = fields.ALL,
    highlight_spaces: bool | None = None,
    show_feature_values: bool = False,
    *,
    maps: bool | None = None,
) -> str:
    """Return an explanation as text: the method, what it does, each target, where, and its map.

    Parameters
    ----------
    show : iterable of str
        Sections to show: ``"method"``, ``"description"``, ``"targets"``, or the names that
        `camlight.formatters.fields` has for them. An error and warnings are always shown.
    highlight_spaces, show_feature_values
        ELI5's arguments for tables of features; a picture has none, and they change nothing.
    maps : bool, optional
        Whether maps are drawn with block characters, each from nothing to its maximum, in the
        shape of the picture; a signal's as a line of bars, of a volume the slice with the most
        evidence. By default they are if the encoding of ``sys.stdout`` has these characters.

    Returns
    -------
    str
        What would steer a terminal, such as an escape in a class name, is written as in a Python
        string. The interface is ELI5's; `maps` is camlight's.

    Raises
    ------
    TypeError, ValueError
        If `expl` is no explanation, or `show` no list, or one with another name.

    Examples
    --------
    >>> import numpy as np
    >>> from camlight import Explanation, TargetExplanation
    >>> target = TargetExplanation(285, score=0.93, heatmap=np.array([[0.0, 0.5, 1.0]]))
    >>> print(format_as_text(Explanation("net", targets=[target])))
    y=285 (score=0.930): middle right, 67 % of a 1 x 3 map
    <BLANKLINE>
    ┌───┐
    │ ▒█│
    │ ▒█│
    └───┘
    """
    check_explanation(expl)
    parts = [f"Error: {expl.error}"] if expl.error else []
    parts += [f"Warning: {message}" for message in warnings_of(expl)]
    for name in sections(show):
        if name == "method" and expl.method:
            parts.append(f"Explained as: {expl.method}")
        elif name == "description" and expl.description:
            parts.append(expl.description)
        elif name == "targets" and expl.targets:
            layer = getattr(expl, "layer", None)
            parts.append("\n".join(_line(target, layer) for target in expl.targets))
            if can_draw() if maps is None else maps:
                titles = [_title(t) if len(expl.targets) > 1 else "" for t in expl.targets]
                aspect = expl.image.width / max(expl.image.height, 1) if expl.image else 1.0
                parts.append(draw([t.heatmap for t in expl.targets], titles, aspect))
    return tame("\n\n".join(filter(None, parts)), but="\n")


def _title(target: TargetExplanation) -> str:
    label = repr(target.target) if isinstance(target.target, str) else str(target.target)
    name = name_of(target)
    return tame(f"y={label} {name}" if name else f"y={label}")


def _line(target: TargetExplanation, layer: str | None) -> str:
    """Return a target, how sure the model was, and where the evidence lies."""
    numbers = {"probability": target.proba, "score": target.score}
    known = [f"{name}={rounded(value)}" for name, value in numbers.items() if value is not None]
    headline = f"{_title(target)} ({', '.join(known)})" if known else _title(target)
    if target.heatmap is None:
        return headline
    size = " x ".join(map(str, target.heatmap.shape))
    kind = f"a {size} map" if target.heatmap.ndim > 1 else f"{size} steps"
    place = f" at layer {tame(layer)}" if layer else ""
    where = describe_location(target.heatmap)
    return f"{headline}: {where} {'of' if '%' in where else 'in'} {kind}{place}"


def can_draw() -> bool:
    """Return whether the standard output can write the characters that maps are drawn with."""
    try:  # what keeps text in memory has no encoding
        (_SHADES + _BARS + _OTHERS).encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return sys.stdout is not None  # as in a program without a console, under pythonw


def draw(heatmaps: Sequence[np.ndarray | None], titles: Sequence[str], aspect: float = 1.0) -> str:
    """Return maps as lines of at most 80 characters: framed side by side, signals one by one."""
    drawable = [
        (np.maximum(heatmap, 0.0), title)
        for heatmap, title in zip(heatmaps, titles, strict=True)
        if heatmap is not None and np.isfinite(heatmap).all() and heatmap.max(initial=0.0) > 0
    ]
    signals = [(_shrunk(map_, _SIGNAL), _cut(title)) for map_, title in drawable if map_.ndim == 1]
    margin = max((_width(title) + 2 for _, title in signals if title), default=0)
    lines = [
        _padded(title, margin) + _marked(steps, _BARS, 2 if 2 * steps.size <= _SIGNAL else 1)
        for steps, title in signals
    ]
    panels = [_panel(heatmap, title, aspect) for heatmap, title in drawable if heatmap.ndim > 1]
    return "\n".join([*lines, *_side_by_side(panels)])


def _panel(heatmap: np.ndarray, title: str, aspect: float) -> list[str]:
    """Return the lines of one framed map."""
    if heatmap.ndim == 3:
        strongest = int(heatmap.sum((1, 2)).argmax())
        title = f"{title}, slice [{strongest}]" if title else f"slice [{strongest}]"
        heatmap = heatmap[strongest]
    cells = _shrunk(_shrunk(heatmap, _CELLS), _CELLS, axis=1)
    rows, columns = cells.shape
    ideal = 2 * aspect * rows / columns  # a character is about twice as high as it is wide
    height = 2 if ideal < 1.5 and 2 * rows <= _CELLS else 1  # for a shape closer to the picture's
    width = min(max(round(height * ideal), 1), (_LINE - 2) // columns)
    inside = [f"│{_marked(row, _SHADES, width, cells.max())}│" for row in cells.repeat(height, 0)]
    edge = "─" * (columns * width)
    lines = [f"┌{edge}┐", *inside, f"└{edge}┘"]
    return [_cut(title, max(_TITLE, len(edge) + 2)), *lines] if title else lines


def _side_by_side(panels: Sequence[list[str]]) -> list[str]:
    """Return the lines of panels next to each other, as many in a row as a line holds."""
    rows: list[list[list[str]]] = []
    for panel in panels:
        if not rows or sum(max(map(_width, one)) + 2 for one in [*rows[-1], panel]) > _LINE + 2:
            rows.append([])
        rows[-1].append(panel)
    lines: list[str] = []
    for row in rows:
        widths = [max(map(_width, one)) for one in row]
        lines += [""] * bool(lines)
        for parts in zip_longest(*row, fillvalue=""):
            lines.append("  ".join(map(_padded, parts, widths)).rstrip())
    return lines


def _marked(values: np.ndarray, marks: str, width: int, peak: float | None = None) -> str:
    """Write a mark for each value between 0 and the peak, by default their own."""
    levels = np.rint(values / (peak or values.max()) * (len(marks) - 1)).astype(int)
    return "".join(marks[level] * width for level in levels)


def _shrunk(values: np.ndarray, longest: int, axis: int = 0) -> np.ndarray:
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


def tame(text: str, but: str = "") -> str:
    """Write what would steer a terminal as in a Python string, `but` for some characters."""
    return "".join(
        c.encode("unicode_escape").decode()
        if c not in but and (category(c) in ("Cc", "Zl", "Zp", "Cs") or bidirectional(c) in _TURNS)
        else c
        for c in text
    )
