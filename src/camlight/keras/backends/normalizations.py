"""Normalizations whose second derivatives TensorFlow gets wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import keras

from camlight.keras.tap import tapped_inside

__all__ = ["twice_differentiable"]


@contextmanager
def twice_differentiable(model: keras.Model) -> Iterator[None]:
    """Let normalizations have right second derivatives while the context lasts.

    `tf.nn.moments` holds the mean inside of the variance fixed, which only the first derivatives
    don't notice. Of inputs whose mean is 0 already, it always is 0: nothing is held fixed.
    """
    with ExitStack() as stack:
        for layer in model._flatten_layers():
            if isinstance(layer, keras.layers.GroupNormalization):
                stack.enter_context(tapped_inside(layer, "call", partial(_centred_by_group, layer)))
            elif isinstance(layer, keras.layers.LayerNormalization) and not layer.rms_scaling:
                stack.enter_context(tapped_inside(layer, "call", partial(_centred, layer.axis)))
        yield


def _centred(axis: Any, inputs: Any) -> Any:
    return inputs - keras.ops.mean(inputs, axis, keepdims=True)


def _centred_by_group(layer: keras.layers.GroupNormalization, inputs: Any) -> Any:
    last = keras.ops.moveaxis(inputs, layer.axis, -1)
    count, *_, channels = last.shape
    groups = keras.ops.reshape(last, (count, -1, layer.groups, channels // layer.groups))
    centred = keras.ops.reshape(_centred((1, 3), groups), last.shape)
    return keras.ops.moveaxis(centred, -1, layer.axis)
