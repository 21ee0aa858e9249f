"""A measure of a map beside the same measure of maps that know nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .measure import Measure

__all__ = ["Beside", "Faithfulness"]


@dataclass(frozen=True, eq=False)
class Beside:
    """What one measure found of a map, of random maps and of a blob in the centre.

    Parameters
    ----------
    metric : str
        A name out of `METRICS`.
    found : Measure or None
        Of the map; None where the measure has no value for it.
    random : tuple of Measure
        Of random maps.
    centre : Measure or None
        Of `centre_map`.
    note : str
        Why there is no value, or what to keep in mind.

    Examples
    --------
    >>> found, random, centre = (
    ...     Measure("deletion", value, "lower", 51) for value in (0.1, 0.3, 0.2)
    ... )
    >>> Beside("deletion", found, (random,), centre).beats_controls
    True
    """

    metric: str
    found: Measure | None
    random: tuple[Measure, ...]
    centre: Measure | None
    note: str = ""

    @property
    def beats_controls(self) -> bool | None:
        """Whether the map did better than every control; None where that says nothing."""
        if self.found is None or self.centre is None or self.metric == "max_sensitivity":
            return None
        sign = 1 if self.found.better == "higher" else -1
        controls = [measure.value for measure in (*self.random, self.centre)]
        return all(sign * self.found.value > sign * value for value in controls)

    def as_row(self) -> dict[str, Any]:
        """Return a row of a table: NaN where there is no value."""
        random = [measure.value for measure in self.random]
        return {
            "metric": self.metric,
            "map": self.found.value if self.found else math.nan,
            "random": sum(random) / len(random) if random else math.nan,
            "centre": self.centre.value if self.centre else math.nan,
            "better": self.found.better if self.found else "",
            "beats_controls": self.beats_controls,
        }

    def as_dict(self) -> dict[str, Any]:
        """Return everything, in types that JSON knows."""
        return {
            "metric": self.metric,
            "map": self.found.as_dict() if self.found else None,
            "random": [measure.as_dict() for measure in self.random],
            "centre": self.centre.as_dict() if self.centre else None,
            "beats_controls": self.beats_controls,
            "note": self.note,
        }


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """What was measured of one map, printed as a table.

    Parameters
    ----------
    estimator : str
        The model's name.
    target : str
        What was explained.
    method : str
    layer : str or None
    passes : int
        How many pictures were scored, not counting what batches are filled up with.
    seed : int
    measures : tuple of Beside

    Examples
    --------
    >>> found, random, centre = (
    ...     Measure("deletion", value, "lower", 51) for value in (0.1, 0.3, 0.2)
    ... )
    >>> beside = Beside("deletion", found, (random,), centre)
    >>> print(Faithfulness("net", "cat", "Grad-CAM", "conv", 149, 0, (beside,)))
    Grad-CAM of net at conv, for cat
                       the map  random  centre
    deletion               0.1     0.3     0.2  lower is better
    In this draw the map did better than every control by: deletion.
    Controls: a blob in the centre and 1 random map, seed 0. Forward passes: 149.
    This is how the model reacts to altered pictures, unlike those it was trained on. It can show
    that a map is wrong, not that it is right.
    """

    estimator: str
    target: str
    method: str
    layer: str | None
    passes: int
    seed: int
    measures: tuple[Beside, ...] = field(repr=False)

    def __iter__(self) -> Iterator[Beside]:
        return iter(self.measures)

    def __getitem__(self, metric: str) -> Beside:
        for beside in self.measures:
            if beside.metric == metric:
                return beside
        raise KeyError(metric)

    def as_rows(self) -> list[dict[str, Any]]:
        """Return a row for each measure, as ``pandas.DataFrame`` takes them."""
        return [beside.as_row() for beside in self.measures]

    def as_dict(self) -> dict[str, Any]:
        """Return everything, in types that JSON knows."""
        return {
            "estimator": self.estimator,
            "target": self.target,
            "method": self.method,
            "layer": self.layer,
            "passes": self.passes,
            "seed": self.seed,
            "measures": [beside.as_dict() for beside in self.measures],
        }

    def __str__(self) -> str:
        place = f" at {self.layer}" if self.layer else ""
        lines = [f"{self.method} of {self.estimator}{place}, for {self.target}"]
        lines.append(f"{'':18} {'the map':>7} {'random':>7} {'centre':>7}")
        for row in self.as_rows():
            values = " ".join(f"{row[name]:7.3g}" for name in ("map", "random", "centre"))
            way = f"  {row['better']} is better" if row["better"] else "  no value"
            lines.append(f"{row['metric']:18} {values}{way}")
        for outcome, words in (
            (True, "In this draw the map did better than every control by"),
            (False, "It did no better than a map that knows nothing by"),
        ):
            names = [one.metric for one in self.measures if one.beats_controls is outcome]
            if names:
                lines.append(f"{words}: {', '.join(names)}.")
        lines += [f"{one.metric}: {one.note}" for one in self.measures if one.note]
        lines.append(self._small_print())
        return "\n".join(lines)

    def _small_print(self) -> str:
        count = max((len(one.random) for one in self.measures), default=0)
        return (
            f"Controls: a blob in the centre and {count} random map{'' if count == 1 else 's'}, "
            f"seed {self.seed}. Forward passes: {self.passes}.\n"
            "This is how the model reacts to altered pictures, unlike those it was trained on. "
            "It can show\nthat a map is wrong, not that it is right."
        )
