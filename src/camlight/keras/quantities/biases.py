"""What each constant that a model adds on its way contributes to the score."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from camlight.keras.backends import as_array
from camlight.keras.capture.capture import Context
from camlight.keras.capture.compiled import Plan
from camlight.keras.graph.layers import all_layers
from camlight.keras.graph.nodes import LayerCall
from camlight.keras.run.forward import calls_made

from .pictures import shown
from .rescore import picture


def bias_gradients(context: Context) -> list[np.ndarray]:
    """Return the biases times the score's derivatives by them, at each place of their layers.

    One array for each call of a layer with a bias: (h, w, K) for a spatial layer, with no such
    axes where the layer gives none. A bias counts where it is added, before a fused activation.
    """
    layers = _plan(context).layers
    if not layers:
        return []
    [seen] = shown(context, layers, picture(context)[np.newaxis])
    found = []
    for layer, gradient in zip(layers, seen.gradients[0], strict=True):
        if gradient is not None:
            bias = _bias(layer.operation, gradient.ndim)
            found.append(context.sign * context.plan.spec.channels_last(gradient * bias)[0])
    return found


def _plan(context: Context) -> Plan:
    """Return the plan of all calls that add a bias; the model is run once to find them."""

    def make() -> Plan:
        every = all_layers(context.run.model)
        found = {id(one.operation): one for one in every if _adds(one.operation)}
        calls, _ = calls_made(context.run, [layer.operation for layer in found.values()])
        layers = [replace(found[id(call.operation)], call=call.index) for call in calls]
        return replace(
            context.plan, layers=list(map(_before_activation, layers)), final_activation=None
        )

    return context.planned(("biases", context.run.output, context.run.picture), make)


def _before_activation(layer: LayerCall) -> LayerCall:
    has_one = vars(layer.operation).get("activation") is not None
    return replace(layer, inside="activation") if has_one else layer


def _adds(operation: keras.Operation) -> bool:
    if isinstance(operation, keras.layers.BatchNormalization):
        return bool(operation.built)
    if isinstance(operation, keras.layers.Rescaling):
        return bool(np.any(operation.offset))
    if isinstance(operation, keras.layers.Normalization):
        return bool(operation.built) and not operation.invert
    convolves = isinstance(operation, keras.layers.Dense) or hasattr(operation, "kernel_size")
    return convolves and getattr(operation, "bias", None) is not None


def _bias(operation: keras.Operation, rank: int) -> np.ndarray:
    """Return what an operation adds, such that it fits its output, which has `rank` axes."""
    if isinstance(operation, keras.layers.BatchNormalization):
        return _along(_shift(operation), operation.axis, rank)
    if isinstance(operation, keras.layers.Normalization):
        return np.asarray(-as_array(operation.mean) / np.sqrt(as_array(operation.variance)))
    first = getattr(operation, "data_format", "") == "channels_first"
    if isinstance(operation, keras.layers.Rescaling):
        return _along(np.asarray(operation.offset, np.float64), 1 if first else -1, rank)
    return _along(_values(operation.bias), 1 if first else -1, rank)


def _shift(operation: Any) -> np.ndarray:
    """Return what batch normalization adds, once its mean and variance are taken as they are."""
    scale = 1 / np.sqrt(_values(operation.moving_variance) + operation.epsilon)
    if operation.scale:
        scale *= _values(operation.gamma)
    shift: np.ndarray = -scale * _values(operation.moving_mean)
    return shift + _values(operation.beta) if operation.center else shift


def _values(variable: Any) -> np.ndarray:
    values: np.ndarray = as_array(keras.ops.convert_to_tensor(variable)).astype(np.float64)
    return values


def _along(values: np.ndarray, axis: int, rank: int) -> np.ndarray:
    """Return values for the channels, shaped such that they lie along an axis."""
    shape = [1] * rank
    shape[axis] = values.size
    return values.reshape(shape)
