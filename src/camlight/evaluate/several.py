"""Several methods, and the options of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, count
from typing import Any

from camlight.methods.method import read_method

__all__ = ["arguments_of", "labels_of", "read_methods"]


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
        If `methods` is none of these, `how` has a method, or options besides those of the mapping.
    ValueError
        If there are none, or `how` has a ``layer`` at which none of them looks.
    """
    if "method" in how:
        raise TypeError("Expected `methods`, a list of them. Received: `method`.")
    same = how.get("method_options")
    if isinstance(methods, str) or callable(methods):
        methods = [methods]
    if not isinstance(methods, Iterable):
        raise TypeError(
            "Expected `methods` to be a list of methods, or a mapping of them to their options. "
            f"Received: {methods!r} of type {type(methods).__name__}."
        )
    if not methods:
        raise ValueError("Expected one method or more in `methods`. Received: none.")
    if isinstance(methods, Mapping) and same is not None:
        raise TypeError(
            "Expected the options of each method in the mapping `methods`, or `method_options` "
            "for all along with a list of methods. Received: both."
        )
    named = (
        list(methods.items())
        if isinstance(methods, Mapping)
        else [(method, same) for method in methods]
    )
    if how.get("layer") is not None and not any(read_method(*one).uses_layer for one in named):
        raise ValueError(
            "Expected `layer` along with a method that looks at a layer. "
            f"Received: {', '.join(labels_of(named))}. Leave `layer` out."
        )
    return named


def arguments_of(method: Any, options: Any, how: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that ask for a map by one method: ``layer`` only if it looks at one.

    Examples
    --------
    >>> arguments_of("gradient", None, {"layer": "conv", "targets": [1]})
    {'targets': [1], 'method': 'gradient', 'method_options': None}
    """
    own = {**how, "method": method, "method_options": options}
    if not read_method(method, options).uses_layer:
        own.pop("layer", None)
    return own


def labels_of(named: Iterable[tuple[Any, Any]]) -> list[str]:
    """Return what methods are called, each otherwise than those before it.

    Examples
    --------
    >>> labels_of([("gradcam", None), (lambda activations: activations[..., 0], None)])
    ['gradcam', '<lambda>']
    >>> labels_of([("gradcam", None), ("gradcam", None)])
    ['gradcam', 'gradcam 2']
    """
    labels: list[str] = []
    for method, _ in named:
        name = method if isinstance(method, str) else getattr(method, "__name__", "custom")
        numbered = (f"{name} {number}" for number in count(2))
        labels.append(next(label for label in chain([name], numbered) if label not in labels))
    return labels
