"""An explanation as plain text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from . import fields
from .location import describe_location

if TYPE_CHECKING:
    from camlight.base import Explanation, TargetExplanation

__all__ = ["format_as_text", "headline"]


def format_as_text(
    expl: Explanation,
    show: Iterable[str] = fields.ALL,
    highlight_spaces: bool | None = None,
    show_feature_values: bool = False,
) -> str:
    """Return an explanation as text: the method, what it does, each target and where it lies.

    Parameters
    ----------
    expl : Explanation
    show : iterable of str
        Sections to show: ``"method"``, ``"description"``, ``"targets"``. An error and warnings
        are always shown. `camlight.formatters.fields` has names for common cases.
    highlight_spaces, show_feature_values
        ELI5's arguments for tables of features; a picture has none, and they change nothing.

    Returns
    -------
    str

    Notes
    -----
    The interface is ELI5's ``eli5.format_as_text``.

    Examples
    --------
    >>> import numpy as np
    >>> from camlight import Explanation, TargetExplanation
    >>> target = TargetExplanation(285, score=0.93, heatmap=np.eye(3)[:1])
    >>> print(format_as_text(Explanation("net", method="Grad-CAM", targets=[target])))
    Explained as: Grad-CAM
    <BLANKLINE>
    y=285 (score=0.930): middle left, 100 % of a 1 x 3 map
    """
    sections = []
    if expl.error:
        sections.append(f"Error: {expl.error}")
    sections += [f"Warning: {message}" for message in getattr(expl, "warnings", ())]
    for name in show:
        if name == "method" and expl.method:
            sections.append(f"Explained as: {expl.method}")
        elif name == "description" and expl.description:
            sections.append(expl.description)
        elif name == "targets" and expl.targets:
            layer = getattr(expl, "layer", None)
            sections.append("\n".join(_line(target, layer) for target in expl.targets))
    return "\n\n".join(sections)


def headline(target: TargetExplanation) -> str:
    """Return a target and how sure the model was: ``"y=285 Egyptian cat (score=0.930)"``."""
    numbers = {"probability": target.proba, "score": target.score}
    known = [f"{name}={value:.3f}" for name, value in numbers.items() if value is not None]
    label = repr(target.target) if isinstance(target.target, str) else str(target.target)
    name = getattr(target, "name", None)  # ELI5's own targets have none
    title = f"y={label} {name}" if name else f"y={label}"
    return f"{title} ({', '.join(known)})" if known else title


def _line(target: TargetExplanation, layer: str | None) -> str:
    if target.heatmap is None:
        return headline(target)
    size = " x ".join(map(str, target.heatmap.shape))
    place = f" at layer {layer}" if layer else ""
    where = describe_location(target.heatmap)
    return f"{headline(target)}: {where} of a {size} map{place}"
