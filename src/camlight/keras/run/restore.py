"""Leave no symbol of a trace in what the layers of a model hold."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

import keras

from camlight.keras.graph.nodes import inner_layers

from .hooks import finish

_DEPTH, _MOST = 4, 10_000  # so deep, and so many values of a layer, are looked at

SEQUENCES = (list, tuple, set, frozenset, deque)
_LEAVES = (keras.Operation, keras.Variable, keras.KerasTensor, type, FunctionType, ModuleType)


@contextmanager
def restored(model: keras.Model, is_symbolic: Callable[[Any], bool]) -> Iterator[None]:
    """Put back what a layer kept of a trace, such as its last output, when the context ends.

    What else a layer's code sets in itself stays, as after any prediction.
    """
    kept = [holder for layer in own_layers(model) for holder in _holders(layer)]
    try:
        yield
    finally:
        known = {id(holder) for holder, _ in kept}
        finish(kept, lambda pair: _put_back(*pair, known, is_symbolic))


def own_layers(model: keras.Model) -> list[Any]:
    """Return the model and its layers, as far as their classes aren't Keras's own."""
    layers = inner_layers(model, include_self=True)
    return [layer for layer in layers if not is_of(type(layer), "keras")]


def is_of(kind: type, *packages: str) -> bool:
    """Say whether a class comes from one of the packages."""
    return str(kind.__module__).partition(".")[0] in packages


def may_hold(kind: type) -> bool:
    """Say whether a value of a class is a container, or an object of the user's."""
    if issubclass(kind, (dict, *SEQUENCES, MethodType, partial)):
        return True
    backend = keras.config.backend()
    leaf = is_of(kind, "builtins", "keras", "numpy", backend, f"{backend}lib")
    return not (leaf or issubclass(kind, _LEAVES)) and bool(
        kind.__dictoffset__ or hasattr(kind, "__slots__")
    )


def members_of(value: Any) -> Any:
    """Return pairs: what a container or a user's object holds, by key, position or name."""
    kind = type(value)
    if issubclass(kind, dict):
        return value.items()
    if issubclass(kind, SEQUENCES):
        return enumerate(value)
    if issubclass(kind, MethodType):
        return [("self", value.__self__)]
    if issubclass(kind, partial):
        return [("args", value.args), ("keywords", value.keywords)]
    if not may_hold(kind):
        return ()
    slots = [name for name in getattr(kind, "__slots__", ()) if not name.startswith("__")]
    held = [(name, getattr(value, name, None)) for name in slots]
    return [*held, *(vars(value).items() if kind.__dictoffset__ else ())]


def _holders(layer: Any) -> Iterator[tuple[Any, dict[Any, Any]]]:
    """Yield the layer and what it holds that may hold something, with what is in each now."""
    left, seen = deque([(layer, dict(vars(layer)), 0)]), {id(layer)}
    while left and len(seen) < _MOST:
        holder, members, depth = left.popleft()
        yield holder, members
        for value in members.values() if depth < _DEPTH else ():
            inner = dict(members_of(value)) if id(value) not in seen else {}
            if inner or isinstance(value, (dict, list, set, deque)):
                seen.add(id(value))
                left.append((value, inner, depth + 1))


def _put_back(
    holder: Any, before: dict[Any, Any], known: set[int], is_symbolic: Callable[[Any], bool]
) -> None:
    """Put back in a holder what it held where it now holds symbols; past Keras's tracking."""
    is_operation = isinstance(holder, keras.Operation)
    now = dict(vars(holder) if is_operation else members_of(holder))

    def traced(value: Any, depth: int = _DEPTH) -> bool:
        if is_symbolic(value):
            return True
        if not depth or id(value) in known:
            return False
        return any(traced(inner, depth - 1) for _, inner in members_of(value))

    marred = {
        key
        for key, value in now.items()
        if not (key in before and before[key] is value) and traced(value)
    }
    if not marred:
        return
    if isinstance(holder, list):
        list.__setitem__(holder, slice(None), list(before.values()))
    elif isinstance(holder, deque):
        holder.clear()
        holder.extend(before.values())
    elif isinstance(holder, set):
        set.difference_update(holder, [now[key] for key in marred])
    else:
        for key in marred:
            _set(holder, key, before)


def _set(holder: Any, key: Any, before: dict[Any, Any]) -> None:
    if isinstance(holder, dict):
        kind = OrderedDict if isinstance(holder, OrderedDict) else dict
        if key in before:
            kind.__setitem__(holder, key, before[key])
        else:
            kind.__delitem__(holder, key)
    elif key in before:
        object.__setattr__(holder, key, before[key])
    else:
        object.__delattr__(holder, key)
