"""Why a map can't be taken at face value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from camlight.methods.method import Method

from .capture.capture import Context
from .capture.targets import Target
from .graph.outputs import FinalActivation
from .graph.spatial import LayerView

_SATURATED = 1e-6
"""Closer than this to 1, a float32 probability has lost most digits of its gradient."""


def diagnose(context: Context, raw_maps: Sequence[np.ndarray]) -> list[str]:
    """Return what is wrong with the signed maps of the targets; mostly nothing.

    Each message tells its cause and its cure.
    """
    messages = _which_output(context)
    for one, raw_map in zip(context.of_targets(), raw_maps, strict=True):
        messages += _wrong_with(one, raw_map)
    return messages


def _which_output(context: Context) -> list[str]:
    output, name = context.output, context.run.model.name
    if len(output.names) < 2 or context.options.output is not None:
        return []
    return [
        f"Model `{name}` has {len(output.names)} outputs, {', '.join(output.names)}. "
        f"Explained: {output.name}. Choose one with `output`, such as "
        f"`output={output.names[-1]!r}`."
    ]


def _wrong_with(context: Context, raw_map: np.ndarray) -> list[str]:
    """Return what is wrong with a map; one that takes no derivatives isn't told off for those."""
    target, views, method = context.target, context.views[context.number], context.options.method
    layers = " + ".join(f"`{view.layer.path}`" for view in views)
    what = f"The map of target {target.label}" + (f" at layer {layers}" if views else "")
    if not np.isfinite(context.output.values).all():
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
    final, saturated = context.plan.final_activation, ""
    if method.uses_derivatives and not context.options.pre_softmax:
        saturated = _saturation(final, context.output.values, target)
    cure = "Pass `pre_softmax=True` to explain the score before it." if final else _OTHER_CURE
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
    views: Sequence[LayerView], method: Method, reacts: bool, saturated: str, cure: str
) -> str:
    if views and method.uses_target and not any(view.connected for view in views):
        return "the target doesn't depend on the layer. Choose a layer on the way to the output."
    if views and method.uses_derivatives and not any(view.gradients.any() for view in views):
        if saturated:
            return f"{saturated}, and its gradient is 0. {cure}"
        kinds = {getattr(view.layer.operation, "compute_dtype", "") for view in views}
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


def _saturation(final: FinalActivation | None, output: np.ndarray, target: Target) -> str:
    """Say in words that a softmax or sigmoid is saturated; empty if it isn't."""
    if target.index is None:
        return ""
    outputs = output.astype(np.float64).ravel()
    probabilities = outputs.min() >= 0 and abs(outputs.sum() - 1) < 1e-3
    kind = final.kind if final else ""
    if kind == "softmax" or (not kind and len(outputs) > 1 and probabilities):
        top = int(outputs.argmax())
        if outputs[top] > 1 - _SATURATED:
            return f"the softmax is saturated (p = {outputs[top]:.3f} for class {top})"
    if kind == "sigmoid" and not _SATURATED < outputs[target.index] < 1 - _SATURATED:
        return f"the sigmoid is saturated (p = {outputs[target.index]:.3f})"
    return ""
