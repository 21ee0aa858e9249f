"""Which output to explain."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np

__all__ = ["chooser"]


def chooser(targets: Any) -> Callable[[np.ndarray], int]:
    """Return the function that picks the explained index from outputs of shape ``(1, C)``.

    `targets` is None for the highest output, or a list of one index. Its form is checked at
    once, its range when the outputs are known.

    Raises
    ------
    TypeError
        If `targets` is no list, or its item no integer.
    ValueError
        If `targets` doesn't hold just one item. The function returned raises it for an index
        outside the output.
    """
    if targets is None:
        return lambda outputs: int(outputs[0].argmax())
    if not isinstance(targets, list):
        raise TypeError(
            "Expected `targets` to be a list of one class index, such as `[243]`, or None. "
            f"Received: {targets!r} of type {type(targets).__name__}."
        )
    if len(targets) != 1:
        raise ValueError(
            f"Expected `targets` to hold one class index. Received: {len(targets)} items, "
            f"{targets!r}. Explain them one by one: `targets=[index]`."
        )
    target = targets[0]
    if not isinstance(target, Integral) or isinstance(target, (bool, np.bool_)):
        raise TypeError(
            "Expected the item of `targets` to be an integer, the class's index in the model's "
            f"output. Received: {target!r} of type {type(target).__name__}."
        )
    return lambda outputs: _checked(int(target), outputs.shape[1])


def _checked(target: int, count: int) -> int:
    if not 0 <= target < count:
        raise ValueError(
            f"Expected a target between 0 and {count - 1}: the model has {count} "
            f"output{'s' if count > 1 else ''}. Received: {target}."
        )
    return target
