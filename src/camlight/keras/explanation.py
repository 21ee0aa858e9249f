"""From what a model showed to the explanation that users get."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from PIL import Image

from camlight.base import Explanation, TargetExplanation
from camlight.methods.maps import relu_and_scale

from .capture.capture import Context, Options
from .graph.nodes import inner_layers


def explanation_of(
    context: Context,
    raw_maps: Sequence[np.ndarray],
    warnings: Sequence[str],
    picture: Image.Image | None,
    data: np.ndarray | None,
) -> Explanation:
    """Return the explanation of one picture, or of the values of a signal or a volume."""
    options, layers = context.options, tuple(layer.path for layer in context.plan.layers)
    method = options.method
    return Explanation(
        context.run.model.name,
        description=_description(options),
        error="",
        method=f"{method.title} (counterfactual)" if options.counterfactual else method.title,
        targets=_explained(context, raw_maps),
        image=picture,
        layer=" + ".join(layers) or None,
        layers=layers,
        warnings=list(warnings),
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


def _explained(context: Context, raw_maps: Sequence[np.ndarray]) -> list[TargetExplanation]:
    outputs, options = context.output.values.ravel(), context.options
    return [
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
