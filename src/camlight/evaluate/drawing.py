"""Results as HTML that needs nothing else and as figures; a report's parts with pictures."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from html import escape
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from camlight.base import Explanation, TargetExplanation

from .checks import centre_map, random_map
from .localization import energy_inside, pointing_game, region_of
from .result import Picture, Result, Row, is_empty, number, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIDE = 220
"""How long pictures of a report are, in pixels."""


@cache
def _styles() -> str:
    from camlight.formatters import format_html_styles  # matplotlib, which numbers don't need

    own = files("camlight.evaluate").joinpath("report.css").read_text(encoding="utf-8")
    return f"{format_html_styles()}<style>\n{own}</style>"


def html_of(result: Result) -> str:
    """Return a result as HTML in the colours of the page around it: ASCII, and no script."""
    parts = [_styles(), '<article class="camlight camlight-report">']
    if result.sections:
        parts += [f"<h2>{escape(result.title)}</h2>"]
        parts += [_said("facts", result.meaning)]
        parts += [_said("note camlight-warning", words) for words in result.verdicts]
        parts += [_figures(result.pictures)]
    parts += [*map(_section, result.sections or (result,)), "</article>"]
    return "\n".join(parts).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _said(kind: str, words: str) -> str:
    return f'<p class="camlight-{kind}">{escape(words)}</p>'


def _section(result: Result) -> str:
    told = [(escape(row.name), escape(row.meaning)) for row in result.rows if row.meaning]
    meanings = "".join(f"<dt>{name}</dt><dd>{meaning}</dd>" for name, meaning in told)
    parts = [f"<section><h3>{escape(result.title)}</h3>"]
    parts += [_said("verdict", words).replace(" %", "&nbsp;%") for words in result.verdicts]
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


def _address(picture: Picture) -> str:
    buffer = BytesIO()
    picture.image.convert("RGB").save(buffer, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _table(result: Result) -> str:
    maps = {name for row in result.rows for name in row.values}
    head = "".join(
        f'<th scope="col"{"" if name in maps else " class=camlight-control"}>{escape(name)}</th>'
        for name in result.columns
    )
    head += '<th scope="col">better</th>' if result.directed else ""
    body = "".join(
        f'<tr><th scope="row">{escape(row.name)}</th>{_cells(result, row)}'
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


def _cells(result: Result, row: Row) -> str:
    """Return the numbers of a row: coloured correlations, else a tick for what is ahead."""
    cells = []
    for name, shown in zip(result.columns, result.cells(row), strict=True):
        value = row.values.get(name, math.nan)
        style = "" if name in row.values or not shown else ' class="camlight-control"'
        if not result.directed and not math.isnan(value):
            colour = f"var(--camlight-{'like' if value > 0 else 'unlike'}) {min(abs(value), 1):.0%}"
            style = f' style="background: color-mix(in srgb, {colour}, transparent)"'
        cells.append(f"<td{style}>{shown}{' ✓' if name in row.ahead else ''}</td>")
    return "".join(cells)


def figure_of(result: Result) -> Figure:
    """Draw a table of correlations as a labelled heatmap; NaN is left white."""
    from matplotlib.figure import Figure  # the pages don't need it

    rows, columns = [row.name for row in result.rows], result.columns
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


def drawn(expl: Explanation, caption: str, inside: np.ndarray | None = None) -> Picture:
    """Return a small picture of a map, or of a signal with it, and a box around `inside`."""
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
        rows, columns = (np.flatnonzero(inside.any(axis)) for axis in (1, 0))
        across, down = picture.width / inside.shape[1], picture.height / inside.shape[0]
        end = (columns[-1] + 1) * across - 1, (rows[-1] + 1) * down - 1
        corners, pen = [(columns[0] * across, rows[0] * down), end], ImageDraw.Draw(picture)
        pen.rectangle(corners, outline="black", width=4)
        pen.rectangle(corners, outline="white", width=2)
    return Picture(picture, caption)


def region_of_map(label: str, expl: Explanation, box: Any, mask: Any, seed: int) -> Result:
    """Return what a report says of a map and a box or mask, with a picture."""
    inside = region_of(expl.image.size if expl.image else (0, 0), box, mask)
    blind = {"random map": random_map(inside.shape, seed), "centre blob": centre_map(inside.shape)}
    targets = {name: TargetExplanation(0, heatmap=one) for name, one in blind.items()}
    controls = {n: Explanation("none", targets=[t], image=expl.image) for n, t in targets.items()}
    even, rows = float(inside.mean()), []
    mass = (
        "of the map's mass; more than the controls have is good. An even map has the region's "
        f"share of the picture, {number(even)}."
    )
    peak = "1 if the strongest cell's centre lies there, 0 if not."
    tests = ("Share inside", energy_inside, mass), ("Peak inside", pointing_game, peak)
    for name, measure, meaning in tests:
        value = math.nan if is_empty(expl) else float(measure(expl, box, mask=mask))
        known = {n: float(measure(one, box, mask=mask)) for n, one in controls.items()}
        rows.append(Row.of_one(name, meaning, label, value, known))
    verdict = "In this test the map was empty."
    if not is_empty(expl):
        share, blob = rows[0].values[label], rows[0].controls["centre blob"]
        verdict = (
            f"In this test {percent(share)} of the map lay inside, where an even map has "
            f"{percent(even)} and a blob in the centre {percent(blob)}."
        )
    pictures = (drawn(expl, f"{label}, and the region", inside),)
    return Result(label, rows=tuple(rows), verdicts=(verdict,), pictures=pictures)


def pairs_of(label: str, cases: Sequence[Row]) -> Result:
    """Return what a report says of a method's map and two photos, with pictures."""
    hits, share = [case.hit for case in cases], float(np.mean([case.share for case in cases]))
    chance, peak = {"by chance": 0.5}, "in which share of the cases; 1 is best."
    mass = "of the map of what a photo shows, on average; 1 is best."
    rows = (
        Row.of_one("Share on its photo", mass, label, share, chance),
        Row.of_one("Peak on its photo", peak, label, float(np.mean(hits)), chance),
    )
    verdict = (
        f"In this test the peak lay on the photo that was asked for in {sum(hits)} of {len(hits)} "
        "cases."
    )
    pictures = [drawn(case.explanation, f"{label}, asked for {case.asked}") for case in cases[:6]]
    return Result(label, rows=rows, verdicts=(verdict,), pictures=tuple(pictures))


def weights_of(label: str, cascading: Result, independent: Result) -> Result:
    """Return what a report says of a method's map and randomized weights, with pictures."""
    unrelated = max(v for name, v in cascading.control.items() if "spearman" in name)
    rows, pictures = [], [drawn(cascading.original, f"{label}, the model as it is")]
    for place, step in enumerate(cascading.steps):
        values = {label: step.rank_correlation}
        rows.append(Row(step.name, values=values, controls={"unrelated maps": unrelated}))
        first, *others = step.layers
        what = f"{'+ ' if place else ''}{first}{f' and {len(others)} more' if others else ''}"
        shown = "the map is empty" if is_empty(step.explanation) else number(values[label])
        pictures.append(drawn(step.explanation, f"{what}: {shown}"))
    verdicts = (cascading.verdict, independent.verdict)
    return Result(label, rows=tuple(rows), verdicts=verdicts, pictures=tuple(pictures))
