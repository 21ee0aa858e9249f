"""Whether a model is still what it was, apart from the values of its weights."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping, MappingView, Sequence
from itertools import chain
from operator import call
from types import (
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)
from typing import Any

import keras

from .at_once import addresses, contents_of, getter
from .bookkeeping import watched
from .classes import Classes
from .contents import contents, is_deep, is_flat, objects_in, plainly, walk
from .places import places
from .tap import untapped

__all__ = ["State"]


class State:
    """What a model's layers are made of: their attributes, and what these hold.

    Plain values are compared as such and others by identity; lists, dicts, arrays and the user's
    own objects, functions, classes and modules by what is in them. Values of variables are left
    out, they may change. Nothing is kept alive but plain values: an object that is gone makes the
    state a past one, so that no other can pass for it.

    Parameters
    ----------
    model : keras.Model
    """

    def __init__(self, model: keras.Model) -> None:
        self._gone: list[Any] = []
        self._kept: list[Any] = []
        self._settings = _settings()
        self._parts = self._found(model)
        self._classes = Classes(
            [type(part.operation()) for part in self._parts],
            [value for part in self._parts for value in part.held()],
        )
        for value in self._classes.objects():
            self._keep(value)
        self._glance = _Glance(self._parts)

    def holds(self) -> bool:
        """Say whether all is as it was."""
        if self._gone or self._settings != _settings() or not self._classes.hold():
            return False
        if self._glance.holds():
            return True
        found = all(part.holds() for part in self._parts)
        if found:
            self._glance = _Glance(self._parts)
        return found

    def _found(self, model: keras.Model) -> list[_Part]:
        """Return the parts of the model and of all operations that it knows of, or holds."""
        left, parts = [model, *(place.operation for place in places(model))], dict[int, _Part]()
        for operation in left:
            if id(operation) in parts:
                continue
            part = parts[id(operation)] = _Part(operation)
            self._keep(operation)
            for value in part.objects():
                self._keep(value)
                if issubclass(type(value), keras.Operation):
                    left.append(value)
        return list(parts.values())

    def _keep(self, value: Any) -> None:
        try:
            self._kept.append(weakref.ref(value, self._gone.append))
        except TypeError:
            if not issubclass(type(value), _LEADING_ON):
                self._kept.append(value)


_LEADING_ON = (
    *(MappingView, Iterator, MappingProxyType),
    *(GetSetDescriptorType, MemberDescriptorType, MethodDescriptorType, WrapperDescriptorType),
)
"""What can't be referred to weakly, and would keep alive a class, or what may hold the model."""


class _Part:
    """One operation's share of a `State`."""

    def __init__(self, operation: keras.Operation) -> None:
        self.operation = weakref.ref(operation)
        self._kind = id(type(operation))
        attributes = untapped(operation)
        self._all_names = tuple(attributes)
        self.names = watched(type(operation), attributes)
        deep = [name for name in self.names if is_deep(attributes[name])]
        flat = [name for name in deep if is_flat(attributes[name])]
        self._shallow = getter([name for name in self.names if name not in deep])
        self._flat = getter(flat)
        self._deep = getter([name for name in deep if name not in flat])
        self._ids = self._identities(attributes)
        self._contents = self._inside(attributes)

    def objects(self) -> Iterable[Any]:
        """Yield what is known by its identity."""
        operation = self.operation()
        if operation is not None:
            attributes = untapped(operation)
            yield from self._shallow(attributes)
            for value in (*self._flat(attributes), *self._deep(attributes)):
                yield from objects_in(value)

    def held(self) -> Iterable[Any]:
        """Yield all that the operation holds in its containers and objects."""
        operation = self.operation()
        if operation is not None:
            for value in self._deep(untapped(operation)):
                yield from walk(value)

    def holds(self) -> bool:
        operation = self.operation()
        if operation is None or id(type(operation)) != self._kind:
            return False
        return self._fits(vars(operation)) or self._fits(untapped(operation))

    def _fits(self, attributes: Mapping[str, Any]) -> bool:
        names = tuple(attributes)
        if names != self._all_names:
            if watched(type(self.operation()), names) != self.names:
                return False
            self._all_names = names
        return (
            self._identities(attributes) == self._ids and self._inside(attributes) == self._contents
        )

    def _identities(self, attributes: Mapping[str, Any]) -> list[Any]:
        lists = self._flat(attributes)
        if not all(isinstance(values, (list, tuple)) for values in lists):
            return []
        return [[*map(plainly, values)] for values in (self._shallow(attributes), *lists)]

    def _inside(self, attributes: Mapping[str, Any]) -> list[Any]:
        return [contents(value) for value in self._deep(attributes)]


class _Glance:
    """All watched attributes of all parts at once: quick, but more than must be the same."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._operations = [part.operation for part in parts]
        self._getters = [getter(part.names) for part in parts]
        attributes = [untapped(operation()) for operation in self._operations]
        self._counts = list(map(len, attributes))
        self._kinds = self._look_at_kinds()
        values = self._values(attributes)
        deep = [i for i, value in enumerate(values) if is_deep(value)]
        self._flat = getter([i for i in deep if is_flat(values[i])])
        self._deep = getter([i for i in deep if not is_flat(values[i])])
        self._seen = addresses(values)
        self._inside = self._look(values)

    def holds(self) -> bool:
        attributes = self._attributes()
        if list(map(len, attributes)) != self._counts or self._look_at_kinds() != self._kinds:
            return False
        try:
            values = self._values(attributes)
        except KeyError:
            return False
        return addresses(values) == self._seen and self._look(values) == self._inside

    def _attributes(self) -> list[dict[str, Any]]:
        return [vars(operation()) for operation in self._operations]

    def _look_at_kinds(self) -> list[int]:
        return [id(type(operation())) for operation in self._operations]

    def _values(self, attributes: Sequence[dict[str, Any]]) -> tuple[Any, ...]:
        return tuple(chain.from_iterable(map(call, self._getters, attributes)))

    def _look(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        lists = self._flat(values)
        return (
            list(map(len, lists)),
            addresses(tuple(chain.from_iterable(lists))),
            contents_of(self._deep(values)),
        )


def _settings() -> tuple[Any, ...]:
    return (
        keras.config.floatx(),
        keras.config.epsilon(),
        keras.config.image_data_format(),
        keras.config.dtype_policy().name,
    )
