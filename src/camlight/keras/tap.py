"""Listen to an operation while its model runs, in one thread, and leave no trace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

import keras

__all__ = ["tapped"]

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


class _Tap:
    """The wrapper on one operation's `call`, shared by all threads that listen to it."""

    def __init__(self, operation: keras.Operation) -> None:
        self.users = 0
        self.own_call = vars(operation).get("call")
        original, key = operation.call, id(operation)

        @wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            output = original(*args, **kwargs)
            listener = _listeners.get({}).get(key)
            return output if listener is None else listener(output)

        # past Keras's own attribute tracking, which would note a change of the layer
        object.__setattr__(operation, "call", call)

    def remove(self, operation: keras.Operation) -> None:
        if self.own_call is None:
            object.__delattr__(operation, "call")
        else:
            object.__setattr__(operation, "call", self.own_call)


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
