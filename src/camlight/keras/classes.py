"""Whether the user's own classes are still what they were."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from itertools import chain
from types import FunctionType, MethodType
from typing import Any

from .at_once import addresses, contents_of
from .contents import MADE_BY_PYTHON, is_deep, is_own_object, objects_in, own_classes
from .reading import functions_in, names_read

__all__ = ["Classes"]


class Classes:
    """The user's own classes of operations: their attributes and methods.

    Parameters
    ----------
    operations : iterable of type
    held : iterable
        All that the operations hold: their code may run along with that of helpers among it.
    """

    def __init__(self, operations: Iterable[type], held: Iterable[Any]) -> None:
        own = list(dict.fromkeys(chain.from_iterable(map(own_classes, operations))))
        self._kinds = [weakref.ref(kind) for kind in own]
        held = list(held)
        kinds = {*operations, *(type(one) for one in held if is_own_object(one))}
        methods = (one.__func__ if type(one) is MethodType else one for one in held)
        read = names_read(
            set(chain.from_iterable(map(own_classes, kinds))),
            [one for one in methods if type(one) is FunctionType],
        )
        self._deep = [
            [n for n, v in _held_by(one).items() if _may_change(v, n in read)] for one in own
        ]
        self._seen = self._look()

    def hold(self) -> bool:
        """Say whether all is as it was."""
        return self._look() == self._seen

    def objects(self) -> Iterable[Any]:
        """Yield what is known by its identity."""
        for kind in self._kinds:
            yield from objects_in(_held_by(kind()))

    def _look(self) -> list[Any]:
        held = [_held_by(kind()) for kind in self._kinds]
        deep = [
            one.get(name) for one, names in zip(held, self._deep, strict=True) for name in names
        ]
        return [*((tuple(one), addresses(one.values())) for one in held), contents_of(deep)]


def _held_by(kind: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(kind).items() if name not in MADE_BY_PYTHON}


def _may_change(value: Any, read: bool) -> bool:
    """Say whether what stands in a class may change inside; of methods only those that are read."""
    return is_deep(value) and (read or next(functions_in(value), None) is None)
