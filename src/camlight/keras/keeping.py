"""Undo what a model's code sets in its layers as it runs."""

from __future__ import annotations

import operator
from array import array
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import keras
import numpy as np

from .bookkeeping import watched
from .contents import attributes_of, is_own_object, own_classes, walk
from .reading import names_written
from .tap import DETOURED, untapped

__all__ = ["attributes_kept"]

_KERAS = (keras.Operation, keras.Variable, keras.Metric, keras.random.SeedGenerator)
_CONTAINERS = (OrderedDict, dict, list, set, deque, np.ndarray, bytearray, array)

_Written = Callable[[tuple[type, ...]], tuple[set[str], bool]]

_lock = Lock()
_users: dict[int, tuple[int, _Kept]] = {}


@contextmanager
def attributes_kept(model: keras.Model) -> Iterator[None]:
    """Leave the attributes of the user's own layers as they are when the context ends.

    A counter, the last output or a list of shapes that a layer keeps is again what it was; else a
    traced run would leave symbols there, and each run would make the model another one. Only what
    the layer's code writes is touched, so that nobody else's change is lost, and what is built
    meanwhile stays. Of contexts that overlap, the last to end restores what the first found.

    Parameters
    ----------
    model : keras.Model
    """
    kept: list[int] = []
    try:
        with _lock:
            kept.extend(_all_kept(model))
        yield
    finally:
        with _lock:
            for key in kept:
                count, layer = _users.pop(key)
                if count > 1:
                    _users[key] = (count - 1, layer)
                else:
                    layer.restore()


def _all_kept(model: keras.Model) -> Iterator[int]:
    """Look at the layers whose code isn't Keras's, which sets nothing that must be undone.

    Yields their identities.
    """
    written, own = cache(_names_written), cache(own_classes)
    left, seen = list(model._flatten_layers()), set[int]()
    for layer in left:
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        kind: Any = type(layer)
        if own(kind):
            try:
                count, found = _users.get(id(layer)) or (0, _Kept(layer, written))
            except Exception:  # what can't be looked at can't be put back either
                continue
            _users[id(layer)] = (count + 1, found)
            yield id(layer)
            left.extend(found.layers())


def _names_written(kinds: tuple[type, ...]) -> tuple[set[str], bool]:
    return names_written(dict.fromkeys(one for kind in kinds for one in own_classes(kind)))


class _Kept:
    """What the code of a layer may change in it, and in the objects that it holds."""

    def __init__(self, layer: keras.layers.Layer, names_written: _Written) -> None:
        self._layer = layer
        self._built = layer.built
        attributes = untapped(layer)
        names = watched(type(layer), attributes)
        self._held = [one for name in names for one in walk(attributes[name])]
        objects = [layer, *filter(is_own_object, self._held)]
        written, in_place = names_written(tuple(dict.fromkeys(map(type, objects))))
        self._written = set(watched(type(layer), written)) - DETOURED
        self._objects = [(one, self._picked(one)) for one in objects] if self._written else []
        containers = [one for one in self._held if issubclass(type(one), _CONTAINERS)]
        self._containers = [(one, _copy(one)) for one in containers] if in_place else []
        self._known = {id(one) for one in [layer, *self._held] if _is_of_keras(one)}

    def layers(self) -> Iterator[keras.layers.Layer]:
        """Yield the layers that it holds, also where Keras doesn't know of them."""
        for one in self._held:
            if issubclass(type(one), keras.layers.Layer):
                yield from one._flatten_layers()

    def restore(self) -> None:
        """Put it back."""
        if self._layer.built != self._built:
            return
        for one, before in self._objects:
            now = self._picked(one)
            for name in now.keys() | before.keys():
                if name in now and self._made(now[name]):
                    continue
                if name not in before:
                    object.__delattr__(one, name)
                elif name not in now or now[name] is not before[name]:
                    object.__setattr__(one, name, before[name])
        for container, copy in self._containers:
            if not _same(container, copy) and not self._made(container):
                _refill(container, copy)

    def _picked(self, one: Any) -> dict[str, Any]:
        return {n: value for n, value in attributes_of(one).items() if n in self._written}

    def _made(self, value: Any) -> bool:
        """Say whether a value holds a layer or a variable that wasn't there before."""
        return any(_is_of_keras(one) and id(one) not in self._known for one in walk(value))


def _is_of_keras(value: Any) -> bool:
    return issubclass(type(value), _KERAS)


def _copy(container: Any) -> Any:
    if isinstance(container, np.ndarray):
        return container.copy()
    if isinstance(container, (bytearray, array)):
        return container[:]
    return dict(container) if isinstance(container, dict) else list(container)


def _refill(container: Any, copy: Any) -> None:
    """Put back what was in it, past Keras's own lists, dicts and sets, which would track it.

    What stayed is left alone at every moment, as others may look for it.
    """
    if isinstance(container, np.ndarray):
        if container.shape != copy.shape:
            container.resize(copy.shape, refcheck=False)
        container[...] = copy
    elif isinstance(container, dict):
        kind = OrderedDict if isinstance(container, OrderedDict) else dict
        for key in [key for key in container if key not in copy]:
            kind.__delitem__(container, key)
        for key, value in copy.items():
            kind.__setitem__(container, key, value)
    elif isinstance(container, set):
        set.intersection_update(container, copy)
        set.update(container, copy)
    elif isinstance(container, list):
        list.__setitem__(container, slice(None), copy)
    elif isinstance(container, deque):
        container.clear()
        container.extend(copy)
    else:
        container[:] = copy


def _same(container: Any, copy: Any) -> bool:
    if isinstance(container, np.ndarray):
        same_shape = container.shape == copy.shape
        return same_shape and bool(container.tobytes() == copy.tobytes())
    if isinstance(container, (bytearray, array)):
        return bool(container == copy)
    now = _copy(container)
    if isinstance(copy, dict):
        now, copy = [*now, *now.values()], [*copy, *copy.values()]
    return len(now) == len(copy) and all(map(operator.is_, now, copy))
