"""Many values looked at at once, which is several times as quick as one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from .contents import contents

__all__ = ["addresses", "contents_of", "getter"]


def contents_of(values: Iterable[Any]) -> list[Any]:
    """Return the contents of many values; what several hold is looked into once."""
    seen: set[int] = set()
    return [contents(value, seen) for value in values]


def addresses(values: Collection[Any]) -> bytes:
    """Return the `id` of each value."""
    return np.fromiter(values, object, len(values)).tobytes()


def getter(keys: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Return a function that takes the values of all keys out of a container."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda values: tuple(values[key] for key in keys)
