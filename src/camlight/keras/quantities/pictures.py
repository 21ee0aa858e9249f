"""Derivatives of the score by pictures and by biases, and what a layer shows of pictures."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from camlight.keras.backends import Captured, Request, as_array, load_backend
from camlight.keras.capture.capture import Context, in_context
from camlight.keras.capture.compiled import Plan, compiled_for
from camlight.keras.graph.layers import all_layers
from camlight.keras.graph.nodes import PICTURE, LayerCall
from camlight.keras.run.forward import calls_made, predict
from camlight.keras.run.hooks import Detour, backend_hook, hooked

from .rescore import picture, seeing


def picture_gradients(context: Context) -> np.ndarray:
    """Return the derivatives of the score by the picture, shape (H, W, C)."""
    [seen] = shown(context, [PICTURE], picture(context)[np.newaxis])
    return _gradient_of(context, seen.gradients[0][0])


def gradients_of_pictures(context: Context) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function from pictures (N, H, W, C) to derivatives of their scores by them."""

    def gradients(pictures: np.ndarray) -> np.ndarray:
        seen = shown(context, [PICTURE], pictures)
        return np.stack([_gradient_of(context, one.gradients[0][0]) for one in seen])

    return gradients


def _gradient_of(context: Context, gradient: np.ndarray | None) -> np.ndarray:
    """Return the picture's gradient (H, W, C), signed; 0 for None, where the score ignores it."""
    if gradient is None:
        return np.zeros_like(picture(context))
    spec = context.plan.spec
    if spec.rank < 1 or gradient.ndim not in (spec.rank + 1, spec.rank + 2):
        raise ValueError(
            f"Expected a picture, a signal or a volume along with method "
            f"`{context.options.method.name}`. Received: an input of shape {gradient.shape}."
        )
    values = spec.pictures(gradient)[0]
    signed: np.ndarray = context.sign * values.astype(np.result_type(values, np.float32))
    return signed


def views_of_pictures(context: Context) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return the function from pictures to what the layer shows of them.

    It gives its activations, shape (N, h, w, K), and the derivatives of the scores by them.
    """
    layer = context.plan.layers[context.layer]
    if context.plan.spec.rank > 1:  # how tokens lie was found out for the picture itself
        layer = replace(layer, grid=context.view.activations.shape[:-1])
    plan = replace(context.plan, layers=[layer])

    def views(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        same = (context.run, plan, context.cache, context.options)
        seen = shown(context, plan.layers, pictures)
        found = [in_context(*same, one, [context.target]).view for one in seen]
        activations = np.stack([view.activations for view in found])
        return activations, context.sign * np.stack([view.gradients for view in found])

    return views


def guided_gradients(context: Context) -> np.ndarray:
    """Return what guided backpropagation gives of the picture, shape (H, W, C).

    ReLUs are met where Keras hands them to its backend, whatever layer, activation or function
    of ``keras.ops`` they come from.
    """
    _check_relus(context)
    with hooked([backend_hook(dict.fromkeys(_RELUS, _one_way(context.sign)))]):
        [one] = shown(context, [PICTURE], picture(context)[np.newaxis], f"guided {context.sign}")
    return _gradient_of(context, one.gradients[0][0])


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


def of_its_type(context: Context, pictures: np.ndarray) -> np.ndarray:
    """Return pictures in the floating-point type of the model's own."""
    own = keras.tree.flatten(context.run.inputs)[context.run.picture].dtype
    return pictures.astype(own if own.kind == "f" else keras.config.floatx())


_PIXELS = 8 * 224 * 224
_PICTURES = 32
"""No more pixels and pictures go through a model at once: its activations take up memory."""


