"""Whether a model is still what it was, apart from the values of its weights."""

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from operator import call, itemgetter
from types import FunctionType
from typing import Any

import keras
import numpy as np

from camlight.keras.graph.layers import all_layers
from camlight.keras.run.hooks import attributes_of
from camlight.keras.run.restore import SEQUENCES, is_of, may_hold, members_of

_DEPTH, _MEMBERS, _IDENTITIES = 4, 1200, 8192
_BYTES, _SAMPLE = 1 << 20, 1 << 8
"""So deep, into so many members of each attribute, at so many identities, and at so many bytes of
all arrays is looked; of more at some.
"""

_PLAIN = {bool, bytes, complex, float, int, str, type(None)}
_TRAINING = {
    *("_compile_config", "_compiled_trainable_state", "_eval_epoch_iterator", "_jax_state"),
    *("history", "optimizer", "stop_evaluating", "stop_predicting", "stop_training"),
}
"""What Keras's training sets in a model, beside what any model has."""


class Fingerprint:
    """The attributes of a model's layers, each by its identity; plain values by their value.

    Of layers that users wrote also what their lists, dicts, arrays and objects hold, and the
    members of their classes. Nothing is kept alive: an object that is gone makes the fingerprint
    one of the past, so that no other can pass for it.
    """

    def __init__(self, model: keras.Model) -> None:
        operations = [model, *(layer.operation for layer in all_layers(model))]
        idle = {kind: _idle(kind) for kind in (keras.Model, keras.layers.Layer)}
        self._operations = [weakref.ref(operation) for operation in operations]
        self._gone: list[Any] = []
        attributes = list(map(attributes_of, operations))
        self._counts = list(map(len, attributes))
        self._names = [
            _watched(operation, names, idle)
            for operation, names in zip(operations, attributes, strict=True)
        ]
        self._getters = list(map(_getter, self._names))
        values = self._values(attributes)
        self._tokens = list(map(_token, values))
        self._seen = _identities(values)
        own = {type(one) for one in operations if not is_of(type(one), "keras")}
        self._classes = [weakref.ref(kind) for kind in own]
        self._deep = self._that_may_change_inside(operations, values)
        self._contents = self._inside(values)
        self._kept = [
            weakref.ref(value, self._gone.append)
            for value in chain(operations, _weakly(values), _weakly(self._members(values)))
        ]

    def holds(self) -> bool:
        """Say whether all is as it was."""
        if self._gone:
            return False
        operations = [reference() for reference in self._operations]
        return self._fits(list(map(vars, operations))) or (
            # without the hooks of other threads
            self._fits(list(map(attributes_of, operations)))
        )

    def _fits(self, attributes: Sequence[dict[str, Any]]) -> bool:
        if list(map(len, attributes)) != self._counts:
            return False
        try:
            values = self._values(attributes)
        except KeyError:
            return False
        seen = _identities(values)
        if seen != self._seen:
            if list(map(_token, values)) != self._tokens:
                return False
            self._seen = seen
        return self._inside(values) == self._contents

    def _values(self, attributes: Sequence[dict[str, Any]]) -> list[Any]:
        return list(chain.from_iterable(map(call, self._getters, attributes)))

    def _that_may_change_inside(
        self, operations: Sequence[Any], values: Sequence[Any]
    ) -> list[int]:
        """Return where there are values to look into: all of a user's layers hold, and objects."""
        own = [not is_of(type(one), "keras") for one in operations]
        owners = [is_own for is_own, names in zip(own, self._names, strict=True) for _ in names]
        others = (dict, *SEQUENCES, np.ndarray)  # in layers of Keras they don't change
        kinds = set(map(type, values))
        objects = {kind for kind in kinds if may_hold(kind) and not issubclass(kind, others)}
        return [
            i
            for i, (value, is_own) in enumerate(zip(values, owners, strict=True))
            if (is_own and type(value) not in _PLAIN) or type(value) in objects
        ]

    def _inside(self, values: Sequence[Any]) -> list[Any]:
        """Return what the values that may change inside hold, and the users' classes."""
        left = [0, _BYTES]
        found: list[Any] = []
        for value in chain((values[i] for i in self._deep), self._members_of_classes()):
            left[0] = _MEMBERS
            found.append(_contents(value, left))
        return found

    def _members_of_classes(self) -> Iterator[Any]:
        """Yield what the users' classes and their bases hold."""
        for kind in {one for reference in self._classes for one in reference().__mro__}:  # type: ignore[union-attr]
            if not is_of(kind, "keras", "builtins", keras.config.backend()):
                members = vars(kind).items()
                yield from (v for n, v in members if not n.startswith("__") or n == "__call__")

    def _members(self, values: Sequence[Any]) -> Iterator[Any]:
        for i in self._deep:
            yield from (member for _, member in islice(members_of(values[i]), _MEMBERS))
        yield from self._members_of_classes()


def _idle(kind: type) -> set[str]:
    """Return the attributes that don't say how an operation of a kind predicts."""
    bare = kind()
    bare.part = keras.layers.Layer()  # then a backend notes its dependencies
    return {*vars(bare), *(_TRAINING if kind is keras.Model else ())} - {"part", "_dtype_policy"}


def _watched(
    operation: keras.Operation, names: Iterable[str], idle: dict[type, set[str]]
) -> list[str]:
    for kind, without in idle.items():
        if isinstance(operation, kind):
            return [name for name in names if name not in without]
    return list(names)


def _getter(names: Sequence[str]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def _identities(values: Sequence[Any]) -> bytes:
    return np.fromiter(values, object, len(values)).tobytes()


def _weakly(values: Iterable[Any]) -> Iterator[Any]:
    return (value for value in values if type(value).__weakrefoffset__)


def _token(value: Any) -> Any:
    """Return what tells a value from others: itself if it is plain, else its identity."""
    kind = type(value)
    if kind in _PLAIN:
        return (kind, value)
    return tuple(map(_token, value)) if kind is tuple else id(value)


def _contents(value: Any, left: list[int], depth: int = _DEPTH) -> tuple[Any, ...]:
    """Return what a value holds, such that equal results mean equal contents.

    So many members and bytes are `left` to look at.
    """
    kind = type(value)
    if kind in _PLAIN:
        return (kind, value)
    if kind is FunctionType:
        return id(value), id(value.__code__)  # replaced in place where a module is reloaded
    if issubclass(kind, np.ndarray):
        left[1] -= value.nbytes
        few = value if left[1] >= 0 else value.flat[:: (1 + value.size // _SAMPLE) | 1]
        return id(value), value.shape, value.dtype.str, few.tobytes()
    if not (depth and left[0] > 0 and may_hold(kind)):
        return (id(value),)
    few = list(islice(members_of(value), _MEMBERS))
    left[0] -= len(few)
    inside = [(_token(key), _contents(member, left, depth - 1)) for key, member in few]
    every: tuple[Any, ...] = ()
    if issubclass(kind, (dict, *SEQUENCES)) and len(value) > _MEMBERS:
        many = value.values() if issubclass(kind, dict) else value
        every = len(value), _identities(list(islice(many, _IDENTITIES)))
    return 0 if kind is tuple else id(value), every, inside
