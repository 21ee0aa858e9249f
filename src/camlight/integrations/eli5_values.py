"""camlight's explanations as instances of the real eli5's classes, for its formatters."""

from dataclasses import fields
from typing import Any

import eli5.base

from camlight import base


class Explanation(eli5.base.Explanation):  # type: ignore[misc]
    """An eli5 Explanation that carries camlight's additional fields and shows as camlight's do."""

    _repr_html_ = base.Explanation._repr_html_


class TargetExplanation(eli5.base.TargetExplanation):  # type: ignore[misc]
    """An eli5 TargetExplanation that carries camlight's additional fields."""


def to_eli5(expl: base.Explanation) -> Explanation:
    """Return the explanation as eli5's class, its targets likewise."""
    own: Explanation = _copied(expl, Explanation)
    if expl.targets is not None:
        own.targets = [_copied(target, TargetExplanation) for target in expl.targets]
    return own


def _copied(value: base.Explanation | base.TargetExplanation, kind: Any) -> Any:
    own = kind.__new__(kind)
    for field in fields(value):
        setattr(own, field.name, getattr(value, field.name))
    return own
