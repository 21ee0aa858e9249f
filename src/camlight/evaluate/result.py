"""What a test found: rows of numbers beside controls, what they say, and pictures."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from textwrap import fill
from typing import TYPE_CHECKING, Any

from camlight.base import Explanation
from camlight.formatters.text import tame

from .checks import plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL import Image


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of a result, `image`, and what is said below it, its `caption`.

    Examples
    --------
    >>> from PIL import Image
    >>> Picture(Image.new("RGB", (8, 8)), "gradcam").caption
    'gradcam'
    """

    image: Image.Image
    caption: str


class _Detailed:
    """Something whose details are attributes as well."""

    details: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        details = vars(self).get("details", {})
        if name not in details:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return details[name]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.details})


@dataclass(frozen=True, eq=False)
class Row(_Detailed):
    """One thing that was measured, of each map and of maps that know nothing.

    Attributes
    ----------
    name, meaning : str
        What was measured; and what the number is, and what would be good.
    values, controls : mapping of str to float
        Numbers by the names of maps, NaN where there is none; and those of maps that know nothing.
    better, ahead : {"higher", "lower", ""} and collection of str
        Which way a map does better, if either; and the maps that did better than every control.
    details : mapping
        What else was found, such as an `explanation`: each an attribute of the row, too.

    Examples
    --------
    >>> row = Row("deletion", "", {"gradcam": 0.2}, {"noise": 0.3}, "lower", details={"steps": 50})
    >>> row.values, row.steps
    ({'gradcam': 0.2}, 50)
    """

    name: str
    meaning: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    controls: Mapping[str, float] = field(default_factory=dict)
    better: str = ""
    ahead: Collection[str] = ()
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of_one(
        cls, name: str, meaning: str, label: str, value: float, controls: Mapping[str, float]
    ) -> Row:
        """Return a row about one map, of which more is better."""
        ahead = (label,) if value > max(controls.values()) else ()
        return cls(name, meaning, {label: value}, controls, "higher", ahead)

    def as_row(self) -> dict[str, Any]:
        """Return a row of a table: NaN where there is no value."""
        plain = str | int | float | None
        single = {name: value for name, value in self.details.items() if isinstance(value, plain)}
        return {"name": self.name, **single, **self.values, **self.controls, "better": self.better}

    def as_dict(self) -> dict[str, Any]:
        """Return everything but maps and pictures, in types that JSON knows; NaN becomes None."""
        names = "name", "meaning", "better", "values", "controls"
        own = {name: plain(getattr(self, name)) for name in names}
        ahead = {"better than every control": list(self.ahead)}
        return {**own, **ahead, **plain(_told(self.details))}


@dataclass(frozen=True, eq=False, repr=False)
class Result(_Detailed):
    """What a test found: prints as a table, shows as HTML in a notebook.

    ``result["deletion"]`` is the row of that name, and a result can be gone through, row by row.

    Attributes
    ----------
    title, meaning, verdicts : str, str and tuple of str
        What was tested; how; and what the numbers say, in words no larger than they are.
    rows, pictures, sections : tuple of Row, of Picture and of Result
        Sections are the tests that a report is made of.
    details : mapping
        What else was found, as each test's documentation says: each an attribute, too.

    Examples
    --------
    >>> result = Result("Is it so?", rows=(Row("rank", values={"cam": 0.5}),), details={"seed": 0})
    >>> print(result)
    Is it so?
    =========
    <BLANKLINE>
          cam
    ----  ----
    rank  0.50
    >>> result["rank"].values, result.seed
    ({'cam': 0.5}, 0)
    """

    title: str
    meaning: str = ""
    rows: tuple[Row, ...] = ()
    verdicts: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    sections: tuple[Result, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """All verdicts, one after the other."""
        return " ".join(self.verdicts)

    findings = property(attrgetter("rows"), doc="The rows, by the name that they had before.")

    @property
    def columns(self) -> list[str]:
        """The names of all maps and controls, in order."""
        values = dict.fromkeys(name for row in self.rows for name in row.values)
        return list(values | dict.fromkeys(name for row in self.rows for name in row.controls))

    @property
    def directed(self) -> bool:
        """Whether a map can do better or worse here."""
        return any(row.better for row in self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, name: str) -> Row:
        return {row.name: row for row in self.rows}[name]

    def __str__(self) -> str:
        parts = [f"{self.title}\n{'=' * len(self.title)}", _lines(self.meaning)]
        parts += [self._table()] if self.rows else []
        parts += ["\n".join(_lines(f"{r.name}: {r.meaning}") for r in self.rows if r.meaning)]
        parts += [*map(_lines, self.verdicts), *map(str, self.sections)]
        return tame("\n\n".join(filter(None, parts)), but="\n")

    __repr__ = __str__

    def cells(self, row: Row) -> list[str]:
        """Return the numbers of a row as the table shows them, empty where there are none."""
        known = {**row.values, **row.controls}
        return [self._shown(known[name]) if name in known else "" for name in self.columns]

    def _table(self) -> str:
        rows = [["", *self.columns, *(["better"] if self.directed else [])]]
        rows += [[row.name, *self.cells(row), *([row.better] * self.directed)] for row in self.rows]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        rows.insert(1, ["-" * width for width in widths])
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

    def _shown(self, value: float) -> str:
        """Return a number of the table: a correlation with two decimals, else three digits."""
        if math.isnan(value) or not self.directed:
            return number(value)
        return f"{value:#.3g}".rstrip(".")

    def as_rows(self) -> list[dict[str, Any]]:
        """Return a dictionary for each row, as ``pandas.DataFrame`` takes them."""
        return [row.as_row() for row in self.rows]

    def as_dict(self) -> dict[str, Any]:
        """Return everything but maps and pictures, in types that JSON knows; NaN becomes None."""
        found: dict[str, Any] = {"title": self.title, "meaning": self.meaning}
        found |= {"rows": [row.as_dict() for row in self.rows], "verdicts": list(self.verdicts)}
        if self.sections:
            found["sections"] = [one.as_dict() for one in self.sections]
        return {**found, **plain(_told(self.details))}

    def as_html(self) -> str:
        """Return the result as HTML that needs nothing else; a notebook shows the same."""
        from .drawing import html_of  # a value must not load what draws it

        return html_of(self)

    _repr_html_ = as_html

    def figure(self) -> Figure:
        """Draw correlations, red for maps that agree, on a new figure; a ValueError without any."""
        from .drawing import figure_of  # a value must not load what draws it

        return figure_of(self)


def number(value: float) -> str:
    """Return a number with two decimals."""
    return "none" if math.isnan(value) else f"{round(value, 2) + 0.0:.2f}"


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{share:.0%}".replace("%", " %")


def _told(details: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the maps, and the rows that stand in the table anyway."""
    firsts = {n: v[0] if isinstance(v, tuple) and v else v for n, v in details.items()}
    return {n: details[n] for n, v in firsts.items() if not isinstance(v, Explanation | Row)}


def _lines(text: str) -> str:
    return fill(text, 88, break_on_hyphens=False)


def name_of(expl: Explanation) -> str:
    """Return what the first target is called."""
    target = (expl.targets or [])[0]
    return target.name or str(target.target)


def is_empty(expl: Explanation) -> bool:
    """Say whether the map of the first target shows nothing."""
    target = (expl.targets or [])[0]
    return target.heatmap is None or not target.heatmap.any()
