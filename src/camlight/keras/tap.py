"""Listen to the operations of a model while it runs, in one thread, and leave no trace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any

import keras

__all__ = ["DETOURED", "Detour", "detoured", "tapped", "tapped_inside", "untapped", "without_remat"]

Detour = Callable[..., Any]
"""Takes the function it stands for and that function's arguments, and returns its result."""

DETOURED = {"call", "quantized_call", "rematerialized_call", "activation"}
"""The functions of an operation that are wrapped while somebody listens."""

_detours: ContextVar[Mapping[tuple[int, str], Detour]] = ContextVar("camlight_detours")
_lock = threading.Lock()
_users: dict[tuple[int, str], tuple[int, Any]] = {}


@contextmanager
def tapped(operation: keras.Operation, listener: Callable[[Any], Any]) -> Iterator[None]:
    """Pass each output of `operation` through `listener` while the context lasts.

    Only calls made by the thread (or task) that entered the context are heard; the model gives
    everybody else what it always gave. The operation's ``call`` is wrapped while somebody
    listens, and is again what it was when the last listener leaves, however it leaves.

    Parameters
    ----------
    operation : keras.Operation
        A layer, or an operation of a functional model such as the sum in ``x + y``.
    listener : callable
        Takes the output and returns what the model shall go on with.
    """

    def hear(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return listener(original(*args, **kwargs))

    detours = {"call": hear, "quantized_call": hear, "rematerialized_call": _at_once}
    with detoured(operation, detours):
        yield


@contextmanager
def tapped_inside(
    operation: keras.Operation, attribute: str, listener: Callable[[Any], Any]
) -> Iterator[None]:
    """Pass what ``operation.<attribute>``, such as an activation, is given through `listener`.

    Of several listeners the first to come hears first. The rest is as in `tapped`.
    """

    def hear(original: Callable[..., Any], inputs: Any, *args: Any, **kwargs: Any) -> Any:
        return original(listener(inputs), *args, **kwargs)

    with detoured(operation, {attribute: hear}, _before):
        yield


@contextmanager
def without_remat(model: keras.Model) -> Iterator[None]:
    """Run layers made in a `keras.RematScope` as any others while the context lasts.

    Such a layer runs anew on the way back, where its output was caught too early. A call that is
    a `tf.function` runs as its code. As with `tapped`, only calls made by the thread that entered
    the context are affected.
    """
    with ExitStack() as stack:
        for layer in model._flatten_layers():
            if getattr(layer, "_remat_mode", None):
                stack.enter_context(detoured(layer, {"rematerialized_call": _at_once}))
            if hasattr(layer.call, "python_function"):
                stack.enter_context(detoured(layer, {"call": _plainly}))
        yield


def untapped(operation: keras.Operation) -> dict[str, Any]:
    """Return the operation's attributes as they are while nobody listens, in any thread."""
    with _lock:
        attributes = dict(vars(operation))
        own = {name: _users.get((id(operation), name)) for name in DETOURED}
    for name, used in own.items():
        if used is not None and name in attributes:
            if used[1] is None:
                del attributes[name]
            else:
                attributes[name] = used[1]
    return attributes


def _plainly(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return original(*args, **kwargs)


def _at_once(original: Callable[..., Any], layer_call: Any, *args: Any, **kwargs: Any) -> Any:
    return layer_call


@contextmanager
def detoured(
    operation: Any,
    detours: Mapping[str, Detour],
    chain: Callable[[Detour | None, Detour], Detour] | None = None,
) -> Iterator[None]:
    """Send this thread's calls of the operation's functions, where it has them, by `detours`.

    A module with functions does as well. With detours that are there already they are chained by
    `_behind`, or by another function.
    """
    before = _detours.get({})
    keys = {(id(operation), name): detour for name, detour in detours.items()}
    join = chain or _behind
    chained = {key: join(before.get(key), detour) for key, detour in keys.items()}
    token = _detours.set({**before, **chained})
    try:
        with ExitStack() as stack:
            for name in detours:
                if hasattr(operation, name):
                    stack.enter_context(_wrapped(operation, name))
            yield
    finally:
        _detours.reset(token)


def _behind(first: Detour | None, second: Detour) -> Detour:
    """Return the detour that takes `first` and then `second`."""
    if first is None:
        return second

    def both(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return second(partial(first, original), *args, **kwargs)

    return both


def _before(first: Detour | None, second: Detour) -> Detour:
    """Return the detour that takes `first` around `second`."""
    return second if first is None else _behind(second, first)


@contextmanager
def _wrapped(operation: Any, name: str) -> Iterator[None]:
    """Let the operation's function `name` ask for detours; one wrapper serves all threads."""
    key = (id(operation), name)
    with _lock:
        count, own = _users.get(key, (0, None))
        if count == 0:
            own = vars(operation).get(name)
            # past Keras's own attribute tracking, which would note a change of the layer
            object.__setattr__(operation, name, _asking(getattr(operation, name), key))
        _users[key] = (count + 1, own)
    try:
        yield
    finally:
        with _lock:
            count, own = _users.pop(key)
            if count > 1:
                _users[key] = (count - 1, own)
            else:
                if own is None:
                    object.__delattr__(operation, name)
                else:  # never missing for a moment: others may be about to call it
                    object.__setattr__(operation, name, own)


def _asking(original: Callable[..., Any], key: tuple[int, str]) -> Callable[..., Any]:
    @wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        detour = _detours.get({}).get(key)
        if detour is None:
            return original(*args, **kwargs)
        # of a `tf.function` the code itself: its graph would call layers out of hearing
        return detour(getattr(original, "python_function", original), *args, **kwargs)

    return call
