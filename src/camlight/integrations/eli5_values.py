"""camlight's explanations as instances of the real eli5's classes, for its formatters."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import eli5.base

from camlight import base

__all__ = ["to_eli5"]


class Explanation(eli5.base.Explanation):  # type: ignore[misc]
    """An eli5 Explanation that carries camlight's additional fields and shows as camlight's do."""

    layer: str | None
    warnings: list[str]
    data: Any

    def _repr_html_(self) -> str:
        from camlight.formatters.html import format_as_html

        return format_as_html(self)


class TargetExplanation(eli5.base.TargetExplanation):  # type: ignore[misc]
    """An eli5 TargetExplanation that carries camlight's additional fields."""


def to_eli5(expl: base.Explanation) -> Explanation:
    """Return the explanation as eli5's class, its targets likewise."""
    own = Explanation.__new__(Explanation)
    _copy_fields(expl, own)
    if expl.targets is None:
        return own
    own.targets = []
    for target in expl.targets:
        own.targets.append(TargetExplanation.__new__(TargetExplanation))
        _copy_fields(target, own.targets[-1])
    return own


def _copy_fields(value: base.Explanation | base.TargetExplanation, into: Any) -> None:
    for field in fields(value):
        setattr(into, field.name, getattr(value, field.name))
