"""From what a model showed to the explanation that users get, with what is wrong with its maps."""

from collections.abc import Sequence

import keras
import numpy as np
from PIL import Image

from camlight.base import Explanation, TargetExplanation, warn
from camlight.methods.maps import relu_and_scale
from camlight.methods.method import Method

from .capture.capture import Context, Options
from .capture.targets import Target
from .graph.nodes import inner_layers
from .graph.outputs import FinalActivation
from .graph.spatial import LayerView


def explanation_of(
    context: Context,
    raw_maps: Sequence[np.ndarray],
    picture: Image.Image | None,
    data: np.ndarray | None,
) -> Explanation:
    """Return the explanation of one picture, or of a signal or a volume; warn of empty maps."""
    options, layers = context.options, tuple(layer.path for layer in context.plan.layers)
    warnings = _diagnosis(context, raw_maps)
    for message in warnings:
        warn(message)
    outputs = context.output.values.ravel()
    targets = [
        TargetExplanation(
            target.label,
            proba=float(outputs[target.index])
            if options.pre_softmax and target.index is not None
            else None,
            score=score,
            heatmap=relu_and_scale(raw_map, options.method.is_speckled),
            raw_map=raw_map,
            name=target.name,
        )
        for target, score, raw_map in zip(context.targets, context.scores, raw_maps, strict=True)
    ]
    title = options.method.title
    return Explanation(
        context.run.model.name,
        description=_description(options),
        error="",
        method=f"{title} (counterfactual)" if options.counterfactual else title,
        targets=targets,
        image=picture,
        layer=" + ".join(layers) or None,
        layers=layers,
        warnings=warnings,
        data=data,
    )


def _description(options: Options) -> str:
    method = options.method
    effect, sign = ("lowered", "negative") if options.counterfactual else ("raised", "positive")
    scaled = f"the map\nholds the {sign} part, scaled so that its maximum is 1."
    if method.is_speckled:
        scaled += " The largest\n1 % of its values, which would outshine all others, are cut."
    if options.smooth:
        scaled += "\nThe mean over the picture and its mirror image, also with other contrast."
    how = f"{method.sentence}; {scaled}" if method.sentence else scaled
    if not method.uses_target:
        return f"{method.title}, whatever the target:\n{how}"
    return (
        f"{method.title}: the parts of the picture that {effect} the model's score for the target."
        f"\n{how[0].upper()}{how[1:]}"
    )


def not_supported(model: keras.Model) -> Explanation:
    """Return the explanation that a model without any map gets."""
    layers = inner_layers(model, include_self=True)
    exported = any(isinstance(layer, keras.layers.TFSMLayer) for layer in layers)
    cure = (
        "It holds an exported graph, whose layers can't be seen: explain the model that was "
        "exported, such as its `.keras` file."
        if exported
        else "Grad-CAM needs a convolutional model or a vision transformer; if yours has a "
        "spatial map on one of several paths, name its layer with `layer`; if it has more "
        "tokens than its patches and five others, say how these lie: `grid=(rows, columns)`. "
        'Without any layer, `method="integrated_gradients"` and `"occlusion"` explain pictures.'
    )
    return Explanation(
        model.name,
        error=(
            f'model "{model.name}" is not supported: no layer that every path to the output '
            "crosses has a spatial map, an output of shape (1, height, width, channels) larger "
            f"than 1 x 1, or tokens that lie in a grid. {cure}"
        ),
    )


_SATURATED = 1e-6
"""Closer than this to 1, a float32 probability has lost most digits of its gradient."""

_OTHER_CURE = (
    "Pass `pre_softmax=True`, or, where the model computes it outside of any layer, explain a "
    "copy that returns the score before it."
)


def _diagnosis(context: Context, raw_maps: Sequence[np.ndarray]) -> list[str]:
    """Return what is wrong with the signed maps, each with its cause and its cure."""
    output, messages = context.output, []
    if len(output.names) > 1 and context.options.output is None:
        messages.append(
            f"Model `{context.run.model.name}` has {len(output.names)} outputs, "
            f"{', '.join(output.names)}. Explained: {output.name}. Choose one with `output`, such "
            f"as `output={output.names[-1]!r}`."
        )
    found = map(_wrong_with, context.of_targets(), raw_maps)
    return messages + [message for message in found if message]


def _wrong_with(context: Context, raw_map: np.ndarray) -> str:
    """Return what is wrong with a map; one that takes no derivatives isn't told off for those."""
    target, views, method = context.target, context.views[context.number], context.options.method
    layers = " + ".join(f"`{view.layer.path}`" for view in views)
    what = f"The map of target {target.label}" + (f" at layer {layers}" if views else "")
    if not np.isfinite(context.output.values).all():
        return (
            f"{what} says nothing: the model's output holds NaN or infinity. "
            "Check the model's weights and the preprocessing of the picture."
        )
    if not np.isfinite(raw_map).all():
        fine = all(np.isfinite(view.activations).all() for view in views)
        where = ("gradients" if method.uses_derivatives else "values") if fine else "activations"
        return (
            f"{what} is empty: the {where if views else 'values'} hold NaN or infinity. "
            "Check the model's weights, or choose another layer."
        )
    final, saturated = context.plan.final_activation, ""
    if method.uses_derivatives and not context.options.pre_softmax:
        saturated = _saturation(final, context.output.values, target)
    cure = "Pass `pre_softmax=True` to explain the score before it." if final else _OTHER_CURE
    if raw_map.max() <= 0:
        reacts = bool(raw_map.any()) or (bool(views) and method.uses_derivatives)
        return f"{what} is empty: {_why_empty(views, method, reacts, saturated, cure)}"
    return f"{what} may be rounding noise: {saturated}. {cure}" if saturated else ""


def _why_empty(
    views: Sequence[LayerView], method: Method, reacts: bool, saturated: str, cure: str
) -> str:
    if views and method.uses_target and not any(view.connected for view in views):
        return "the target doesn't depend on the layer. Choose a layer on the way to the output."
    if views and method.uses_derivatives and not any(view.gradients.any() for view in views):
        if saturated:
            return f"{saturated}, and its gradient is 0. {cure}"
        if any(getattr(v.layer.operation, "compute_dtype", "") == "float16" for v in views):
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
    if reacts:
        return (
            "the evidence there only speaks against the target. "
            "Choose another target or layer, or look at the signed map, `raw_map`."
        )
    if saturated:
        return f"{saturated}, and reacts to nothing. {cure}"
    return (
        "the score doesn't react to the picture, as behind units that are switched off or "
        "saturated. Choose another target."
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
