"""The columns of a table that hold what maps that know nothing get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

__all__ = ["columns_of"]


def columns_of(rows: Sequence[Mapping[str, Mapping[str, float]]]) -> list[dict[str, float]]:
    """Return the columns of each row: a control has one, or one for each method whose own it is.

    Parameters
    ----------
    rows : sequence of mapping of str to mapping of str to float
        For each row and method its controls by name; NaN where there is none.

    Examples
    --------
    >>> one = {"gradcam": {"noise": 0.3, "blob": 0.2}, "gradient": {"noise": 0.1, "blob": 0.2}}
    >>> columns_of([one])
    [{'noise, gradcam': 0.3, 'noise, gradient': 0.1, 'blob': 0.2}]
    """
    first = next(iter(rows[0].values())) if rows else {}
    alike = {name for name in first if all(_alike(row, name) for row in rows)}
    columns = []
    for row in rows:
        found: dict[str, float] = {}
        for name in first:
            if name in alike:
                found[name] = next(iter(row.values()))[name]
            else:
                found |= {f"{name}, {label}": own[name] for label, own in row.items()}
        columns.append(found)
    return columns


def _alike(row: Mapping[str, Mapping[str, float]], name: str) -> bool:
    values = [own[name] for own in row.values()]
    return np.allclose(values, values[0], rtol=1e-5, atol=0, equal_nan=True)
