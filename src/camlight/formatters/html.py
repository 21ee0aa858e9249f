"""An explanation as a card: a piece of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from . import fields
from .card import card
from .fields import check_explanation, sections, warnings_of

if TYPE_CHECKING:
    from camlight.base import Explanation

    from .overlay import Colormap

__all__ = ["format_as_html", "format_html_styles"]


def format_as_html(
    explanation: Explanation,
    include_styles: bool = True,
    force_weights: bool = True,
    show: Iterable[str] = fields.ALL,
    preserve_density: bool | None = None,
    highlight_spaces: bool | None = None,
    horizontal_layout: bool = True,
    show_feature_values: bool = False,
    *,
    colormap: Colormap | str = "viridis",
    alpha_limit: float | None = 0.65,
) -> str:
    """Return an explanation as a card of HTML, its pictures inside it and all its text escaped.

    The card shows the picture with the map over it, lets one choose the target and the opacity,
    and tells the value of the cell under the pointer, with the keyboard too. It asks for nothing
    from anywhere; where no script runs, the map of the first target is seen. Pictures larger than
    1024 pixels are stored reduced, and maps in thousandths: it takes less than 300 KB.

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
    colormap : callable or str
        As in `camlight.format_as_image`. Default viridis.
    alpha_limit : float or None
        Greatest opacity of the map, where the slider stands at first; None for 1. Default 0.65.

    Returns
    -------
    str
        As from ELI5's ``format_as_html``, whose arguments these are but for the last two.

    Raises
    ------
    TypeError, ValueError
        If `explanation`, `show`, `colormap` or `alpha_limit` isn't one.

    Examples
    --------
    >>> from camlight import Explanation
    >>> "&lt;b&gt;" in format_as_html(Explanation("net", error="no <b> here"))
    True
    """
    check_explanation(explanation)
    show = sections(show)
    parts = [format_html_styles()] if include_styles else []
    parts.append('<div class="camlight">')
    if explanation.error:
        parts.append(_note("error", "Error", explanation.error, ' role="alert"'))
    parts += [_note("warning", "Warning", text) for text in warnings_of(explanation)]
    script = ""
    if "targets" in show and explanation.targets:
        parts.append(card(explanation, colormap, alpha_limit, _method(explanation, show)))
        script = f"<script>\n{_file('card.js')}</script>"
    else:
        parts.append(_method(explanation, show))
    return "\n".join([*parts, "</div>", script])


def format_html_styles() -> str:
    """Return the styles alone, for pages that call ``format_as_html(include_styles=False)``.

    Examples
    --------
    >>> format_html_styles().startswith("<style>")
    True
    """
    return f"<style>\n{_file('card.css')}</style>\n"


@cache
def _file(name: str) -> str:
    return files("camlight.formatters").joinpath(name).read_text(encoding="utf-8")


def _note(kind: str, word: str, text: str, role: str = "") -> str:
    return (
        f'<p class="camlight-note camlight-{kind}"{role}><strong>{word}:</strong> '
        f"<span>{escape(text)}</span></p>"
    )


def _method(expl: Explanation, show: tuple[str, ...]) -> str:
    """Return how the maps were made: in one line, what it means behind it."""
    line = ""
    if "method" in show and expl.method:
        line = f"Explained as: {escape(expl.method)}"
        if layer := getattr(expl, "layer", None):
            line += f", layer <bdi><code>{escape(layer)}</code></bdi>"
        shapes = {t.heatmap.shape for t in expl.targets or [] if t.heatmap is not None}
        if len(shapes) == 1:
            line += f", {' &times; '.join(map(str, *shapes))} cells"
    words = escape(expl.description) if "description" in show and expl.description else ""
    if line and words:
        return f'<details class="camlight-method"><summary>{line}</summary><p>{words}</p></details>'
    return f'<p class="camlight-method">{line or words}</p>' if line or words else ""
