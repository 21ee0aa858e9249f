"""What is in a value, for two looks at it to be compared."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import chain
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import keras
import numpy as np

from .reading import around, globals_read, is_framework, is_library

__all__ = [
    "contents",
    "is_deep",
    "is_flat",
    "is_own_object",
    "objects_in",
    "own_classes",
    "plainly",
]

_CONTAINERS = (list, tuple, dict, set, frozenset, deque, np.ndarray, bytearray)
_CALLABLES = (FunctionType, MethodType, partial, property, staticmethod, classmethod)
_NAMED = (FunctionType, type, ModuleType)
_LEAVES = (BuiltinFunctionType, keras.Operation)
_PLAIN = {bool, bytes, complex, float, int, str, type(None)}
_OPEN = {"argparse", "collections", "functools", "types"}
"""Modules of Python whose objects hold what users put in them."""
_DEPTH = 50


def is_deep(value: Any) -> bool:
    """Say whether a value may change inside: a container, or what the user made."""
    kind: Any = type(value)
    if kind is FunctionType:
        return not is_framework(value) and any(True for _ in _held_by(value))
    if isinstance(value, type):
        return not is_library(value.__module__)
    if kind is ModuleType:
        return not is_library(value.__name__)
    return _is_deep_type(kind) and not (kind is tuple and _is_plain(value))


def is_flat(value: Any) -> bool:
    """Say whether a value is a list or tuple of what can't change inside."""
    return isinstance(value, (list, tuple)) and _is_plain(value)


def is_own_object(value: Any) -> bool:
    """Say whether a value is an object of a class of the user's own, or one to put things in."""
    kind: Any = type(value)
    module = kind.__module__
    known = is_library(module) and module.partition(".")[0] not in _OPEN
    own = bool(getattr(kind, "__dictoffset__", 0)) and not issubclass(kind, (type, *_CALLABLES))
    return own and not known and _is_deep_type(kind)


def contents(value: Any, seen: set[int] | None = None, depth: int = _DEPTH) -> Any:
    """Return what is in a value, such that equal results mean equal contents.

    What was `seen` already, in the same look, is told by its identity.
    """
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return (value.shape, str(value.dtype), value.tobytes())
    if isinstance(value, bytearray):
        return bytes(value)
    seen = set() if seen is None else seen
    if not depth or id(value) in seen or not is_deep(value):
        return plainly(value)
    seen.add(id(value))
    members, keys = _members(value)
    inside = tuple(contents(member, seen, depth - 1) for member in members)
    return (id(value) if isinstance(value, _NAMED) else type(value), keys, inside)


def objects_in(value: Any, seen: set[int] | None = None, depth: int = _DEPTH) -> Iterator[Any]:
    """Yield what `contents` knows by its identity alone."""
    seen = set() if seen is None else seen
    if isinstance(value, bytearray) or (
        isinstance(value, np.ndarray) and not value.dtype.hasobject
    ):
        return
    if not depth or id(value) in seen or not is_deep(value):
        yield value
        return
    seen.add(id(value))
    if isinstance(value, _NAMED):
        yield value
    for member in _members(value)[0]:
        yield from objects_in(member, seen, depth - 1)


def plainly(value: Any) -> Any:
    """Return what tells a value from others that can't change inside: itself, or its identity."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return (kind, value)
    return tuple(map(plainly, value)) if kind is tuple else id(value)


def own_classes(kind: type) -> list[type]:
    """Return a class and those it is derived from, as far as they are the user's own."""
    return [one for one in kind.__mro__ if not is_framework(one)]


def _members(value: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the values that a container, a function or an object holds, and their names."""
    if isinstance(value, dict):
        return tuple(value.values()), tuple(map(str, value))
    if isinstance(value, (list, tuple, set, frozenset, deque)):
        return tuple(value), ()
    if isinstance(value, np.ndarray):
        return (value.shape, *value.flat), ()
    if isinstance(value, FunctionType):
        return tuple(_held_by(value)), ()
    if isinstance(value, MethodType):
        return (value.__self__, value.__func__), ()
    if isinstance(value, property):
        return (value.fget,), ()
    if isinstance(value, (staticmethod, classmethod)):
        return (value.__func__,), ()
    held = _held_by_class(value) if isinstance(value, type) else _held_by_object(value)
    return tuple(held.values()), tuple(held)


def _held_by(function: FunctionType) -> Iterator[Any]:
    """Yield a function's defaults and attributes, and what it reads of what lies around it."""
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield from vars(function).values()
    yield from around(function)
    yield from globals_read(function)


def _held_by_class(kind: type) -> dict[str, Any]:
    own = [one for one in kind.__mro__ if not is_library(one.__module__)]
    return dict(chain.from_iterable(vars(one).items() for one in reversed(own)))


def _held_by_object(value: Any) -> dict[str, Any]:
    kind: Any = type(value)
    held = dict(getattr(value, "__dict__", {}))
    held |= {name: getattr(value, name) for name in _slots(kind) if hasattr(value, name)}
    if isinstance(value, partial):
        held |= {"func": value.func, "args": value.args, "keywords": value.keywords}
    if isinstance(value, ModuleType):
        return {name: one for name, one in held.items() if not _is_machinery(name, one)}
    return held if is_library(kind.__module__) else held | {"__class__": kind}


def _is_machinery(name: str, value: Any) -> bool:
    """Say whether it is of no use to look at in a module: a module again, or Python's own."""
    return isinstance(value, ModuleType) or (name.startswith("__") and name.endswith("__"))


@lru_cache(maxsize=4096)
def _is_deep_type(kind: Any) -> bool:
    if issubclass(kind, (*_CONTAINERS, *_CALLABLES, type, ModuleType)):
        return True
    if issubclass(kind, _LEAVES) or is_framework(kind):
        return False
    head = kind.__module__.partition(".")[0]
    if head in sys.stdlib_module_names and head not in _OPEN:
        return False
    return bool(getattr(kind, "__dictoffset__", 0) or _slots(kind))


@lru_cache(maxsize=4096)
def _slots(kind: Any) -> tuple[str, ...]:
    declared = [vars(one).get("__slots__", ()) for one in kind.__mro__]
    names = chain.from_iterable([one] if isinstance(one, str) else one for one in declared)
    return tuple(name for name in names if name not in ("__dict__", "__weakref__"))


def _is_plain(values: Iterable[Any]) -> bool:
    return not any(_is_deep_type(kind) for kind in map(type, values))
