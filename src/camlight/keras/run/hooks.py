"""Hooks on the operations of a model: for one thread, for a while, leaving no trace."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar, Token
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, TypeVar
from weakref import WeakSet

import keras
import numpy as np

Detour = Callable[..., Any]
"""Takes the function it stands for and that function's arguments, and returns its result."""

T = TypeVar("T")


def behind(first: Detour | None, second: Detour) -> Detour:
    """Return the detour that takes `first` and then `second`."""
    if first is None:
        return second

    def both(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return second(partial(first, original), *args, **kwargs)

    return both


def before(first: Detour | None, second: Detour) -> Detour:
    """Return the detour that takes `first` around `second`."""
    return second if first is None else behind(second, first)


@dataclass(frozen=True)
class Hook:
    """Detours for functions of an operation, or of a module, by their names."""

    operation: Any
    detours: Mapping[str, Detour]
    join: Callable[[Detour | None, Detour], Detour] = behind  # of one that is there and this


def output_hook(operation: keras.Operation, listener: Callable[[Any], Any]) -> Hook:
    """Pass each output of `operation`, a layer or the sum in ``x + y``, through `listener`."""

    def listen(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return listener(original(*args, **kwargs))

    calls = {"call": listen, "quantized_call": listen, "rematerialized_call": _at_once}
    return Hook(operation, calls)


def input_hook(operation: Any, attribute: str, listener: Callable[[Any], Any]) -> Hook:
    """Pass what ``operation.<attribute>``, such as an activation, is given through `listener`.

    Of several listeners the first to come is asked first.
    """

    def listen(original: Callable[..., Any], inputs: Any, *args: Any, **kwargs: Any) -> Any:
        return original(listener(inputs), *args, **kwargs)

    return Hook(operation, {attribute: listen}, before)


def backend_hook(detours: Mapping[str, Detour]) -> Hook:
    """Take detours where Keras hands its functions, such as ``"relu"``, to its backend.

    It does so whatever layer, activation or function of ``keras.ops`` they come from.
    """
    from keras.src.backend import nn

    return Hook(nn, detours)


def attention_hook(listener: Callable[[Any], Any]) -> Hook:
    """Pass each softmax over the last of three or more axes through `listener`.

    Such as attention is, shape ``(batch, heads, queries, keys)``. What goes through a fused
    kernel, where no attention appears, is worked out step by step.
    """

    def listen(original: Callable[..., Any], inputs: Any, axis: Any = -1) -> Any:
        output = original(inputs, axis=axis)
        last = axis in (-1, len(inputs.shape) - 1)
        return listener(output) if last and len(inputs.shape) > 2 else output

    return backend_hook({"softmax": listen, "dot_product_attention": _step_by_step})


def plain_call_hooks(model: keras.Model) -> Iterator[Hook]:
    """Run layers of a `keras.RematScope` as any others, and a `tf.function` as its code.

    The first would run anew on the way back, where their output was caught too early.
    """
    for layer in model._flatten_layers():
        if getattr(layer, "_remat_mode", None):
            yield Hook(layer, {"rematerialized_call": _at_once})
        if hasattr(layer.call, "python_function"):
            yield Hook(layer, {"call": lambda original, *args, **more: original(*args, **more)})


class hooked:  # noqa: N801 # reads as what it does: `with hooked(hooks):`
    """Take the detours of hooks while the context lasts.

    Only in calls made by the thread (or task) that entered it; everybody else gets what the model
    always gave. The functions are wrapped while somebody needs it, and are again what they were
    when the last one leaves, however it leaves; what others have put in their place stays.
    """

    def __init__(self, hooks: Iterable[Hook]) -> None:
        self._hooks = list(hooks)
        self._wrapped: list[tuple[int, str]] = []
        self._token: Token[Mapping[tuple[int, str], Detour]] | None = None

    def __enter__(self) -> None:
        try:
            detours = dict(_detours.get({}))
            for hook in self._hooks:
                for name, detour in hook.detours.items():
                    key = (id(hook.operation), name)
                    detours[key] = hook.join(detours.get(key), detour)
                    if hasattr(hook.operation, name):
                        self._wrapped.append(key)
                        _wrap(hook.operation, name, self)
            self._token = _detours.set(detours)
        except BaseException:
            self._leave()
            raise

    def __exit__(self, *error: object) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._token is not None:
            with suppress(ValueError, RuntimeError):  # of another context; or a signal came here
                _detours.reset(self._token)
            self._token = None
        finish(self._wrapped, lambda key: _unwrap(key, self))

    def __del__(self) -> None:
        self._leave()  # where a signal came before


def finish(left: list[T], action: Callable[[T], None]) -> None:
    """Do something with each of those `left`, the last first; a Ctrl-C waits until all is done."""
    interrupt = None
    while left:
        try:
            while left:
                action(left[-1])
                left.pop()
        except KeyboardInterrupt as error:
            interrupt = error
    if interrupt is not None:
        raise interrupt


def attributes_of(operation: keras.Operation) -> dict[str, Any]:
    """Return the operation's attributes as they are without hooks, in any thread."""
    with _lock:
        attributes = dict(vars(operation))
        for (identity, name), wrapper in _wrappers.items():
            if identity == id(operation) and attributes.get(name) is wrapper.function:
                if wrapper.own is _NOTHING:
                    del attributes[name]
                else:
                    attributes[name] = wrapper.own
    return attributes


_detours: ContextVar[Mapping[tuple[int, str], Detour]] = ContextVar("camlight_detours")
_lock = threading.RLock()
_wrappers: dict[tuple[int, str], _Wrapper] = {}
_NOTHING = object()


class _Wrapper:
    """A function of an operation that asks for detours; one serves all threads."""

    def __init__(self, operation: Any, name: str) -> None:
        self.own = vars(operation).get(name, _NOTHING)
        self.function = _asking(getattr(operation, name), (id(operation), name))
        self.users = WeakSet[hooked]()
        self._operation = operation
        self._name = name

    def put(self) -> None:
        # past Keras's own attribute tracking, which would note a change of the layer
        object.__setattr__(self._operation, self._name, self.function)

    def remove(self) -> None:
        if vars(self._operation).get(self._name) is not self.function:
            return
        if self.own is _NOTHING:
            object.__delattr__(self._operation, self._name)
        else:  # never missing for a moment: others may be about to call it
            object.__setattr__(self._operation, self._name, self.own)


def _wrap(operation: Any, name: str, user: hooked) -> None:
    with _lock:
        key = (id(operation), name)
        wrapper = _wrappers.get(key)
        if wrapper is None or vars(operation).get(name) is not wrapper.function:
            others = () if wrapper is None else wrapper.users
            wrapper = _wrappers[key] = _Wrapper(operation, name)
            wrapper.users.update(others)
        wrapper.users.add(user)
        wrapper.put()


def _unwrap(key: tuple[int, str], user: hooked) -> None:
    with _lock:
        wrapper = _wrappers.get(key)
        if wrapper is None:
            return
        wrapper.users.discard(user)
        if not wrapper.users:
            wrapper.remove()
            del _wrappers[key]


def _asking(original: Callable[..., Any], key: tuple[int, str]) -> Callable[..., Any]:
    @wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        detour = _detours.get({}).get(key)
        if detour is None:
            return original(*args, **kwargs)
        # of a `tf.function` the code itself: its graph would call layers past the hooks
        return detour(getattr(original, "python_function", original), *args, **kwargs)

    return call


def _at_once(original: Callable[..., Any], layer_call: Any, *args: Any, **kwargs: Any) -> Any:
    return layer_call


def _step_by_step(
    original: Callable[..., Any], query: Any, key: Any, value: Any, **options: Any
) -> Any:
    """Return what `keras.ops.dot_product_attention` does, its softmax where hooks see it."""
    if options.get("attn_logits_soft_cap") is not None:
        return original(query, key, value, **options)
    groups = query.shape[2] // key.shape[2]
    if groups > 1:
        key, value = (keras.ops.repeat(heads, groups, axis=2) for heads in (key, value))
    scale = options.get("scale")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = keras.ops.einsum("btnh,bsnh->bnts", query, key)
    # half precision overflows here, which the kernels avoid in the same way
    precise = keras.backend.result_type(scores.dtype, "float32")
    scores = keras.ops.cast(scores, precise) * keras.ops.cast(scale, precise)
    if options.get("bias") is not None:
        scores = scores + keras.ops.cast(options["bias"], precise)
    for mask in _masks(scores, options.get("mask"), options.get("is_causal")):
        scores = keras.ops.where(mask, scores, -0.5 * float(np.finfo("float32").max))
    weights = keras.ops.cast(keras.ops.softmax(scores, axis=-1), value.dtype)
    return keras.ops.einsum("bnts,bsnh->btnh", weights, value)


def _masks(scores: Any, mask: Any, is_causal: Any) -> Iterator[Any]:
    if mask is not None:
        yield keras.ops.cast(mask, "bool")
    if is_causal:
        yield keras.ops.convert_to_tensor(np.tril(np.ones(scores.shape[-2:], dtype=bool)))


class _Aside(keras.layers.Layer):  # type: ignore[misc] # keras ships no types
    """Calls a model as a part of something larger.

    By itself it would first forget the losses of its last call, which somebody may still want.
    """

    def __init__(self) -> None:
        super().__init__(dtype="float32", autocast=False, name="camlight")
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True

    def call(self, inputs: Any, model: Any) -> Any:
        return model(inputs, training=False)


called_aside = _Aside()
"""Takes the inputs and, as `model`, a model or a part of one, and returns what it gives."""
