"""What formatters are given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import fields

__all__ = ["check_explanation", "sections"]

_KNOWN = (*fields.INFO, "targets")
"""What a picture's explanation has; ELI5's other sections are allowed, and empty."""


def check_explanation(given: Any) -> None:
    """Raise TypeError unless it is an explanation, camlight's or ELI5's own.

    Examples
    --------
    >>> check_explanation("cat.png")
    Traceback (most recent call last):
    TypeError: Expected an explanation, as `camlight.explain_prediction` returns. Received: str.
    """
    if all(hasattr(given, name) for name in ("estimator", "targets", "error")):
        return
    cure = (
        " Format them one by one: `for expl in explanations`."
        if isinstance(given, (list, tuple)) or hasattr(given, "__next__")
        else ""
    )
    raise TypeError(
        "Expected an explanation, as `camlight.explain_prediction` returns. "
        f"Received: {type(given).__name__}.{cure}"
    )


def sections(show: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the sections to show, once each is one.

    Examples
    --------
    >>> sections("targets")
    Traceback (most recent call last):
    TypeError: Expected `show` to be a list of names, such as ['targets']. Received: 'targets'.
    >>> sections(["targets", "method"])
    ('targets', 'method')
    """
    if isinstance(show, str) or not isinstance(show, Iterable):
        name = show if isinstance(show, str) else "targets"
        raise TypeError(
            f"Expected `show` to be a list of names, such as {[name]}. Received: {show!r}."
        )
    wanted = tuple(show)
    for name in wanted:
        if name not in fields.ALL:
            raise ValueError(
                f"Expected `show` to name some of {', '.join(map(repr, _KNOWN))}. "
                f"Received: {name!r}."
            )
    return wanted
