"""An explanation as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from unicodedata import bidirectional, category

from . import fields
from .blocks import can_draw, draw
from .fields import check_explanation, describe_location, rounded, sections

if TYPE_CHECKING:
    from camlight.base import Explanation, TargetExplanation

__all__ = ["format_as_text", "headline", "tame"]

_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Characters that turn the direction of all that follows, not of a text in that script alone."""


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
    expl : Explanation
    show : iterable of str
        Sections to show: ``"method"``, ``"description"``, ``"targets"``. An error and warnings
        are always shown. `camlight.formatters.fields` has names for common cases.
    highlight_spaces, show_feature_values
        ELI5's arguments for tables of features; a picture has none, and they change nothing.
    maps : bool, optional
        Whether the targets' maps are drawn with block characters, in the shape of the picture;
        a signal's as a line of bars, of a volume the slice with the most evidence (its index in
        brackets). Each map has its own scale, from nothing to its maximum. By default they are
        drawn if the encoding of ``sys.stdout`` has these characters.

    Returns
    -------
    str
        Characters that would steer a terminal, such as an escape in a class name, are written
        as in a Python string.

    Raises
    ------
    TypeError
        If `expl` is no explanation, or `show` no list.
    ValueError
        If `show` has another name.

    Notes
    -----
    The interface is ELI5's ``eli5.format_as_text``; `maps` is camlight's.

    Examples
    --------
    >>> import numpy as np
    >>> from camlight import Explanation, TargetExplanation
    >>> heatmap = np.array([[0.0, 0.5, 1.0], [0.0, 0.0, 0.5]])
    >>> target = TargetExplanation(285, score=0.93, heatmap=heatmap)
    >>> print(format_as_text(Explanation("net", method="Grad-CAM", targets=[target])))
    Explained as: Grad-CAM
    <BLANKLINE>
    y=285 (score=0.930): upper right, 50 % of a 2 x 3 map
    <BLANKLINE>
    ┌─────────┐
    │   ▒▒▒███│
    │   ▒▒▒███│
    │      ▒▒▒│
    │      ▒▒▒│
    └─────────┘
    """
    check_explanation(expl)
    parts = []
    if expl.error:
        parts.append(f"Error: {expl.error}")
    parts += [f"Warning: {message}" for message in getattr(expl, "warnings", ())]
    for name in sections(show):
        if name == "method" and expl.method:
            parts.append(f"Explained as: {expl.method}")
        elif name == "description" and expl.description:
            parts.append(expl.description)
        elif name == "targets" and expl.targets:
            layer = getattr(expl, "layer", None)
            parts.append("\n".join(_line(target, layer) for target in expl.targets))
            if can_draw() if maps is None else maps:
                parts.append(_drawn(expl, expl.targets))
    return tame("\n\n".join(filter(None, parts)), but="\n")


def headline(target: TargetExplanation) -> str:
    """Return a target and how sure the model was: ``"y=285 Egyptian cat (score=0.930)"``."""
    numbers = {"probability": target.proba, "score": target.score}
    known = [f"{name}={rounded(value)}" for name, value in numbers.items() if value is not None]
    return f"{_title(target)} ({', '.join(known)})" if known else _title(target)


def _title(target: TargetExplanation) -> str:
    label = repr(target.target) if isinstance(target.target, str) else str(target.target)
    name = getattr(target, "name", None)  # ELI5's own targets have none
    return tame(f"y={label} {name}" if name else f"y={label}")


def _line(target: TargetExplanation, layer: str | None) -> str:
    if target.heatmap is None:
        return headline(target)
    size = " x ".join(map(str, target.heatmap.shape))
    kind = f"a {size} map" if target.heatmap.ndim > 1 else f"{size} steps"
    place = f" at layer {tame(layer)}" if layer else ""
    where = describe_location(target.heatmap)
    return f"{headline(target)}: {where} {'of' if '%' in where else 'in'} {kind}{place}"


def _drawn(expl: Explanation, targets: Sequence[TargetExplanation]) -> str:
    mapped = [target for target in targets if target.heatmap is not None]
    titles = [_title(target) if len(targets) > 1 else "" for target in mapped]
    aspect = expl.image.width / max(expl.image.height, 1) if expl.image is not None else 1.0
    return draw([target.heatmap for target in mapped if target.heatmap is not None], titles, aspect)


def tame(text: str, but: str = "") -> str:
    r"""Write what would steer a terminal as in a Python string.

    Parameters
    ----------
    text : str
    but : str
        Characters that may stay, such as a line's end.

    Examples
    --------
    >>> tame("cat\x1b[31m")
    'cat\\x1b[31m'
    """
    return "".join(
        c.encode("unicode_escape").decode()
        if c not in but and (category(c) in ("Cc", "Zl", "Zp", "Cs") or bidirectional(c) in _TURNS)
        else c
        for c in text
    )
