"""Why a map can't be taken at face value."""

from __future__ import annotations

import keras
import numpy as np

from .capture import Capture
from .graph import head_activation
from .layers import Place

__all__ = ["diagnose"]

_SATURATED = 1e-6
"""Closer than this to 1, a float32 probability has lost most digits of its gradient."""

_CURE = (
    "Explain the score before it: `model.layers[-1].activation = keras.activations.linear` on a "
    "copy of the model."
)


def diagnose(model: keras.Model, seen: Capture, place: Place, raw_map: np.ndarray) -> list[str]:
    """Return what is wrong with a map, each message with its cause and its cure; mostly nothing."""
    what = f"The map of target {seen.target} at layer `{place.path}`"
    if not np.isfinite(seen.outputs).all():
        return [
            f"{what} says nothing: the model's output holds NaN or infinity. "
            "Check the model's weights and the preprocessing of the picture."
        ]
    if not np.isfinite(raw_map).all():
        where = "gradients" if np.isfinite(seen.activations).all() else "activations"
        return [
            f"{what} is empty: the {where} hold NaN or infinity. "
            "Check the model's weights, or choose another layer."
        ]
    saturated = _saturation(head_activation(model), seen)
    if raw_map.max() <= 0:
        return [f"{what} is empty: {_why_empty(seen, place, saturated)}"]
    messages = [f"{what} may be rounding noise: {saturated}. {_CURE}"] if saturated else []
    cells = raw_map.size
    if place.tokens and cells <= place.tokens <= cells + 8:  # class and register tokens
        messages.append(
            f"{what} shows little of the model: it only cuts the picture into patches, and the "
            f"model goes on with them as a sequence of {place.tokens} tokens, whose maps are not "
            "supported. Name the layer with `layer` to explain it without this warning."
        )
    return messages


def _why_empty(seen: Capture, place: Place, saturated: str) -> str:
    if not seen.connected:
        return "the target doesn't depend on the layer. Choose a layer on the way to the output."
    if not seen.gradients.any():
        if saturated:
            return f"{saturated}, and its gradient is 0. {_CURE}"
        if getattr(place.operation, "compute_dtype", "") == "float16":
            return (
                "the gradient of the score is 0 everywhere; in float16 small gradients are "
                "rounded to 0. Explain a copy of the model in float32 or bfloat16."
            )
        return (
            "the gradient of the score is 0 everywhere, as behind units that are switched off or "
            "saturated. Choose another layer or target."
        )
    if not seen.activations.any():
        return "the layer's activations are all 0 for this picture. Choose another layer."
    return (
        "the evidence there only speaks against the target. "
        "Choose another target or layer, or look at the signed map, `expl.targets[0].raw_map`."
    )


def _saturation(head: str, seen: Capture) -> str:
    """Say in words that a softmax or sigmoid is saturated; empty if it isn't."""
    outputs = seen.outputs.astype(np.float64)
    probabilities = outputs.min() >= 0 and abs(outputs.sum() - 1) < 1e-3
    if head == "softmax" or (not head and len(outputs) > 1 and probabilities):
        top = int(outputs.argmax())
        if outputs[top] > 1 - _SATURATED:
            return f"the softmax is saturated (p = {outputs[top]:.3f} for class {top})"
    if head == "sigmoid" and not _SATURATED < outputs[seen.target] < 1 - _SATURATED:
        return f"the sigmoid is saturated (p = {outputs[seen.target]:.3f})"
    return ""
