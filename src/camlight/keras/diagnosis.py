"""Why a map can't be taken at face value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from camlight.methods.method import Method

from .capture import Capture, View
from .head import Head
from .targets import Target

__all__ = ["diagnose"]

_SATURATED = 1e-6
"""Closer than this to 1, a float32 probability has lost most digits of its gradient."""


def diagnose(
    seen: Capture,
    number: int,
    raw_map: np.ndarray,
    head: Head | None,
    pre_softmax: bool,
    method: Method,
) -> list[str]:
    """Return what is wrong with a map, each message with its cause and its cure; mostly nothing.

    Parameters
    ----------
    seen : Capture
    number : int
        Which of its targets the map belongs to.
    raw_map : ndarray
        The signed map.
    head : Head or None
        The softmax or sigmoid that the model ends in, as far as is known.
    pre_softmax : bool
        Whether the score was taken before it.
    method : Method
        What made the map: one that takes no derivatives isn't told off for those.
    """
    target, views = seen.targets[number], seen.views[number]
    layers = " + ".join(f"`{view.place.path}`" for view in views)
    what = f"The map of target {target.label}" + (f" at layer {layers}" if views else "")
    if not np.isfinite(seen.answer.output).all():
        return [
            f"{what} says nothing: the model's output holds NaN or infinity. "
            "Check the model's weights and the preprocessing of the picture."
        ]
    if not np.isfinite(raw_map).all():
        fine = all(np.isfinite(view.activations).all() for view in views)
        where = ("gradients" if method.uses_derivatives else "values") if fine else "activations"
        return [
            f"{what} is empty: the {where if views else 'values'} hold NaN or infinity. "
            "Check the model's weights, or choose another layer."
        ]
    saturated = ""
    if method.uses_derivatives and not pre_softmax:
        saturated = _saturation(head, seen.answer.output, target)
    cure = "Pass `pre_softmax=True` to explain the score before it." if head else _OTHER_CURE
    if raw_map.max() <= 0:
        reacts = bool(raw_map.any()) or (bool(views) and method.uses_derivatives)
        return [f"{what} is empty: {_why_empty(views, method, reacts, saturated, cure)}"]
    return [f"{what} may be rounding noise: {saturated}. {cure}"] if saturated else []


_OTHER_CURE = (
    "Pass `pre_softmax=True`, or, where the model computes it outside of any layer, explain a "
    "copy that returns the score before it."
)


_NO_REACTION = (
    "the score doesn't react to the picture, as behind units that are switched off or saturated. "
    "Choose another target."
)


def _why_empty(
    views: Sequence[View], method: Method, reacts: bool, saturated: str, cure: str
) -> str:
    if views and method.uses_target and not any(view.connected for view in views):
        return "the target doesn't depend on the layer. Choose a layer on the way to the output."
    if views and method.uses_derivatives and not any(view.gradients.any() for view in views):
        if saturated:
            return f"{saturated}, and its gradient is 0. {cure}"
        kinds = {getattr(view.place.operation, "compute_dtype", "") for view in views}
        if "float16" in kinds:
            return (
                "the gradient of the score is 0 everywhere; in float16 small gradients are "
                "rounded to 0. Explain a copy of the model in float32 or bfloat16."
            )
        return (
            "the gradient of the score is 0 everywhere, as behind units that are switched off or "
            "saturated. Choose another layer or target."
        )
    if views and not any(view.activations.any() for view in views):
        return "the layer's activations are all 0 for this picture. Choose another layer."
    if not method.uses_target:
        return (
            f"{method.title} found nothing there that stands out. Choose another "
            f"{'layer' if views else 'method'}, or look at the signed map, `raw_map`."
        )
    if not reacts:
        return f"{saturated}, and reacts to nothing. {cure}" if saturated else _NO_REACTION
    return (
        "the evidence there only speaks against the target. "
        "Choose another target or layer, or look at the signed map, `raw_map`."
    )


def _saturation(head: Head | None, output: np.ndarray, target: Target) -> str:
    """Say in words that a softmax or sigmoid is saturated; empty if it isn't."""
    if target.index is None:
        return ""
    outputs = output.astype(np.float64).ravel()
    probabilities = outputs.min() >= 0 and abs(outputs.sum() - 1) < 1e-3
    kind = head.kind if head else ""
    if kind == "softmax" or (not kind and len(outputs) > 1 and probabilities):
        top = int(outputs.argmax())
        if outputs[top] > 1 - _SATURATED:
            return f"the softmax is saturated (p = {outputs[top]:.3f} for class {top})"
    if kind == "sigmoid" and not _SATURATED < outputs[target.index] < 1 - _SATURATED:
        return f"the sigmoid is saturated (p = {outputs[target.index]:.3f})"
    return ""
