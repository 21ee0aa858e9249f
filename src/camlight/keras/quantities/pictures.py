"""Derivatives of the score by the picture, and what a layer shows of other pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from camlight.keras.backends import Captured, Request, load_backend
from camlight.keras.capture.capture import Context, in_context
from camlight.keras.capture.compiled import Plan, compiled_for
from camlight.keras.graph.nodes import PICTURE, LayerCall
from camlight.keras.run.forward import predict
from camlight.keras.run.hooks import Detour, backend_hook, hooked

from .rescore import inputs_with, picture


def picture_gradients(context: Context) -> np.ndarray:
    """Return the derivatives of the score by the picture, shape (H, W, C)."""
    gradient: np.ndarray = gradients_of_pictures(context)(picture(context)[np.newaxis])[0]
    return gradient


def gradients_of_pictures(context: Context) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function from pictures (N, H, W, C) to derivatives of their scores by them."""

    def gradients(pictures: np.ndarray) -> np.ndarray:
        found = [one.gradients[0][0] for one in shown(context, [PICTURE], pictures)]
        return np.stack([gradient_of(context, gradient) for gradient in found])

    return gradients


def gradient_of(context: Context, gradient: np.ndarray | None) -> np.ndarray:
    """Return what was captured of the picture's gradient, shape (H, W, C), with the context's sign.

    None stands for a score that doesn't depend on the picture.
    """
    if gradient is None:
        return np.zeros_like(picture(context))
    return context.sign * as_picture(context, gradient)


def views_of_pictures(context: Context) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return the function from pictures to what the layer shows of them.

    It gives its activations, shape (N, h, w, K), and the derivatives of the scores by them.
    """
    layer = context.plan.layers[context.layer]
    if context.plan.spec.rank > 1:  # how tokens lie was found out for the picture itself
        layer = replace(layer, grid=context.view.activations.shape[:-1])
    plan = replace(context.plan, layers=[layer])

    def views(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = [
            in_context(
                context.run, plan, context.cache, context.options, one, [context.target]
            ).view
            for one in shown(context, plan.layers, pictures)
        ]
        activations = np.stack([view.activations for view in found])
        return activations, context.sign * np.stack([view.gradients for view in found])

    return views


def guided_gradients(context: Context) -> np.ndarray:
    """Return what guided backpropagation gives of the picture, shape (H, W, C).

    ReLUs are met where Keras hands them to its backend, whatever layer, activation or function
    of ``keras.ops`` they come from.

    Raises
    ------
    ValueError
        If the model runs through none.
    """
    _check_relus(context)
    with hooked([backend_hook(dict.fromkeys(_RELUS, _one_way(context.sign)))]):
        [one] = shown(context, [PICTURE], picture(context)[np.newaxis], f"guided {context.sign}")
    return gradient_of(context, one.gradients[0][0])


_RELUS = ("relu", "relu6")


def _one_way(sign: int) -> Detour:
    """Return what stands for a ReLU: its way back is for gradients that are positive times `sign`.

    The way back through the ReLU itself then leaves those where its input is positive.
    """

    @keras.ops.custom_gradient  # type: ignore[untyped-decorator] # Keras ships no types
    def pass_on(tensor: Any) -> tuple[Any, Any]:
        def back(*arguments: Any, upstream: Any = None) -> Any:
            gradient = arguments[0] if upstream is None else upstream
            return sign * keras.ops.maximum(sign * gradient, 0)

        return tensor, back

    return lambda original, *args, **kwargs: pass_on(original(*args, **kwargs))


def _check_relus(context: Context) -> None:
    """Raise ValueError unless the model runs through a ReLU; it is run once to find out."""

    def make() -> Plan:
        met: list[Any] = []

        def note(original: Any, *args: Any, **kwargs: Any) -> Any:
            met.append(original)
            return original(*args, **kwargs)

        with hooked([backend_hook(dict.fromkeys(_RELUS, note))]):
            predict(context.run, context.run.tensors)
        if met:
            return context.plan
        raise ValueError(
            f"Expected a model with ReLU along with method `{context.options.method.name}`, which "
            f"changes the way back through them. Received: model `{context.run.model.name}`, which "
            'runs through none of Keras. Choose a method that works without, such as "smoothgrad".'
        )

    context.planned(("with ReLU", context.run.output), make)


def as_picture(context: Context, batch: np.ndarray) -> np.ndarray:
    """Return a batch of one, of the picture's shape, without its first axis, the channels last."""
    spec = context.plan.spec
    if spec.rank < 1 or batch.ndim not in (spec.rank + 1, spec.rank + 2):
        raise ValueError(
            f"Expected a picture, a signal or a volume along with method "
            f"`{context.options.method.name}`. Received: an input of shape {batch.shape}."
        )
    values = spec.pictures(batch)[0]
    floating: np.ndarray = values.astype(np.result_type(values, np.float32))
    return floating


def inputs_of(context: Context, pictures: np.ndarray) -> list[np.ndarray | None]:
    """Return the model's flattened inputs with N pictures for the one; others are repeated."""
    own = keras.tree.flatten(context.run.inputs)[context.run.picture]
    dtype = own.dtype if own.dtype.kind == "f" else keras.config.floatx()
    given = context.plan.spec.inputs(pictures, own.ndim)
    return inputs_with(context, np.ascontiguousarray(given, dtype=dtype))


_PIXELS = 8 * 224 * 224
_PICTURES = 32
"""No more pixels and pictures go through a model at once: its activations take up memory."""


def shown(
    context: Context, layers: Sequence[LayerCall], pictures: np.ndarray, changed: str = ""
) -> Iterator[Captured]:
    """Yield what the layers showed of each of N pictures, and the gradients of the target.

    All portions are equally large, the last one is filled up, so that one compiled function
    serves them; `changed` says what is different about the model while it runs. Where the target
    is a function, or the model doesn't treat pictures one by one, they are run one by one.
    """
    index, compiled = context.target.index, None
    if index is not None:
        compile, count = context.options.compile, len(pictures)
        compiled = compiled_for(context.run, context.cache, layers, compile, count, changed)
    size = _size(pictures)
    for start in range(0, len(pictures), size):
        part, batch = pictures[start : start + size], None
        if compiled is not None and index is not None:
            filled = np.concatenate([part, np.repeat(part[-1:], size - len(part), 0)])
            batch = compiled(context.run, layers, Request(inputs_of(context, filled), (index,), 0))
        for number in range(len(part)):
            if batch is not None and batch.splits:
                yield batch.row(number)
            else:
                yield _one(context, layers, part[number : number + 1])


def _one(context: Context, layers: Sequence[LayerCall], picture: np.ndarray) -> Captured:
    inputs = keras.tree.pack_sequence_as(context.run.inputs, inputs_of(context, picture))
    run = replace(context.run, inputs=inputs)
    captured: Captured = load_backend().capture(run, layers, lambda _: [context.target.score])
    return captured


def _size(pictures: np.ndarray) -> int:
    """Return how many pictures make a portion, such that all are about equally large."""
    most = max(1, min(_PICTURES, _PIXELS // math.prod(pictures.shape[1:-1])))
    return math.ceil(len(pictures) / math.ceil(len(pictures) / most))
