"""What is in a value, for two looks at it to be compared."""

from __future__ import annotations

import sys
import weakref
from array import array
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

import keras
import numpy as np

from .reading import around, globals_read, is_framework, is_library, module_of

__all__ = [
    "MADE_BY_PYTHON",
    "attributes_of",
    "contents",
    "is_deep",
    "is_flat",
    "is_own_object",
    "objects_in",
    "own_classes",
    "plainly",
    "walk",
]

_MAPPINGS = (dict, MappingProxyType)
_SEQUENCES = (list, tuple, set, frozenset, deque)
_BYTES = (bytearray, array, memoryview)
_CONTAINERS = (*_MAPPINGS, np.ndarray, *_SEQUENCES, *_BYTES)
_CALLABLES = (FunctionType, MethodType, partial, property, staticmethod, classmethod, weakref.ref)
_NAMED = (FunctionType, type, ModuleType)
_LEAVES = (BuiltinFunctionType, keras.Operation)
_NUMBERS = (str, bytes, int, float, complex)
_PLAIN = {bool, bytes, complex, float, int, str, type(None)}
_OPEN = {"argparse", "collections", "functools", "types"}
"""Modules of Python whose objects hold what users put in them."""
_OPEN_IN_FRAMEWORKS = {"tensorflow.python.module.module"}
"""And those of frameworks: a bare `tf.Module`."""
MADE_BY_PYTHON = {"__annotations__", "__dict__", "__weakref__"}
"""What a class gets by itself, the first of them as soon as somebody reads it."""

_DEPTH = 50
_MOST = 10_000
_MANY = 1_000


def is_deep(value: Any) -> bool:
    """Say whether a value may change inside: a container, or what the user made."""
    kind: Any = type(value)
    if kind is FunctionType:
        own = not is_library(module_of(value))
        return own or (not is_framework(value) and any(True for _ in _held_by(value)))
    if issubclass(kind, type):
        return not is_library(module_of(value))
    if kind is ModuleType:
        return not is_library(value.__name__)
    return _is_deep_type(kind) and not (kind is tuple and _is_plain(value))


def is_flat(value: Any) -> bool:
    """Say whether a value is a list or tuple of what can't change inside."""
    kind: Any = type(value)
    own = _has_dict(kind) and not is_framework(kind)
    return issubclass(kind, (list, tuple)) and not own and _is_plain(value)


def is_own_object(value: Any) -> bool:
    """Say whether a value is an object of a class of the user's own, or one to put things in."""
    kind: Any = type(value)
    module = module_of(kind)
    known = is_library(module) and module.partition(".")[0] not in _OPEN
    return not known and not issubclass(kind, (type, *_CALLABLES)) and _is_deep_type(kind)


def contents(value: Any, seen: set[int] | None = None, depth: int = _DEPTH) -> Any:
    """Return what is in a value, such that equal results mean equal contents.

    What was `seen` already, in the same look, is told by its identity.
    """
    seen = set() if seen is None else seen
    if not depth or id(value) in seen or not is_deep(value):
        return plainly(value)
    seen.add(id(value))
    kind: Any = type(value)
    own, names, members = _parts(value)
    if len(members) > _MANY and _is_plain(members):
        inside: Any = np.fromiter(members, object, len(members)).tobytes()  # their identities
    else:
        inside = tuple(contents(member, seen, depth - 1) for member in members)
    return (id(value if issubclass(kind, _NAMED) else kind), own, names, inside)


def objects_in(value: Any, seen: set[int] | None = None, depth: int = _DEPTH) -> Iterator[Any]:
    """Yield what `contents` knows by its identity alone."""
    seen = set() if seen is None else seen
    if not depth or id(value) in seen or not is_deep(value):
        yield value
        return
    seen.add(id(value))
    if issubclass(type(value), _NAMED):
        yield value
    for member in _parts(value)[-1]:
        yield from objects_in(member, seen, depth - 1)


def walk(value: Any) -> Iterator[Any]:
    """Yield a value, and all that containers and the user's own objects in it hold.

    Of a value that holds a great deal, such as a vocabulary, only so much is gone through.
    """
    left, seen = [value], set[int]()
    while left and len(seen) < _MOST:
        value = left.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        yield value
        kind: Any = type(value)
        if issubclass(kind, _MAPPINGS):
            left.extend(value.values())
        elif issubclass(kind, _SEQUENCES):
            left.extend(value)
        elif _stands_for_another(kind):
            left.append(value.__wrapped__)
        if is_own_object(value):
            left.extend(attributes_of(value).values())


def attributes_of(value: Any) -> dict[str, Any]:
    """Return the attributes of an object, those in slots too."""
    kind: Any = type(value)
    held = dict(vars(value)) if _has_dict(kind) else {}
    for name in _slots(kind):
        with suppress(AttributeError):  # not set
            held[name] = object.__getattribute__(value, name)
    return held


