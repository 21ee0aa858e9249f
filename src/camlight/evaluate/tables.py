"""Tables of numbers, as text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

__all__ = ["number", "plain", "short", "text_table"]


def number(value: float) -> str:
    """Return a number as it is shown.

    Examples
    --------
    >>> number(0.12345), number(-0.001), number(float("nan"))
    ('0.12', '0.00', 'none')
    """
    return "none" if math.isnan(value) else f"{round(value, 2) + 0.0:.2f}"


def short(value: float) -> str:
    """Return a number with as many decimals as it takes to tell it from nothing.

    Examples
    --------
    >>> short(0.5), short(0.00123), short(0.0), short(float("nan"))
    ('0.50', '0.0012', '0.00', 'none')
    """
    return f"{value:.2g}" if 0 < abs(value) < 0.01 else number(value)


def plain(numbers: Mapping[str, float]) -> dict[str, float | None]:
    """Return numbers as JSON has them: None for what isn't finite.

    Examples
    --------
    >>> plain({"spearman": 0.5, "ssim": float("nan")})
    {'spearman': 0.5, 'ssim': None}
    """
    return {name: value if math.isfinite(value) else None for name, value in numbers.items()}


def text_table(rows: Sequence[Sequence[str]]) -> str:
    """Return lines whose columns stand below each other; the first row holds the headings.

    Examples
    --------
    >>> print(text_table([["layer", "rank"], ["conv", "0.50"]]))
    layer  rank
    -----  ----
    conv   0.50
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])
