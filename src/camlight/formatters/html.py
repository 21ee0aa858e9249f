"""An explanation as a piece of HTML that needs nothing else."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from . import fields
from .drawing.overlay import overlay
from .location import describe_location
from .text import headline

if TYPE_CHECKING:
    from camlight.base import Explanation, TargetExplanation

__all__ = ["format_as_html", "format_html_styles"]

_STYLES = """<style>
.camlight { font-family: system-ui, sans-serif; color: inherit; }
.camlight figure { display: inline-block; margin: 0 1em 1em 0; }
.camlight img { display: block; max-width: 100%; height: auto; }
.camlight figcaption { margin-top: 0.4em; }
.camlight .camlight-error { background: #fdd; color: #600; padding: 0.5em; }
.camlight .camlight-warning { background: #fec; color: #530; padding: 0.5em; }
</style>
"""


def format_as_html(
    explanation: Explanation,
    include_styles: bool = True,
    force_weights: bool = True,
    show: Iterable[str] = fields.ALL,
    preserve_density: bool | None = None,
    highlight_spaces: bool | None = None,
    horizontal_layout: bool = True,
    show_feature_values: bool = False,
) -> str:
    """Return an explanation as HTML, its pictures inside it and all its text escaped.

    Parameters
    ----------
    explanation : Explanation
    include_styles : bool
        Whether the styles come along; `format_html_styles` gives them alone. Default True.
    show : iterable of str
        Sections to show: ``"method"``, ``"description"``, ``"targets"``. An error and warnings
        are always shown.
    force_weights, preserve_density, highlight_spaces, horizontal_layout, show_feature_values
        ELI5's arguments for tables of features; a picture has none, and they change nothing.

    Returns
    -------
    str

    Notes
    -----
    The interface is ELI5's ``eli5.format_as_html``.

    Examples
    --------
    >>> from camlight import Explanation
    >>> "&lt;b&gt;" in format_as_html(Explanation("net", error="no <b> here"))
    True
    """
    parts = [_STYLES] if include_styles else []
    parts.append('<div class="camlight">')
    if explanation.error:
        parts.append(
            f'<p class="camlight-error" role="alert">Error: {escape(explanation.error)}</p>'
        )
    for message in getattr(explanation, "warnings", ()):
        parts.append(f'<p class="camlight-warning" role="alert">Warning: {escape(message)}</p>')
    for name in show:
        if name == "method" and explanation.method:
            parts.append(f"<p>Explained as: {escape(explanation.method)}</p>")
        elif name == "description" and explanation.description:
            parts.append(f"<p>{escape(explanation.description)}</p>")
        elif name == "targets":
            parts += [_figure(explanation, target) for target in explanation.targets or []]
    parts.append("</div>")
    return "\n".join(parts)


def format_html_styles() -> str:
    """Return the styles alone, for pages that call ``format_as_html(include_styles=False)``.

    Examples
    --------
    >>> format_html_styles().startswith("<style>")
    True
    """
    return _STYLES


def _figure(expl: Explanation, target: TargetExplanation) -> str:
    caption = f"{escape(expl.estimator)}: {escape(headline(target))}"
    if layer := getattr(expl, "layer", None):
        caption += f", layer {escape(layer)}"
    picture = ""
    heatmap = target.heatmap
    drawable = heatmap is not None and heatmap.ndim == 2 and np.isfinite(heatmap).all()
    if heatmap is not None and not (drawable and expl.image is not None):
        caption += f". Most evidence: {describe_location(heatmap)}"
    if expl.image is not None and heatmap is not None and drawable:
        shown = overlay(expl.image, heatmap).convert("RGB")
        buffer = BytesIO()
        shown.save(buffer, "PNG")
        data = base64.b64encode(buffer.getvalue()).decode("ascii")
        where = describe_location(heatmap)
        picture = (
            f'<img src="data:image/png;base64,{data}" width="{shown.width}" '
            f'height="{shown.height}" alt="Heatmap over the picture. Most evidence: {where}.">'
        )
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"
