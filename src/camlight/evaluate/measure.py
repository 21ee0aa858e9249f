"""What a measure found: a number, which way is better, and what stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Measure"]


@dataclass(frozen=True, eq=False)
class Measure:
    """One number about one map.

    Parameters
    ----------
    metric : str
        What was measured, such as ``"deletion"``.
    value : float
        What was found.
    better : {"higher", "lower"}
        Which way a map does better by this measure.
    passes : int
        How many pictures were scored, or of max-sensitivity explained. A model may see more: its
        batches are filled up to one size.
    details : mapping
        What the number was made of, such as the curve under which it is the area.

    Examples
    --------
    >>> measure = Measure("deletion", 0.25, "lower", 51, {"shares": np.array([0.0, 1.0])})
    >>> print(measure)
    deletion 0.25, lower is better
    >>> measure.as_row()
    {'metric': 'deletion', 'value': 0.25, 'better': 'lower', 'passes': 51}
    >>> measure.as_dict()["details"]
    {'shares': [0.0, 1.0]}
    """

    metric: str
    value: float
    better: str
    passes: int
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"{self.metric} {self.value:.3g}, {self.better} is better"

    def as_row(self) -> dict[str, Any]:
        """Return what fits into a row of a table, without the details."""
        return {
            "metric": self.metric,
            "value": self.value,
            "better": self.better,
            "passes": self.passes,
        }

    def as_dict(self) -> dict[str, Any]:
        """Return everything, in types that JSON knows."""
        details = {name: _plain(value) for name, value in self.details.items()}
        return {**self.as_row(), "details": details}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value
