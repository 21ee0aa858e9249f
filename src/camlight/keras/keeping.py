"""Undo what a model's code sets in its layers as it runs."""

from __future__ import annotations

import operator
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import keras
import numpy as np

from .bookkeeping import watched
from .contents import is_own_object, own_classes
from .reading import names_written
from .tap import DETOURED, untapped

__all__ = ["attributes_kept"]

_KERAS = (keras.Operation, keras.Variable, keras.Metric, keras.random.SeedGenerator)
_CONTAINERS = (OrderedDict, dict, list, set, deque, np.ndarray)

_Written = Callable[[tuple[type, ...]], tuple[set[str], bool]]

_lock = Lock()
_users: dict[int, tuple[int, list[_Kept]]] = {}


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
    with _lock:
        count, kept = _users.get(id(model)) or (0, _all_kept(model))
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
    """What the code of a layer may change in it, and in the objects that it holds."""

    def __init__(self, layer: keras.layers.Layer, names_written: _Written) -> None:
        self._layer = layer
        self._built = layer.built
        attributes = untapped(layer)
        names = watched(type(layer), attributes)
        held = [one for name in names for one in _inside(attributes[name])]
        objects = [one for one in held if is_own_object(one)]
        kinds = dict.fromkeys(map(type, [layer, *objects]))
        written, in_place = names_written(tuple(kinds))
        self._written = set(watched(type(layer), written)) - DETOURED
        self._spaces = [(vars(one), self._picked(vars(one))) for one in (layer, *objects)]
        self._copies = [(one, _copy(one)) for one in held if in_place and _is_container(one)]

    def restore(self) -> None:
        """Put it back."""
        if self._layer.built != self._built:
            return
        for space, before in self._spaces:
            now = self._picked(space)
            for name in now.keys() | before.keys():
                if name in now and any(isinstance(one, _KERAS) for one in _inside(now[name])):
                    continue
                if name not in before:
                    del space[name]
                elif name not in now or now[name] is not before[name]:
                    space[name] = before[name]
        for container, copy in self._copies:
            _refill(container, copy)

    def _picked(self, space: dict[str, Any]) -> dict[str, Any]:
        return {name: space[name] for name in self._written if name in space}


def _all_kept(model: keras.Model) -> list[_Kept]:
    """Look at the layers whose code isn't Keras's, which sets nothing that must be undone."""
    layers = list(model._flatten_layers())
    own = {kind for kind in set(map(type, layers)) if own_classes(kind)}
    written = cache(_names_written)
    return [_Kept(layer, written) for layer in layers if type(layer) in own]


def _names_written(kinds: tuple[type, ...]) -> tuple[set[str], bool]:
    return names_written([one for kind in kinds for one in own_classes(kind)])


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
            left.extend(vars(value).values())


def _is_container(value: Any) -> bool:
    return isinstance(value, _CONTAINERS)


def _copy(container: Any) -> Any:
    if isinstance(container, np.ndarray):
        return container.copy()
    return dict(container) if isinstance(container, dict) else list(container)


def _refill(container: Any, copy: Any) -> None:
    """Put back what was in it, past Keras's own lists, dicts and sets, which would track it."""
    if _same(container, copy) or any(isinstance(one, _KERAS) for one in _copy(container)):
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
