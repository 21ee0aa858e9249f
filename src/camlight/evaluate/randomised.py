"""What randomising a model's weights did to its map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from camlight.base import Explanation

from .asking import name_of
from .tables import number, plain, text_table

__all__ = ["Randomisation", "RandomisedStep"]

HARDLY_CHANGED = 0.7
CHANGED = 0.4
"""From and up to which rank correlation a map counts as one that hardly changed, or that did."""


@dataclass(frozen=True, eq=False, repr=False)
class RandomisedStep:
    """One step: some layers' weights were randomised.

    Attributes
    ----------
    layers : tuple of str
        Those randomised in this step, the nearest to the output first.
    similarities : dict of str to float
        How like the map is to that of the model as it was; NaN where one of them was constant
        or empty.
    explanation : Explanation
        That of the model with these weights.

    Examples
    --------
    >>> RandomisedStep(("head", "conv"), {"spearman": 0.5}, Explanation("net")).title
    'head … conv (2 layers)'
    """

    layers: tuple[str, ...]
    similarities: dict[str, float]
    explanation: Explanation

    @property
    def title(self) -> str:
        """What was randomised, in a few words."""
        first, *others = self.layers
        return f"{first} … {others[-1]} ({len(self.layers)} layers)" if others else first

    @property
    def rank_correlation(self) -> float:
        """The larger of the signed and the absolute one, where they were taken."""
        found = [v for n, v in self.similarities.items() if "spearman" in n and not math.isnan(v)]
        return max(found, default=math.nan)


@dataclass(frozen=True, eq=False, repr=False)
class Randomisation:
    """What became of a map when the model's weights were randomised; prints as a table.

    Attributes
    ----------
    order : {"cascading", "independent"}
    original : Explanation
        That of the model as it is.
    steps : tuple of RandomisedStep
        From the output down.
    control : dict of str to float
        What the similarities are for maps that look alike but have nothing to do with each
        other: the original map and itself, moved.

    Examples
    --------
    >>> from camlight import Explanation, TargetExplanation
    >>> expl = Explanation("net", method="Grad-CAM", targets=[TargetExplanation(3)])
    >>> step = RandomisedStep(("head",), {"spearman": 0.9}, expl)
    >>> check = Randomisation("cascading", expl, (step,), {"spearman": 0.1})
    >>> print(check.verdict)
    In this test the map hardly changed: over the lower half of the steps, its mean rank \
correlation with the original was still 0.90. In this draw, most of what it shows did not depend \
on what these layers learned.
    """

    order: str
    original: Explanation
    steps: tuple[RandomisedStep, ...]
    control: dict[str, float]

    @property
    def verdict(self) -> str:
        """What the numbers say, in words no larger than they are."""
        return self._cascading() if self.order == "cascading" else self._independent()

    def _cascading(self) -> str:
        # one random draw scatters: the mean over half of the layers scatters less
        half = len(self.steps) // 2
        upper, lower = _mean(self.steps[:half]), _mean(self.steps[half:])
        if math.isnan(lower):
            return (
                "In this test nothing could be compared: with the lower layers randomised as well "
                "the map was empty, or the same everywhere."
            )
        when = "over the lower half of the steps, its mean rank correlation with the"
        if lower >= HARDLY_CHANGED:
            return (
                f"In this test the map hardly changed: {when} original was still {number(lower)}. "
                "In this draw, most of what it shows did not depend on what these layers learned."
            )
        if upper >= HARDLY_CHANGED:
            return (
                "In this test the map changed late: over the upper half of the steps, the answer "
                "lost with the first, its mean rank correlation with the original was still "
                f"{number(upper)}, and only over the lower half it was {number(lower)}. "
                "In this draw, most of what it shows did not depend on what makes the answer."
            )
        if lower <= CHANGED:
            return (
                f"In this test the map changed: {when} original was {number(lower)}. In this draw "
                "it depended on what the model learned, as it must; another draw may say "
                "otherwise. That it shows the right thing, this test can't say."
            )
        return (
            f"In this test the map changed in part: {when} original was {number(lower)}. In "
            "this draw, some of what it shows did not depend on what these layers learned."
        )

    def _independent(self) -> str:
        same = [s.title for s in self.steps if s.rank_correlation >= HARDLY_CHANGED]
        empty = sum(math.isnan(s.rank_correlation) for s in self.steps)
        if not same and empty:
            return (
                f"In this draw {empty} of {len(self.steps)} maps were empty, or the same "
                "everywhere, once a group of layers was randomised, and could not be compared. "
                "Any other map changed."
            )
        if not same:
            return (
                f"In this draw the map changed whichever of the {len(self.steps)} groups of layers "
                "was randomised."
            )
        return (
            f"In this draw the map hardly changed when one of these was randomised alone: "
            f"{', '.join(same)}."
        )

    def __str__(self) -> str:
        names = list(self.control)
        plus = "+ " if self.order == "cascading" else ""
        rows: list[Sequence[str]] = [["randomised", *names]]
        for count, step in enumerate(self.steps):
            numbers = [number(step.similarities[name]) for name in names]
            rows.append([(plus if count else "") + step.title, *numbers])
        rows.append(["(unrelated maps)", *(number(self.control[name]) for name in names)])
        return f"{self.title}\n\n{text_table(rows)}\n\n{self.verdict}"

    __repr__ = __str__

    @property
    def title(self) -> str:
        """What was tested."""
        return (
            f"Parameter randomisation, {self.order}: {self.original.method} of "
            f"{self.original.estimator} for {name_of(self.original)}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers and the verdict as what JSON can hold; NaN becomes None."""
        return {
            "test": f"parameter randomisation, {self.order}",
            "method": self.original.method,
            "steps": [
                {"randomised": list(step.layers), **plain(step.similarities)} for step in self.steps
            ],
            "unrelated maps": plain(self.control),
            "verdict": self.verdict,
        }


def _mean(steps: Sequence[RandomisedStep]) -> float:
    known = [s.rank_correlation for s in steps if not math.isnan(s.rank_correlation)]
    return float(np.mean(known)) if known else math.nan
