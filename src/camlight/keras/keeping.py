"""Undo what a model's code sets in its layers as it runs."""

from __future__ import annotations

import operator
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import keras
import numpy as np

from .bookkeeping import watched
from .contents import is_own_object, own_classes
from .tap import untapped

__all__ = ["attributes_kept"]

_KERAS = (keras.Operation, keras.Variable, keras.Metric, keras.random.SeedGenerator)
_CONTAINERS = (OrderedDict, dict, list, set, deque, np.ndarray)

_lock = Lock()
_users: dict[int, tuple[int, list[_Kept]]] = {}


@contextmanager
def attributes_kept(model: keras.Model) -> Iterator[None]:
    """Leave the attributes of the user's own layers as they are when the context ends.

    A counter, the last output or a list of shapes that a layer keeps is again what it was; else a
    traced run would leave symbols there, and each run would make the model another one. What is
    built meanwhile stays. Of contexts that overlap, the last to end restores what the first found.

    Parameters
    ----------
    model : keras.Model
    """
    with _lock:
        count, kept = _users.get(id(model)) or (0, [_Kept(one) for one in _own_layers(model)])
        _users[id(model)] = (count + 1, kept)
    try:
        yield
    finally:
        with _lock:
            count, kept = _users.pop(id(model))
            if count > 1:
                _users[id(model)] = (count - 1, kept)
            else:
                for layer in kept:
                    layer.restore()


class _Kept:
    """The attributes of a layer, and what is in its lists, dicts, sets, arrays and objects."""

    def __init__(self, layer: keras.layers.Layer) -> None:
        self._layer = layer
        self._built = layer.built
        self._attributes = _attributes(layer)
        self._contents = {name: _copies(value) for name, value in self._attributes.items()}

    def restore(self) -> None:
        """Put them back."""
        if self._layer.built != self._built:
            return
        space, now = vars(self._layer), _attributes(self._layer)
        for name in now.keys() | self._attributes.keys():
            if name in now and _is_of_keras(now[name]):
                continue
            if name not in self._attributes:
                del space[name]
                continue
            if name not in now or now[name] is not self._attributes[name]:
                space[name] = self._attributes[name]
            for container, copy in self._contents[name]:
                _refill(container, copy)


def _own_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yield the layers whose code isn't Keras's, which sets nothing that must be undone."""
    return (layer for layer in model._flatten_layers() if own_classes(type(layer)))


def _attributes(layer: keras.layers.Layer) -> dict[str, Any]:
    attributes = untapped(layer)
    return {name: attributes[name] for name in watched(type(layer), attributes)}


def _is_of_keras(value: Any) -> bool:
    return any(isinstance(one, _KERAS) for one in _inside(value))


def _copies(value: Any) -> list[tuple[Any, Any]]:
    """Return each container inside of a value, along with a copy of it."""
    return [(one, _copy(one)) for one in _inside(value) if isinstance(one, _CONTAINERS)]


def _inside(value: Any) -> Iterator[Any]:
    """Yield a value, and all that it holds."""
    left, seen = [value], set[int]()
    while left:
        value = left.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        yield value
        if isinstance(value, dict):
            left.extend(value.values())
        elif isinstance(value, (list, tuple, set, deque)):
            left.extend(value)
        elif is_own_object(value):
            left.append(vars(value))


def _copy(container: Any) -> Any:
    if isinstance(container, np.ndarray):
        return container.copy()
    return dict(container) if isinstance(container, dict) else list(container)


def _refill(container: Any, copy: Any) -> None:
    """Put back what was in it, past Keras's own lists, dicts and sets, which would track it."""
    if _same(container, copy):
        return
    if isinstance(container, np.ndarray):
        container[...] = copy
    elif isinstance(container, list):
        list.__setitem__(container, slice(None), copy)
    elif isinstance(container, dict):
        kind = OrderedDict if isinstance(container, OrderedDict) else dict
        kind.clear(container)
        for key, value in copy.items():
            kind.__setitem__(container, key, value)
    elif isinstance(container, set):
        set.clear(container)
        set.update(container, copy)
    else:
        container.clear()
        container.extend(copy)


def _same(container: Any, copy: Any) -> bool:
    if isinstance(container, np.ndarray):
        return bool(container.tobytes() == copy.tobytes())
    now = _copy(container)
    if isinstance(copy, dict):
        now, copy = [*now, *now.values()], [*copy, *copy.values()]
    return len(now) == len(copy) and all(map(operator.is_, now, copy))
