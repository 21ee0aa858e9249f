"""A report as HTML that needs nothing else."""

from __future__ import annotations

import base64
import math
from functools import cache
from html import escape
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

from camlight.formatters.html import format_html_styles

from .report_parts import CAUTION
from .tables import number, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .report_parts import Finding, Picture, Report, Section

__all__ = ["report_html"]


def report_html(report: Report) -> str:
    """Return a report as a piece of HTML, its pictures inside it and all its text escaped.

    Parameters
    ----------
    report : Report

    Returns
    -------
    str
        In the colours of the page around it, light or dark; without a script. All of it is ASCII,
        so that it reads the same whatever encoding a page is taken for.

    Examples
    --------
    >>> from .report_parts import Report
    >>> report = Report("<b>", "cat", 0.5, None, ("gradcam",), 3, 0.1, ())
    >>> "Can the maps of &lt;b&gt; for cat be trusted?" in report_html(report)
    True
    """
    html = "\n".join(
        [
            f"{format_html_styles()}<style>\n{_styles()}</style>",
            '<article class="camlight camlight-report">',
            f"<h2>{escape(report.title)}</h2>",
            f'<p class="camlight-facts">{escape(report.facts)}</p>',
            f'<p class="camlight-note camlight-warning">{escape(CAUTION)}</p>',
            _figures(report.pictures),
            *map(_section, report.sections),
            "</article>",
        ]
    )
    return html.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _unbroken(text: str) -> str:
    return escape(text).replace(" %", "&nbsp;%")


@cache
def _styles() -> str:
    return files("camlight.evaluate").joinpath("report.css").read_text(encoding="utf-8")


def _section(section: Section) -> str:
    meanings = "".join(
        f"<dt>{escape(one.name)}</dt><dd>{escape(one.meaning)}</dd>"
        for one in section.findings
        if one.meaning
    )
    return "\n".join(
        [
            f"<section><h3>{escape(section.title)}</h3>",
            *(f'<p class="camlight-verdict">{_unbroken(words)}</p>' for words in section.verdicts),
            f"<p>{escape(section.meaning)}</p>",
            _figures(section.pictures),
            _table(section),
            f"<dl>{meanings}</dl>" if meanings else "",
            "</section>",
        ]
    )


def _figures(pictures: Iterable[Picture]) -> str:
    shown = "".join(
        f'<figure><img src="{_address(one)}" width="{one.image.width}" '
        f'height="{one.image.height}" alt="The picture with its map: {escape(one.caption)}">'
        f"<figcaption>{escape(one.caption)}</figcaption></figure>"
        for one in pictures
    )
    return f'<div class="camlight-figures">{shown}</div>' if shown else ""


def _table(section: Section) -> str:
    if not section.findings:
        return ""
    maps = {name for one in section.findings for name in one.values}
    directed = section.directed
    head = "".join(
        f'<th scope="col"{"" if name in maps else " class=camlight-control"}>{escape(name)}</th>'
        for name in section.columns
    )
    head += '<th scope="col">better</th>' if directed else ""
    body = "".join(
        f'<tr><th scope="row">{escape(one.name)}</th>'
        f"{''.join(_cell(one, name, directed) for name in section.columns)}"
        f"{f'<td>{one.better}</td>' if directed else ''}</tr>"
        for one in section.findings
    )
    note = (
        "<p class=camlight-key>✓ better than every control of its own, in the columns in grey.</p>"
        if any(one.ahead for one in section.findings)
        else ""
    )
    return (
        f'<div class="camlight-scroll" tabindex="0" role="region" '
        f'aria-label="{escape(section.title)}"><table class="camlight-numbers">'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}"
    )


def _cell(finding: Finding, name: str, directed: bool) -> str:
    if name in finding.controls:
        return f'<td class="camlight-control">{short(finding.controls[name])}</td>'
    if name not in finding.values:
        return "<td></td>"
    value = finding.values[name]
    if directed:
        mark = " ✓" if name in finding.ahead else ""
        return f"<td>{short(value)}{mark}</td>"
    if math.isnan(value):
        return "<td>none</td>"
    colour = "like" if value > 0 else "unlike"
    return (
        f'<td style="background: color-mix(in srgb, var(--camlight-{colour}) '
        f'{min(abs(value), 1):.0%}, transparent)">{number(value)}</td>'
    )


def _address(picture: Picture) -> str:
    buffer = BytesIO()
    picture.image.convert("RGB").save(buffer, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
