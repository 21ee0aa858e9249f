"""Why a map can't be taken at face value."""

from __future__ import annotations

import numpy as np

from .capture import Capture
from .layers import Place

__all__ = ["diagnose"]

_SATURATED = 1e-6
"""Closer than this to 1, a float32 probability has lost most digits of its gradient."""

_CURE = (
    "Explain the score before it: `model.layers[-1].activation = keras.activations.linear` on a "
    "copy of the model."
)


def diagnose(seen: Capture, place: Place, raw_map: np.ndarray) -> list[str]:
    """Return what is wrong with a map, each message with its cause and its cure; mostly nothing."""
    what = f"The map of target {seen.target} at layer `{place.path}`"
    if place.tokens:
        return [
            f"{what} shows little of the model: behind the layer it goes on with a sequence of "
            f"{place.tokens} tokens, whose maps are not supported. This is the last layer with a "
            "height and a width; pass it as `layer` to explain it without this warning."
        ]
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
    saturated = _saturation(seen.outputs)
    if raw_map.max() > 0:
        return [f"{what} may be rounding noise: {saturated}. {_CURE}"] if saturated else []
    return [f"{what} is empty: {_why_empty(seen, saturated)}"]


def _why_empty(seen: Capture, saturated: str) -> str:
    if not seen.connected:
        return "the target doesn't depend on the layer. Choose a layer on the way to the output."
    if not seen.gradients.any():
        if saturated:
            return f"{saturated}, and its gradient is 0. {_CURE}"
        return (
            "the gradient of the score is 0 everywhere, as behind units that are switched off. "
            "Choose another layer or target."
        )
    if not seen.activations.any():
        return "the layer's activations are all 0 for this picture. Choose another layer."
    return (
        "the evidence there only speaks against the target. "
        "Choose another target or layer, or look at the signed map, `expl.targets[0].raw_map`."
    )


def _saturation(outputs: np.ndarray) -> str:
    """Say in words that a softmax or sigmoid is saturated; empty if it isn't."""
    wide = outputs.astype(np.float64)
    if wide.min() < 0 or wide.max() > 1 + _SATURATED:
        return ""
    top = int(wide.argmax())
    if len(wide) > 1 and abs(wide.sum() - 1) < 1e-3 and wide[top] > 1 - _SATURATED:
        return f"the softmax is saturated (p = {wide[top]:.3f} for class {top})"
    if len(wide) == 1 and not _SATURATED < wide[0] < 1 - _SATURATED:
        return f"the sigmoid is saturated (p = {wide[0]:.3f})"
    return ""
