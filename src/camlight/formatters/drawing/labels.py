"""The words on a page: what was asked, how sure the model was, and where that comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from camlight.base import Explanation, TargetExplanation

__all__ = ["numbers_of", "rounded", "source_of", "title_of"]


def title_of(target: TargetExplanation) -> str:
    """Return a target's name, or ``"y=285"``."""
    if isinstance(target.target, str):
        return target.target
    name = getattr(target, "name", None)  # ELI5's own targets have none
    return str(name) if name else f"y={target.target}"


def numbers_of(target: TargetExplanation) -> str:
    """Return ``"score 0.93, probability 0.31"``, as far as they are known.

    Examples
    --------
    >>> from camlight import TargetExplanation
    >>> numbers_of(TargetExplanation(3, proba=0.25, score=12.3456))
    'score 12.3, probability 0.25'
    """
    known = {"score": target.score, "probability": target.proba}
    return ", ".join(f"{word} {value:.3g}" for word, value in known.items() if value is not None)


def rounded(value: float) -> str:
    """Return a number with three places, or with two digits where these would all be 0.

    Examples
    --------
    >>> rounded(0.93), rounded(0.00012), rounded(0.0)
    ('0.930', '1.2e-04', '0.000')
    """
    return f"{value:.1e}" if 0 < abs(value) < 0.0005 else f"{value:.3f}"


def source_of(expl: Explanation) -> str:
    """Return ``"Grad-CAM at layer conv, network net"``: where the maps come from."""
    layer = getattr(expl, "layer", None)
    how = " at layer ".join(part for part in (expl.method, layer) if part)
    return ", ".join(part for part in (how, f"network {expl.estimator}") if part)
