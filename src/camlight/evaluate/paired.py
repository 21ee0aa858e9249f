"""What two photos in one picture, and the maps of both, came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from camlight.base import Explanation

from .tables import number, text_table

__all__ = ["PhotoPair", "PhotoPairs"]


@dataclass(frozen=True)
class PhotoPair:
    """Two photos side by side, and the map of what one of them shows.

    Attributes
    ----------
    left, right : str
        Their names.
    asked : str
        The one whose class was asked for.
    target : int or str
        That class: what the model answers to that photo alone.
    share : float
        The share of the map that lies on that photo's side; 0 of an empty map.
    hit : bool
        Whether the map's peak does. One in the very middle doesn't.
    explanation : Explanation
        With that target alone.

    Examples
    --------
    >>> case = PhotoPair("cat", "cup", "cup", 967, 0.9, True, Explanation("net"))
    >>> case.hit
    True
    """

    left: str
    right: str
    asked: str
    target: int | str
    share: float
    hit: bool
    explanation: Explanation


@dataclass(frozen=True, repr=False)
class PhotoPairs:
    """How well maps tell two photos in one picture apart; prints as a table.

    A map that knows nothing has half of its mass and, half of the time, its peak on the right
    side.

    Attributes
    ----------
    cases : tuple of PhotoPair
        For all ordered pairs, once for each of the two.

    Examples
    --------
    >>> case = PhotoPair("cat", "cup", "cup", 967, 0.9, True, Explanation("net"))
    >>> print(PhotoPairs((case,)))
    Two photos side by side
    <BLANKLINE>
    left  right  asked for  share  peak
    ----  -----  ---------  -----  ----
    cat   cup    cup        0.90   hit
    <BLANKLINE>
    In this test the peak lay on the photo that was asked for in 1 of 1 cases, with 90 % of the \
map on average. A map that knows nothing has half of both there.
    """

    cases: tuple[PhotoPair, ...]

    @property
    def share(self) -> float:
        """The mean share of the map on the right side."""
        return float(np.mean([case.share for case in self.cases]))

    @property
    def hits(self) -> float:
        """The share of the cases in which the peak lies on the right side."""
        return float(np.mean([case.hit for case in self.cases]))

    @property
    def verdict(self) -> str:
        """What the numbers say, in words no larger than they are."""
        hits = sum(case.hit for case in self.cases)
        return (
            f"In this test the peak lay on the photo that was asked for in {hits} of "
            f"{len(self.cases)} cases, with {self.share:.0%} of the map on average. "
            "A map that knows nothing has half of both there."
        ).replace("%", " %")

    def __str__(self) -> str:
        rows = [["left", "right", "asked for", "share", "peak"]]
        rows += [
            [c.left, c.right, c.asked, number(c.share), "hit" if c.hit else "miss"]
            for c in self.cases
        ]
        return f"Two photos side by side\n\n{text_table(rows)}\n\n{self.verdict}"

    __repr__ = __str__

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers and the verdict as what JSON can hold."""
        names = ("left", "right", "asked", "target", "share", "hit")
        return {
            "test": "two photos side by side",
            "share": self.share,
            "hits": self.hits,
            "by chance": 0.5,
            "cases": [{name: getattr(case, name) for name in names} for case in self.cases],
            "verdict": self.verdict,
        }
