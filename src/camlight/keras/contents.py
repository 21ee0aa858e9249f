"""What is in a value, for two looks at it to be compared."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import chain
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import keras
import numpy as np

__all__ = ["contents", "is_deep", "is_flat", "objects_in", "own_classes"]

_CONTAINERS = (list, tuple, dict, set, frozenset, deque, np.ndarray)
_CALLABLES = (FunctionType, MethodType, partial)
_LEAVES = (type, ModuleType, BuiltinFunctionType, keras.Operation)
_FRAMEWORKS = {"builtins", "jax", "jaxlib", "keras", "numpy", "tensorflow", "torch", "weakref"}
_DEPTH = 50


def is_deep(value: Any) -> bool:
    """Say whether a value may change inside: a container, or what the user made."""
    kind: Any = type(value)
    if kind is FunctionType:
        return not _is_framework(value) and any(True for _ in _held_by(value))
    return _is_deep_type(kind) and not (kind is tuple and _is_plain(value))


def is_flat(value: Any) -> bool:
    """Say whether a value is a list or tuple of what can't change inside."""
    return isinstance(value, (list, tuple)) and _is_plain(value)


def contents(value: Any, seen: set[int] | None = None, depth: int = _DEPTH) -> Any:
    """Return what is in a value, such that equal results mean equal contents."""
    if isinstance(value, np.ndarray):
        return (value.shape, str(value.dtype), value.tobytes())
    seen = set() if seen is None else seen
    if not depth or id(value) in seen or not is_deep(value):
        return id(value)
    seen.add(id(value))
    members, keys = _members(value)
    inside = tuple(contents(member, seen, depth - 1) for member in members)
    return (id(value) if isinstance(value, FunctionType) else type(value), keys, inside)


def objects_in(value: Any, seen: set[int] | None = None, depth: int = _DEPTH) -> Iterator[Any]:
    """Yield what `contents` knows by its identity alone."""
    seen = set() if seen is None else seen
    if isinstance(value, np.ndarray):
        return
    if not depth or id(value) in seen or not is_deep(value):
        yield value
        return
    seen.add(id(value))
    if isinstance(value, FunctionType):
        yield value
    for member in _members(value)[0]:
        yield from objects_in(member, seen, depth - 1)


def own_classes(kind: type) -> list[type]:
    """Return a class and those it is derived from, as far as they are the user's own."""
    return [one for one in kind.__mro__ if not _is_framework(one)]


def _members(value: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the values that a container, a function or an object holds, and their names."""
    if isinstance(value, dict):
        return tuple(value.values()), tuple(map(str, value))
    if isinstance(value, (list, tuple, set, frozenset, deque)):
        return tuple(value), ()
    if isinstance(value, FunctionType):
        return tuple(_held_by(value)), ()
    if isinstance(value, MethodType):
        return (value.__self__, value.__func__), ()
    kind: Any = type(value)
    held = dict(getattr(value, "__dict__", {}))
    held |= {name: getattr(value, name) for name in _slots(kind) if hasattr(value, name)}
    if isinstance(value, partial):
        held |= {"func": value.func, "args": value.args, "keywords": value.keywords}
    return tuple(held.values()), tuple(held)


def _held_by(function: FunctionType) -> Iterator[Any]:
    """Yield a function's defaults, and what it has from the functions around it.

    But for the class that `super` looks into: that stays what it is.
    """
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if name == "__class__":
            continue
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue


@lru_cache(maxsize=4096)
def _is_deep_type(kind: Any) -> bool:
    if issubclass(kind, (*_CONTAINERS, *_CALLABLES)):
        return True
    if issubclass(kind, _LEAVES) or _is_framework(kind):
        return False
    return bool(getattr(kind, "__dictoffset__", 0) or _slots(kind))


@lru_cache(maxsize=4096)
def _slots(kind: Any) -> tuple[str, ...]:
    declared = [vars(one).get("__slots__", ()) for one in kind.__mro__]
    names = chain.from_iterable([one] if isinstance(one, str) else one for one in declared)
    return tuple(name for name in names if name not in ("__dict__", "__weakref__"))


def _is_plain(values: Iterable[Any]) -> bool:
    return not any(_is_deep_type(kind) for kind in map(type, values))


def _is_framework(one: Any) -> bool:
    return (one.__module__ or "").partition(".")[0] in _FRAMEWORKS
