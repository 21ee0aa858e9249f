"""Several methods, and the options of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["label_of", "read_methods"]


def read_methods(methods: Any, how: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Return methods and the options of each.

    Parameters
    ----------
    methods : str, callable, sequence of these, or mapping of them to their options
    how : dict
        The other arguments of `camlight.explain_prediction`; its ``method_options`` are each
        method's where `methods` is no mapping.

    Raises
    ------
    TypeError
        If `how` has a method, or options besides those of the mapping.
    ValueError
        If there are none.
    """
    if "method" in how:
        raise TypeError("Expected `methods`, a list of them. Received: `method`.")
    same = how.get("method_options")
    if isinstance(methods, str) or callable(methods):
        methods = [methods]
    if not methods:
        raise ValueError("Expected one method or more in `methods`. Received: none.")
    if not isinstance(methods, Mapping):
        return [(method, same) for method in methods]
    if same is not None:
        raise TypeError(
            "Expected the options of each method in the mapping `methods`, or `method_options` "
            "for all along with a list of methods. Received: both."
        )
    return list(methods.items())


def label_of(method: Any) -> str:
    """Return what a method is called."""
    return method if isinstance(method, str) else getattr(method, "__name__", "custom")