def shown(
    context: Context, layers: Sequence[LayerCall], pictures: np.ndarray, changed: str = ""
) -> Iterator[Captured]:
    """Yield what the layers showed of each of N pictures, and the gradients of the target.

    They run in equally large portions, the last one filled up, which one compiled function serves;
    one by one where the target is a function, or the model doesn't treat pictures so. `changed`
    says what is different about the model while it runs.
    """
    index, compiled = context.target.index, None
    if index is not None:
        compile, count = context.options.compile, len(pictures)
        compiled = compiled_for(context.run, context.cache, layers, compile, count, changed)
    most = max(1, min(_PICTURES, _PIXELS // math.prod(pictures.shape[1:-1])))
    size = math.ceil(len(pictures) / math.ceil(len(pictures) / most))
    pictures = of_its_type(context, pictures)
    for start in range(0, len(pictures), size):
        part, batch = pictures[start : start + size], None
        if compiled is not None and index is not None:
            filled = np.concatenate([part, np.repeat(part[-1:], size - len(part), 0)])
            inputs = keras.tree.flatten(seeing(context, filled).inputs)
            batch = compiled(context.run, layers, Request(inputs, (index,), 0))
        for number in range(len(part)):
            if batch is not None and batch.splits:
                yield batch.row(number)
            else:
                run = seeing(context, part[number : number + 1])
                yield load_backend().capture(run, layers, lambda _: [context.target.score])


def bias_gradients(context: Context) -> list[np.ndarray]:
    """Return the biases times the score's derivatives by them, at each place of their layers.

    One array for each call of a layer with a bias: (h, w, K) for a spatial layer, with no such
    axes where the layer gives none. A bias counts where it is added, before a fused activation.
    """
    layers = _calls_with_bias(context)
    if not layers:
        return []
    [seen] = shown(context, layers, picture(context)[np.newaxis])
    return [
        context.sign
        * context.plan.spec.channels_last(gradient * _bias(layer.operation, gradient.ndim))[0]
        for layer, gradient in zip(layers, seen.gradients[0], strict=True)
        if gradient is not None
    ]


def _calls_with_bias(context: Context) -> list[LayerCall]:
    """Return all calls that add a bias; the model is run once to find them."""

    def make() -> Plan:
        every = all_layers(context.run.model)
        found = {id(one.operation): one for one in every if _adds(one.operation)}
        calls, _ = calls_made(context.run, [layer.operation for layer in found.values()])
        layers = []
        for call in calls:
            activated = vars(call.operation).get("activation") is not None
            layer = replace(found[id(call.operation)], call=call.index)
            layers.append(replace(layer, inside="activation") if activated else layer)
        return replace(context.plan, layers=layers, final_activation=None)

    return context.planned(("biases", context.run.output, context.run.picture), make).layers


def _adds(operation: keras.Operation) -> bool:
    if isinstance(operation, keras.layers.BatchNormalization):
        return bool(operation.built)
    if isinstance(operation, keras.layers.Rescaling):
        return bool(np.any(operation.offset))
    if isinstance(operation, keras.layers.Normalization):
        return bool(operation.built) and not operation.invert
    convolves = isinstance(operation, keras.layers.Dense) or hasattr(operation, "kernel_size")
    return convolves and getattr(operation, "bias", None) is not None


def _bias(operation: Any, rank: int) -> np.ndarray:
    """Return what an operation adds, such that it fits its output, which has `rank` axes."""
    values: np.ndarray
    axis = 1 if getattr(operation, "data_format", "") == "channels_first" else -1
    if isinstance(operation, keras.layers.Normalization):
        return np.asarray(-as_array(operation.mean) / np.sqrt(as_array(operation.variance)))
    if isinstance(operation, keras.layers.BatchNormalization):
        # once its mean and variance are taken as they are
        scale = 1 / np.sqrt(_values(operation.moving_variance) + operation.epsilon)
        scale *= _values(operation.gamma) if operation.scale else 1
        values, axis = -scale * _values(operation.moving_mean), operation.axis
        values += _values(operation.beta) if operation.center else 0
    elif isinstance(operation, keras.layers.Rescaling):
        values = np.asarray(operation.offset, np.float64)
    else:
        values = _values(operation.bias)
    shape = [1] * rank
    shape[axis] = values.size
    return values.reshape(shape)


def _values(variable: Any) -> np.ndarray:
    return as_array(keras.ops.convert_to_tensor(variable)).astype(np.float64)
