"""Listen to an operation while its model runs, in one thread, and leave no trace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

import keras

__all__ = ["tapped", "without_remat"]

Listener = Callable[[Any], Any]

_listeners: ContextVar[Mapping[int, Listener]] = ContextVar("camlight_listeners")
_lock = threading.Lock()
_taps: dict[int, _Tap] = {}


@contextmanager
def tapped(operation: keras.Operation, listener: Listener) -> Iterator[None]:
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
    token = _listeners.set({**_listeners.get({}), id(operation): listener})
    try:
        _attach(operation)
        try:
            yield
        finally:
            _detach(operation)
    finally:
        _listeners.reset(token)


@contextmanager
def without_remat(model: keras.Model) -> Iterator[None]:
    """Run layers made in a `keras.RematScope` as any others while the context lasts.

    Such a layer runs anew on the way back, where its output was caught too early. As with
    `tapped`, only calls made by the thread that entered the context are affected.
    """
    listening = _listeners.get({})
    with ExitStack() as stack:
        for layer in model._flatten_layers():
            if getattr(layer, "_remat_mode", None) and id(layer) not in listening:
                stack.enter_context(tapped(layer, lambda output: output))
        yield


class _Tap:
    """The wrappers on one operation, shared by all threads that listen to it."""

    def __init__(self, operation: keras.Operation) -> None:
        self.users = 0
        wrappers = {
            name: wrap(operation, name) for name, wrap in _WRAPS.items() if hasattr(operation, name)
        }
        self.own = {name: vars(operation).get(name) for name in wrappers}
        for name, wrapper in wrappers.items():
            # past Keras's own attribute tracking, which would note a change of the layer
            object.__setattr__(operation, name, wrapper)

    def remove(self, operation: keras.Operation) -> None:
        for name, own in self.own.items():
            object.__delattr__(operation, name)
            if own is not None:
                object.__setattr__(operation, name, own)


def _heard(operation: keras.Operation, name: str) -> Callable[..., Any]:
    original, key = getattr(operation, name), id(operation)

    @wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        output = original(*args, **kwargs)
        listener = _listeners.get({}).get(key)
        return output if listener is None else listener(output)

    return call


def _at_once(operation: keras.Operation, name: str) -> Callable[..., Any]:
    original, key = getattr(operation, name), id(operation)

    @wraps(original)
    def rematerialized_call(layer_call: Any, *args: Any, **kwargs: Any) -> Any:
        # whoever listens needs the output now, not anew on the way back
        return layer_call if key in _listeners.get({}) else original(layer_call, *args, **kwargs)

    return rematerialized_call


_WRAPS = {"call": _heard, "quantized_call": _heard, "rematerialized_call": _at_once}
"""What Keras may run an operation by, and how each is wrapped."""


def _attach(operation: keras.Operation) -> None:
    with _lock:
        tap = _taps.get(id(operation))
        if tap is None:
            tap = _taps[id(operation)] = _Tap(operation)
        tap.users += 1


def _detach(operation: keras.Operation) -> None:
    with _lock:
        tap = _taps[id(operation)]
        tap.users -= 1
        if tap.users == 0:
            del _taps[id(operation)]
            tap.remove(operation)
