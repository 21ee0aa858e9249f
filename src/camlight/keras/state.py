"""Whether a model is still what it was, apart from the values of its weights."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import call, itemgetter
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import keras
import numpy as np

from .bookkeeping import BOOKKEEPING, IDLE, IDLE_ENDINGS
from .places import places
from .tap import untapped

__all__ = ["State"]

_CONTAINERS = (list, tuple, dict, set, frozenset, np.ndarray)
_LEAVES = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType, keras.Operation)
_FRAMEWORKS = {"builtins", "jax", "jaxlib", "keras", "numpy", "tensorflow", "torch", "weakref"}


class State:
    """What a model's layers are made of: their attributes, and what these hold.

    Attributes are compared by identity, lists, dicts, arrays and the user's own objects by what
    is in them. Values of variables are left out, they may change. Nothing is kept alive but plain
    values: an object that is gone makes the state a past one, so that no other can pass for it.

    Parameters
    ----------
    model : keras.Model
    """

    def __init__(self, model: keras.Model) -> None:
        self._gone: list[Any] = []
        self._kept: list[Any] = []
        self._settings = _settings()
        operations = [model, *(place.operation for place in places(model))]
        self._parts = [self._part(operation) for operation in operations]
        self._glance = _Glance(self._parts)

    def holds(self) -> bool:
        """Say whether all is as it was."""
        if self._gone or self._settings != _settings():
            return False
        if self._glance.holds():
            return True
        found = all(part.holds() for part in self._parts)
        if found:
            self._glance = _Glance(self._parts)
        return found

    def _part(self, operation: keras.Operation) -> _Part:
        part = _Part(operation)
        self._keep(operation)
        for value in part.objects():
            self._keep(value)
        return part

    def _keep(self, value: Any) -> None:
        try:
            self._kept.append(weakref.ref(value, self._gone.append))
        except TypeError:
            self._kept.append(value)


class _Part:
    """One operation's share of a `State`."""

    def __init__(self, operation: keras.Operation) -> None:
        self.operation = weakref.ref(operation)
        attributes = untapped(operation)
        self._all_names = tuple(attributes)
        self._own = type(operation).__module__.startswith("keras.src.layers.")
        self.names = watched = self._watched(tuple(attributes))
        deep = [name for name in watched if _is_deep(attributes[name])]
        flat = [name for name in deep if _is_flat(attributes[name])]
        self._shallow = _getter([name for name in watched if name not in deep])
        self._flat = _getter(flat)
        self._deep = _getter([name for name in deep if name not in flat])
        self._ids = self._identities(attributes)
        self._contents = self._inside(attributes)

    def objects(self) -> Iterable[Any]:
        """Yield what is known by its identity."""
        operation = self.operation()
        if operation is not None:
            attributes = untapped(operation)
            yield from self._shallow(attributes)
            for value in (*self._flat(attributes), *self._deep(attributes)):
                yield from _objects_in(value)

    def holds(self) -> bool:
        operation = self.operation()
        if operation is None:
            return False
        return self._fits(vars(operation)) or self._fits(untapped(operation))

    def _fits(self, attributes: Mapping[str, Any]) -> bool:
        names = tuple(attributes)
        if names != self._all_names:
            if self._watched(names) != self.names:
                return False
            self._all_names = names
        return (
            self._identities(attributes) == self._ids and self._inside(attributes) == self._contents
        )

    def _watched(self, names: Iterable[str]) -> list[str]:
        told = [n for n in names if not (n in BOOKKEEPING or n.startswith("_self_"))]
        if not self._own:
            return told
        return [n for n in told if not (n in IDLE or n.endswith(IDLE_ENDINGS))]

    def _identities(self, attributes: Mapping[str, Any]) -> list[Any]:
        lists = self._flat(attributes)
        if not all(isinstance(values, (list, tuple)) for values in lists):
            return []
        return [
            tuple(map(id, self._shallow(attributes))),
            *[tuple(map(id, values)) for values in lists],
        ]

    def _inside(self, attributes: Mapping[str, Any]) -> list[Any]:
        return [_contents(value) for value in self._deep(attributes)]


class _Glance:
    """All watched attributes of all parts at once: quick, but more than must be the same."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._operations = [part.operation for part in parts]
        self._getters = [_getter(part.names) for part in parts]
        attributes = [untapped(operation()) for operation in self._operations]
        self._counts = list(map(len, attributes))
        values = self._values(attributes)
        deep = [i for i, value in enumerate(values) if _is_deep(value)]
        self._flat = _getter([i for i in deep if _is_flat(values[i])])
        self._deep = _getter([i for i in deep if not _is_flat(values[i])])
        self._seen = list(map(id, values))
        self._inside = self._look(values)

    def holds(self) -> bool:
        attributes = self._attributes()
        if list(map(len, attributes)) != self._counts:
            return False
        try:
            values = self._values(attributes)
        except KeyError:
            return False
        return list(map(id, values)) == self._seen and self._look(values) == self._inside

    def _attributes(self) -> list[dict[str, Any]]:
        return [vars(operation()) for operation in self._operations]

    def _values(self, attributes: Sequence[dict[str, Any]]) -> tuple[Any, ...]:
        return tuple(chain.from_iterable(map(call, self._getters, attributes)))

    def _look(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        lists = self._flat(values)
        return (
            list(map(len, lists)),
            list(map(id, chain.from_iterable(lists))),
            [_contents(value) for value in self._deep(values)],
        )


def _settings() -> tuple[Any, ...]:
    return (
        keras.config.floatx(),
        keras.config.epsilon(),
        keras.config.image_data_format(),
    )


def _getter(keys: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda values: tuple(values[key] for key in keys)


def _is_deep(value: Any) -> bool:
    """Say whether a value may change inside: a container, or an object of the user's own."""
    kind: Any = type(value)
    return _is_deep_type(kind) and not (type(value) is tuple and _is_plain(value))


@lru_cache(maxsize=4096)
def _is_deep_type(kind: Any) -> bool:
    if issubclass(kind, _CONTAINERS):
        return True
    if issubclass(kind, _LEAVES) or not getattr(kind, "__dictoffset__", 0):
        return False
    return kind.__module__.partition(".")[0] not in _FRAMEWORKS


def _is_flat(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and _is_plain(value)


def _is_plain(values: Iterable[Any]) -> bool:
    return not any(_is_deep_type(kind) for kind in map(type, values))


def _contents(value: Any, depth: int = 4) -> Any:
    """Return what is in a value, such that equal results mean equal contents."""
    if isinstance(value, np.ndarray):
        return (value.shape, str(value.dtype), value.tobytes())
    if depth and _is_deep(value):
        members, keys = _members(value)
        return (type(value), keys, tuple(_contents(member, depth - 1) for member in members))
    return id(value)


def _objects_in(value: Any, depth: int = 4) -> Iterable[Any]:
    if depth and _is_deep(value) and not isinstance(value, np.ndarray):
        for member in _members(value)[0]:
            yield from _objects_in(member, depth - 1)
    yield value


def _members(value: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the values that a container or an object holds, and their names."""
    if isinstance(value, dict):
        return tuple(value.values()), tuple(map(str, value))
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(value), ()
    return tuple(vars(value).values()), tuple(vars(value))
