"""Hear how much each token of a model attends to each other, while it runs in one thread."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras.src.backend import nn

from .tap import detoured

__all__ = ["ATTENTION", "tapped_attention"]


class _Attention:
    name = "attention"


ATTENTION = _Attention()
"""Stands in a `Place` for whatever gives attention; the place's call says which time it does."""


@contextmanager
def tapped_attention(listener: Callable[[Any], Any]) -> Iterator[None]:
    """Pass each softmax over the last of three or more axes through `listener`.

    Such as attention is, shape ``(batch, heads, queries, keys)``. What goes through a fused
    kernel, where no attention appears, is worked out step by step. Both are heard where Keras
    hands them to its backend, whatever layer or function of ``keras.ops`` they come from; the
    rest is as in `camlight.keras.tap.tapped`.
    """

    def hear(original: Callable[..., Any], inputs: Any, axis: Any = -1) -> Any:
        output = original(inputs, axis=axis)
        last = axis in (-1, len(inputs.shape) - 1)
        return listener(output) if last and len(inputs.shape) > 2 else output

    with detoured(nn, {"softmax": hear, "dot_product_attention": _laid_open}):
        yield


def _laid_open(
    original: Callable[..., Any], query: Any, key: Any, value: Any, **options: Any
) -> Any:
    """Return what `keras.ops.dot_product_attention` does, its softmax within hearing."""
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
        scores = keras.ops.where(mask, scores, _NEVER)
    weights = keras.ops.cast(keras.ops.softmax(scores, axis=-1), value.dtype)
    return keras.ops.einsum("bnts,bsnh->btnh", weights, value)


_NEVER = -0.5 * float(np.finfo("float32").max)


def _masks(scores: Any, mask: Any, is_causal: Any) -> Iterator[Any]:
    if mask is not None:
        yield keras.ops.cast(mask, "bool")
    if is_causal:
        yield keras.ops.convert_to_tensor(np.tril(np.ones(scores.shape[-2:], dtype=bool)))
