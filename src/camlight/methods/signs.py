"""Methods whose maps have no sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

__all__ = ["unsigned"]

_Function = TypeVar("_Function", bound=Callable[..., np.ndarray])


def unsigned(function: _Function) -> _Function:
    """Mark a method that drops all signs, so that its map is the same for and against.

    Examples
    --------
    >>> @unsigned
    ... def strength(picture_gradients):
    ...     return abs(picture_gradients).sum(axis=-1)
    >>> strength(np.array([[[1.0, -3.0]]]))
    array([[4.]])
    """
    function.is_unsigned = True  # type: ignore[attr-defined]
    return function
