"""What a report is made of: sections, and in each of them findings."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from textwrap import fill
from typing import TYPE_CHECKING, Any

from camlight.formatters.text import tame

from .tables import plain, short, text_table

if TYPE_CHECKING:
    from PIL import Image

_WIDTH = 88

__all__ = ["Finding", "Picture", "Report", "Section", "grouped"]


@dataclass(frozen=True)
class Finding:
    """One thing that was measured, for each map and for the controls.

    Attributes
    ----------
    name : str
    meaning : str
        What the number is, and what would be good.
    values : mapping of str to float
        By the names of the maps; NaN where it couldn't be measured.
    controls : mapping of str to float
        What maps that know nothing get.
    better : {"higher", "lower", ""}
        Which way a map does better; empty where neither is.
    ahead : collection of str
        The maps that did better than every control.

    Examples
    --------
    >>> Finding("Deletion", "lower is better", {"gradcam": 0.2}, {"noise": 0.3}, "lower").values
    {'gradcam': 0.2}
    """

    name: str
    meaning: str
    values: Mapping[str, float]
    controls: Mapping[str, float] = field(default_factory=dict)
    better: str = ""
    ahead: Collection[str] = ()


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of a section, and what is said below it.

    Attributes
    ----------
    image : PIL.Image.Image
    caption : str

    Examples
    --------
    >>> from PIL import Image
    >>> Picture(Image.new("RGB", (8, 8)), "gradcam").caption
    'gradcam'
    """

    image: Image.Image
    caption: str


@dataclass(frozen=True)
class Section:
    """One test.

    Attributes
    ----------
    title : str
        The question that it asks.
    meaning : str
        How it is answered.
    findings : tuple of Finding
    verdicts : tuple of str
    pictures : tuple of Picture

    Examples
    --------
    >>> print(Section("Is it so?", "We looked.", verdicts=("It is.",)))
    Is it so?
    =========
    <BLANKLINE>
    We looked.
    <BLANKLINE>
    It is.
    """

    title: str
    meaning: str
    findings: tuple[Finding, ...] = ()
    verdicts: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def columns(self) -> list[str]:
        """The names of all maps and controls, in order."""
        names: dict[str, None] = {}
        for finding in self.findings:
            names |= dict.fromkeys(finding.values)
        for finding in self.findings:
            names |= dict.fromkeys(finding.controls)
        return list(names)

    @property
    def directed(self) -> bool:
        """Whether a map can do better or worse here."""
        return any(one.better for one in self.findings)

    def __str__(self) -> str:
        parts = [f"{self.title}\n{'=' * len(self.title)}", _lines(self.meaning)]
        if self.findings:
            parts.append(text_table(self._rows()))
        told = [f"{one.name}: {one.meaning}" for one in self.findings if one.meaning]
        parts += ["\n".join(map(_lines, told))] if told else []
        return "\n\n".join([*parts, *map(_lines, self.verdicts)])

    def _rows(self) -> list[list[str]]:
        last = ["better"] if self.directed else []
        rows = [["", *self.columns, *last]]
        for one in self.findings:
            known = {**one.values, **one.controls}
            numbers = [short(known[name]) if name in known else "" for name in self.columns]
            rows.append([one.name, *numbers, *([one.better] if last else [])])
        return rows

    def as_dict(self) -> dict[str, Any]:
        """Return the section as what JSON can hold; NaN becomes None."""
        return {
            "title": self.title,
            "meaning": self.meaning,
            "findings": [
                {
                    "name": one.name,
                    "meaning": one.meaning,
                    "better": one.better,
                    "values": plain(one.values),
                    "controls": plain(one.controls),
                    "better than every control": list(one.ahead),
                }
                for one in self.findings
            ],
            "verdicts": list(self.verdicts),
        }


@dataclass(frozen=True)
class Report:
    """How far the maps of one prediction can be trusted: prints as text, shows as HTML.

    Attributes
    ----------
    estimator : str
        The model's name.
    target : str
        What was explained.
    score : float
        The model's score for it.
    layer : str, optional
        The layer whose map was taken.
    methods : tuple of str
    passes : int
        How many forward passes it took.
    seconds : float
    sections : tuple of Section
    pictures : tuple of Picture
        The photo, and each method's map over it.

    Examples
    --------
    >>> test = Section("Is it so?", "We looked.", (Finding("rank", "1 is best", {"cam": 0.5}),))
    >>> report = Report("net", "cat", 0.9, "conv", ("cam",), 3, 0.1, (test,))
    >>> report.as_dict()["sections"][0]["findings"][0]["values"]
    {'cam': 0.5}
    """

    estimator: str
    target: str
    score: float
    layer: str | None
    methods: tuple[str, ...]
    passes: int
    seconds: float
    sections: tuple[Section, ...]
    pictures: tuple[Picture, ...] = ()

    @property
    def title(self) -> str:
        """What the report is about."""
        return f"Can the maps of {self.estimator} for {self.target} be trusted?"

    @property
    def facts(self) -> str:
        """What was asked, and what it took."""
        layer = f", layer {self.layer}" if self.layer else ""
        return (
            f"Score {self.score:.3g}. Methods: {', '.join(self.methods)}{layer}. One picture, "
            f"{self.passes} forward passes, {self.seconds:.0f} s."
        )

    def __str__(self) -> str:
        head = self.title, _lines(self.facts), _lines(CAUTION)
        return tame("\n\n".join([*head, *map(str, self.sections)]), but="\n")

    def as_dict(self) -> dict[str, Any]:
        """Return the report as what JSON can hold, without its pictures; NaN becomes None."""
        return {
            "estimator": self.estimator,
            "target": self.target,
            "score": self.score if math.isfinite(self.score) else None,
            "layer": self.layer,
            "methods": list(self.methods),
            "passes": self.passes,
            "seconds": self.seconds,
            "caution": CAUTION,
            "sections": [section.as_dict() for section in self.sections],
        }

    def _repr_html_(self) -> str:
        from .report_html import report_html  # a value must not load what draws it

        return report_html(self)

    def as_html(self) -> str:
        """Return the report as HTML that needs nothing else; a notebook shows the same."""
        return self._repr_html_()


CAUTION = (
    "The tests below can show that a map is misleading; none of them can show that it is right. "
    "They are about this picture and this target: try several before you conclude anything."
)


def grouped(verdicts: Mapping[str, str]) -> tuple[str, ...]:
    """Return verdicts with the names of what they are about, the same one once.

    Examples
    --------
    >>> grouped({"a": "It is.", "b": "It isn't.", "c": "It is."})
    ('a, c: It is.', "b: It isn't.")
    """
    about: dict[str, list[str]] = {}
    for label, words in verdicts.items():
        about.setdefault(words, []).append(label)
    return tuple(f"{', '.join(labels)}: {words}" for words, labels in about.items())


def _lines(text: str) -> str:
    return fill(text, _WIDTH, break_on_hyphens=False)
