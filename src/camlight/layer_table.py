"""What of a model can be explained, as a table to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["LayerRow", "LayerTable"]

_HEADINGS = ("layer", "type", "map", "")


@dataclass(frozen=True)
class LayerRow:
    """A layer that can be explained.

    Attributes
    ----------
    path : str
        What to pass as `layer`.
    type : str
        The name of its class.
    size : tuple of (int or None)
        The size of its map: ``(h, w)``, ``(l,)`` or ``(d, h, w)``; None where it depends on the
        picture.
    tokens : int, optional
        The number of its tokens, where it gives tokens; `size` is then their grid.
    calls : int
        How often the model calls it.
    automatic : str
        Why it is the automatic layer; empty if it isn't.
    """

    path: str
    type: str
    size: tuple[int | None, ...]
    tokens: int | None = None
    calls: int = 1
    automatic: str = ""

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The row's texts, in the order of the table's columns."""
        size = " x ".join("any" if length is None else str(length) for length in self.size)
        if self.tokens is not None:
            size += f" of {self.tokens} tokens"
        notes = [f"automatic: {self.automatic}"] if self.automatic else []
        notes += [f"called {self.calls} times"] if self.calls > 1 else []
        return self.path, self.type, size, "; ".join(notes)


@dataclass(frozen=True)
class LayerTable(Sequence[LayerRow]):
    """The layers of a model that can be explained, in the order in which they run.

    Prints as a table, and shows as one in a notebook. A row is found by its number, a column by
    the attributes of `LayerRow`.

    Attributes
    ----------
    model : str
        The model's name.
    rows : tuple of LayerRow
    note : str
        What to know of the table as a whole.

    Examples
    --------
    >>> table = LayerTable("net", (LayerRow("conv", "Conv2D", (7, 7)),))
    >>> print(table)
    Model net: 1 layer can be explained.
    <BLANKLINE>
    layer  type    map
    -----  ------  -----
    conv   Conv2D  7 x 7
    >>> table[0].size
    (7, 7)
    """

    model: str
    rows: tuple[LayerRow, ...]
    note: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number):  # type: ignore[no-untyped-def] # as a tuple's
        return self.rows[number]

    def __iter__(self) -> Iterator[LayerRow]:
        return iter(self.rows)

    def __str__(self) -> str:
        if not self.rows:
            return self._title
        lines = [_HEADINGS, *(row.cells for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
        table.insert(1, "  ".join("-" * width for width in widths).rstrip())
        return "\n".join([self._title, "", *table])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
        body = "".join(f"<tr{_emphasis(row)}>{_html_cells(row)}</tr>" for row in self.rows)
        return (
            f"<p>{escape(self._title)}</p>"
            '<div style="max-height: 30em; overflow: auto" tabindex="0" role="region" '
            'aria-label="Layers"><table style="text-align: left; border-spacing: 1em 0">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    @property
    def _title(self) -> str:
        count = len(self.rows)
        what = f"{count} layer{'' if count == 1 else 's'} can be explained"
        taken = "".join(f" By itself: {row.path}." for row in self.rows if row.automatic)
        return f"Model {self.model}: {what}.{taken}{f' {self.note}' if self.note else ''}"


def _emphasis(row: LayerRow) -> str:
    return ' style="font-weight: bold"' if row.automatic else ""


def _html_cells(row: LayerRow) -> str:
    path, *rest = map(escape, row.cells)
    return f"<td><code>{path}</code></td>" + "".join(f"<td>{text}</td>" for text in rest)
