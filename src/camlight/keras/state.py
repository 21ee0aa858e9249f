"""Whether a model is still what it was, apart from the values of its weights."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from operator import call, itemgetter
from typing import Any

import keras
import numpy as np

from .bookkeeping import watched
from .contents import contents, is_deep, is_flat, objects_in, own_classes, plainly
from .places import places
from .reading import functions_in, names_read
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
        self._classes = _Classes(self._parts)
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
                if isinstance(value, keras.Operation):
                    left.append(value)
        return list(parts.values())

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
        self.names = watched(type(operation), attributes)
        deep = [name for name in self.names if is_deep(attributes[name])]
        flat = [name for name in deep if is_flat(attributes[name])]
        self._shallow = _getter([name for name in self.names if name not in deep])
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
                yield from objects_in(value)

    def holds(self) -> bool:
        operation = self.operation()
        if operation is None:
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


class _Classes:
    """The user's own classes of operations: their attributes and methods."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        kinds = dict.fromkeys(type(part.operation()) for part in parts)
        own = list(dict.fromkeys(chain.from_iterable(map(own_classes, kinds))))
        self._kinds = [weakref.ref(kind) for kind in own]
        read = names_read(own)
        self._deep = [[n for n, v in vars(one).items() if _may_change(v, n in read)] for one in own]
        self._seen = self._look()

    def hold(self) -> bool:
        """Say whether all is as it was."""
        return self._look() == self._seen

    def objects(self) -> Iterable[Any]:
        """Yield what is known by its identity."""
        for kind in self._kinds:
            yield from objects_in(dict(vars(kind())))

    def _look(self) -> list[Any]:
        held = [vars(kind()) for kind in self._kinds]
        deep = [
            one.get(name) for one, names in zip(held, self._deep, strict=True) for name in names
        ]
        return [*((tuple(one), _addresses(one.values())) for one in held), _look_into(deep)]


class _Glance:
    """All watched attributes of all parts at once: quick, but more than must be the same."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._operations = [part.operation for part in parts]
        self._getters = [_getter(part.names) for part in parts]
        attributes = [untapped(operation()) for operation in self._operations]
        self._counts = list(map(len, attributes))
        values = self._values(attributes)
        deep = [i for i, value in enumerate(values) if is_deep(value)]
        self._flat = _getter([i for i in deep if is_flat(values[i])])
        self._deep = _getter([i for i in deep if not is_flat(values[i])])
        self._seen = _addresses(values)
        self._inside = self._look(values)

    def holds(self) -> bool:
        attributes = self._attributes()
        if list(map(len, attributes)) != self._counts:
            return False
        try:
            values = self._values(attributes)
        except KeyError:
            return False
        return _addresses(values) == self._seen and self._look(values) == self._inside

    def _attributes(self) -> list[dict[str, Any]]:
        return [vars(operation()) for operation in self._operations]

    def _values(self, attributes: Sequence[dict[str, Any]]) -> tuple[Any, ...]:
        return tuple(chain.from_iterable(map(call, self._getters, attributes)))

    def _look(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        lists = self._flat(values)
        return (
            list(map(len, lists)),
            _addresses(tuple(chain.from_iterable(lists))),
            _look_into(self._deep(values)),
        )


def _settings() -> tuple[Any, ...]:
    return (
        keras.config.floatx(),
        keras.config.epsilon(),
        keras.config.image_data_format(),
    )


def _may_change(value: Any, read: bool) -> bool:
    """Say whether what stands in a class may change inside; of methods only those that are read."""
    return is_deep(value) and (read or next(functions_in(value), None) is None)


def _look_into(values: Iterable[Any]) -> list[Any]:
    """Return the contents of many values; what several hold is looked into once."""
    seen: set[int] = set()
    return [contents(value, seen) for value in values]


def _addresses(values: Collection[Any]) -> bytes:
    """Return the `id` of each value, all at once: several times as quick as one by one."""
    return np.fromiter(values, object, len(values)).tobytes()


def _getter(keys: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda values: tuple(values[key] for key in keys)
