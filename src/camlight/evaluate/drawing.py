"""Results as HTML that needs nothing else and as figures, explanations as small pictures."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from html import escape
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from camlight.base import Explanation
from camlight.formatters import format_html_styles

from .result import Picture, Result, Row, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["drawn", "figure_of", "html_of"]


def html_of(result: Result) -> str:
    """Return a result as a piece of HTML in the colours of the page around it, without a script.

    All of it is ASCII, so that it reads the same whatever encoding a page is taken for.
    """
    styles = f"{format_html_styles()}<style>\n{_styles()}</style>"
    parts = [styles, '<article class="camlight camlight-report">']
    if result.sections:
        cautions = [escape(words) for words in result.verdicts]
        parts += [f"<h2>{escape(result.title)}</h2>"]
        parts += [f'<p class="camlight-facts">{escape(result.meaning)}</p>']
        parts += [f'<p class="camlight-note camlight-warning">{words}</p>' for words in cautions]
        parts += [_figures(result.pictures)]
    parts += [*map(_section, result.sections or (result,)), "</article>"]
    return "\n".join(parts).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _section(result: Result) -> str:
    said = [escape(words).replace(" %", "&nbsp;%") for words in result.verdicts]
    told = [(escape(row.name), escape(row.meaning)) for row in result.rows if row.meaning]
    meanings = "".join(f"<dt>{name}</dt><dd>{meaning}</dd>" for name, meaning in told)
    parts = [f"<section><h3>{escape(result.title)}</h3>"]
    parts += [f'<p class="camlight-verdict">{words}</p>' for words in said]
    parts += [f"<p>{escape(result.meaning)}</p>" if result.meaning else ""]
    parts += [_figures(result.pictures), _table(result) if result.rows else ""]
    parts += [f"<dl>{meanings}</dl>" if meanings else "", "</section>"]
    return "\n".join(parts)


def _figures(pictures: Iterable[Picture]) -> str:
    shown = "".join(
        f'<figure><img src="{_address(one)}" width="{one.image.width}" '
        f'height="{one.image.height}" alt="The picture with its map: {escape(one.caption)}">'
        f"<figcaption>{escape(one.caption)}</figcaption></figure>"
        for one in pictures
    )
    return f'<div class="camlight-figures">{shown}</div>' if shown else ""


def _table(result: Result) -> str:
    maps = {name for row in result.rows for name in row.values}
    head = "".join(
        f'<th scope="col"{"" if name in maps else " class=camlight-control"}>{escape(name)}</th>'
        for name in result.columns
    )
    head += '<th scope="col">better</th>' if result.directed else ""
    body = "".join(
        f'<tr><th scope="row">{escape(row.name)}</th>'
        f"{''.join(_cell(result, row, name) for name in result.columns)}"
        f"{f'<td>{row.better}</td>' if result.directed else ''}</tr>"
        for row in result.rows
    )
    key = "✓ better than every control of its own, in the columns in grey."
    note = f"<p class=camlight-key>{key}</p>" if any(row.ahead for row in result.rows) else ""
    return (
        f'<div class="camlight-scroll" tabindex="0" role="region" '
        f'aria-label="{escape(result.title)}"><table class="camlight-numbers">'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}"
    )


def _cell(result: Result, row: Row, name: str) -> str:
    if name in row.controls:
        return f'<td class="camlight-control">{result.shown(row.controls[name])}</td>'
    if name not in row.values:
        return "<td></td>"
    value = row.values[name]
    if result.directed or math.isnan(value):
        return f"<td>{result.shown(value)}{' ✓' if name in row.ahead else ''}</td>"
    colour = f"var(--camlight-{'like' if value > 0 else 'unlike'}) {min(abs(value), 1):.0%}"
    return (
        f'<td style="background: color-mix(in srgb, {colour}, transparent)">'
        f"{result.shown(value)}</td>"
    )


def _address(picture: Picture) -> str:
    buffer = BytesIO()
    picture.image.convert("RGB").save(buffer, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


@cache
def _styles() -> str:
    return files("camlight.evaluate").joinpath("report.css").read_text(encoding="utf-8")


def figure_of(result: Result) -> Figure:
    """Draw a table of correlations as a labelled heatmap; NaN is left white."""
    from matplotlib.figure import Figure  # the pages don't need it

    rows, columns = [row.name for row in result.rows], list(result.columns)
    if not rows or result.directed:
        raise ValueError(
            f"Expected a result that holds correlations, to draw them. Received: {result.title!r}."
        )
    matrix = np.array([[row.values.get(name, np.nan) for name in columns] for row in result.rows])
    # in inches: a cell's side, and about what a letter of the labels takes
    width, names = 0.62 * len(columns), 0.078 * max(map(len, rows))
    size = (width + names + 2.2, 0.62 * len(rows) + 0.7)
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    axes = figure.add_subplot()
    drawn = axes.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1)
    axes.set_title(result.title, fontsize=9, loc="left")
    axes.set_xticks(range(len(columns)), columns, fontsize=8)
    axes.set_yticks(range(len(rows)), rows, fontsize=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for (row, column), value in np.ndenumerate(matrix):
        colour = "white" if abs(value) > 0.7 else "black"
        axes.text(column, row, number(value), ha="center", va="center", fontsize=8, color=colour)
    bar = figure.colorbar(drawn, ax=axes, fraction=0.04, ticks=[-1, 0, 1])
    bar.ax.set_yticklabels(["-1: opposite", "0: unrelated", "1: the same"], fontsize=8)
    bar.outline.set_visible(False)
    return figure


_SIDE = 220
"""How long pictures of a report are, in pixels."""


def drawn(expl: Explanation, caption: str, inside: np.ndarray | None = None) -> Picture:
    """Return a small picture with the map over it, and a box around the pixels `inside`.

    Of a signal or a volume it is what they look like.
    """
    from camlight.formatters import format_as_image  # matplotlib, which numbers don't need

    if expl.image is None:
        picture = format_as_image(expl).convert("RGB")
        picture.thumbnail((2 * _SIDE, 2 * _SIDE))
        return Picture(picture, caption)
    photo = expl.image.convert("RGB")
    scale = _SIDE / max(photo.size)
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    small = photo.resize(size, Image.Resampling.LANCZOS)
    picture = format_as_image(replace(expl, image=small)).convert("RGB")
    if inside is not None:
        _outline(picture, inside)
    return Picture(picture, caption)


def _outline(picture: Image.Image, inside: np.ndarray) -> None:
    """Draw a box around the pixels inside, which lie in a larger picture."""
    rows, columns = (np.flatnonzero(inside.any(axis)) for axis in (1, 0))
    across, down = picture.width / inside.shape[1], picture.height / inside.shape[0]
    corners = [
        (columns[0] * across, rows[0] * down),
        ((columns[-1] + 1) * across - 1, (rows[-1] + 1) * down - 1),
    ]
    pen = ImageDraw.Draw(picture)
    pen.rectangle(corners, outline="black", width=4)
    pen.rectangle(corners, outline="white", width=2)