def plainly(value: Any) -> Any:
    """Return what tells a value from others that can't change inside: itself, or its identity."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return (kind, value)
    return tuple(map(plainly, value)) if kind is tuple else id(value)


def own_classes(kind: type) -> list[type]:
    """Return a class and those it is derived from, as far as they are the user's own."""
    return [one for one in kind.__mro__ if not is_framework(one)]


def _parts(value: Any) -> tuple[Any, tuple[str, ...], tuple[Any, ...]]:
    """Return a value's own bytes, number or code; names of its attributes; and what it holds.

    The attributes come last in what it holds.
    """
    kind: Any = type(value)
    if issubclass(kind, type):
        held = _held_by_class(value)
    elif issubclass(kind, ModuleType):
        held = {n: v for n, v in vars(value).items() if not _is_machinery(n, v)}
    else:
        held = {} if _is_closed(kind) else attributes_of(value)
        if not is_library(module_of(kind)):
            held["__class__"] = kind
    own, members = _inside(value)
    return own, tuple(held), (*members, *held.values())


def _inside(value: Any) -> tuple[Any, Iterable[Any]]:
    """Return a value's own bytes, number or code, and what it holds besides its attributes."""
    kind: Any = type(value)
    if issubclass(kind, _MAPPINGS):
        return None, [*value.keys(), *value.values()]
    if issubclass(kind, _SEQUENCES):
        return None, value
    if _stands_for_another(kind):
        return None, (value.__wrapped__,)
    if issubclass(kind, np.ndarray):
        objects = value.dtype.hasobject
        array = (value.shape, str(value.dtype), None if objects else value.tobytes())
        return array, value.ravel().tolist() if objects else ()
    if issubclass(kind, _BYTES):
        return bytes(value), ()
    if issubclass(kind, FunctionType):
        return value.__code__, _held_by(value)
    if issubclass(kind, MethodType):
        return None, (value.__self__, value.__func__)
    if issubclass(kind, property):
        return None, (value.fget,)
    if issubclass(kind, (staticmethod, classmethod)):
        return None, (value.__func__,)
    if issubclass(kind, weakref.ref):
        return None, (value(),)
    if issubclass(kind, partial):
        return None, (value.func, value.args, value.keywords)
    return next((number(value) for number in _NUMBERS if issubclass(kind, number)), None), ()


def _held_by(function: FunctionType) -> Iterator[Any]:
    """Yield a function's defaults, and what it reads of what lies around it."""
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield from vars(function).values()
    yield from around(function)
    yield from globals_read(function)


def _held_by_class(kind: type) -> dict[str, Any]:
    own = [one for one in kind.__mro__ if not is_library(module_of(one))]
    held = dict(chain.from_iterable(vars(one).items() for one in reversed(own)))
    return {name: value for name, value in held.items() if name not in MADE_BY_PYTHON}


def _slots(kind: Any) -> Iterator[str]:
    """Yield the names of a class's slots, as they are known outside of it."""
    for one in kind.__mro__:
        declared = vars(one).get("__slots__", ())
        for name in [declared] if isinstance(declared, str) else declared:
            if name.startswith("__") and not name.endswith("__"):
                yield f"_{one.__name__.lstrip('_')}{name}"
            elif name not in ("__dict__", "__weakref__"):
                yield name


def _is_machinery(name: str, value: Any) -> bool:
    """Say whether it is of no use to look at in a module: a module again, or Python's own."""
    return isinstance(value, ModuleType) or (name.startswith("__") and name.endswith("__"))


_known: dict[type, bool] = {}
"""Of classes that stay: a user's own would be kept alive, and all that its methods hold."""


def _is_deep_type(kind: Any) -> bool:
    found = _known.get(kind)
    if found is None:
        found = _may_change_inside(kind)
        if is_library(module_of(kind)):
            _known[kind] = found
    return found


def _may_change_inside(kind: Any) -> bool:
    held = (*_CONTAINERS, *_CALLABLES, type, ModuleType)
    if issubclass(kind, held) or _stands_for_another(kind):
        return True
    head = module_of(kind).partition(".")[0]
    if issubclass(kind, _LEAVES) or _is_closed(kind):
        return False
    if head in sys.stdlib_module_names and head not in _OPEN:
        return False
    return _has_dict(kind) or any(True for _ in _slots(kind))


def _is_closed(kind: type) -> bool:
    """Say whether objects of a class are the framework's own affair."""
    return is_framework(kind) and module_of(kind) not in _OPEN_IN_FRAMEWORKS


def _has_dict(kind: Any) -> bool:
    return bool(getattr(kind, "__dictoffset__", 0))


def _stands_for_another(kind: Any) -> bool:
    """Say whether an object is TensorFlow's stand-in for a tuple or a dict."""
    tracking = kind.__module__ == "tensorflow.python.trackable.data_structures"
    return tracking and hasattr(kind, "__wrapped__")


def _is_plain(values: Collection[Any]) -> bool:
    kinds = map(type, values)
    return not any(map(_is_deep_type, kinds if len(values) < _MANY else set(kinds)))
