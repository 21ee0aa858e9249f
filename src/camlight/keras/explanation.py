"""From what a model showed to the explanation that users get."""

from __future__ import annotations

import keras
import numpy as np
from PIL import Image

from camlight.base import Explanation, TargetExplanation
from camlight.methods.fusion import fuse
from camlight.methods.gradcam import channel_weights, weighted_sum
from camlight.methods.scaling import relu_and_scale
from camlight.reporting import warn

from .capture import Capture, View
from .diagnosis import diagnose
from .memory import Plan
from .question import Question
from .running import Answer

__all__ = ["explanation_of", "not_supported"]

_DESCRIPTION = (
    "Grad-CAM: the parts of the picture that {effect} the model's score for the target.\n"
    "Each channel of one layer is weighted by the mean gradient of the score, and the weighted\n"
    "channels are added up; the map holds the {sign} part, scaled so that its maximum is 1."
)


def explanation_of(
    model: keras.Model,
    seen: Capture,
    plan: Plan,
    question: Question,
    picture: Image.Image | None,
    data: np.ndarray | None,
) -> Explanation:
    """Return the explanation of one picture, and warn of what can't be trusted in it."""
    counterfactual, pre_softmax = question.counterfactual, question.pre_softmax
    raw_maps = [fuse([_raw_map(view, counterfactual) for view in views]) for views in seen.views]
    messages = _which_output(model, seen.answer) if question.output is None else []
    for number, raw_map in enumerate(raw_maps):
        messages += diagnose(seen, number, raw_map, plan.head, pre_softmax)
    for message in messages:
        warn(message)
    return Explanation(
        model.name,
        description=_DESCRIPTION.format(
            effect="lowered" if counterfactual else "raised",
            sign="negative" if counterfactual else "positive",
        ),
        error="",
        method="Grad-CAM (counterfactual)" if counterfactual else "Grad-CAM",
        targets=_explained(seen, raw_maps, pre_softmax),
        image=picture,
        layer=" + ".join(place.path for place in plan.layers),
        warnings=messages,
        data=data,
    )


def _raw_map(view: View, counterfactual: bool) -> np.ndarray:
    gradients = -view.gradients if counterfactual else view.gradients
    return weighted_sum(channel_weights(gradients), view.activations)


def _explained(
    seen: Capture, raw_maps: list[np.ndarray], pre_softmax: bool
) -> list[TargetExplanation]:
    outputs = seen.answer.output.ravel()
    return [
        TargetExplanation(
            target.label,
            proba=float(outputs[target.index])
            if pre_softmax and target.index is not None
            else None,
            score=score,
            heatmap=relu_and_scale(raw_map),
            raw_map=raw_map,
            name=target.name,
        )
        for target, score, raw_map in zip(seen.targets, seen.scores, raw_maps, strict=True)
    ]


def _which_output(model: keras.Model, answer: Answer) -> list[str]:
    if len(answer.names) < 2:
        return []
    return [
        f"Model `{model.name}` has {len(answer.names)} outputs, {', '.join(answer.names)}. "
        f"Explained: {answer.name}. Choose one with `output`, such as "
        f"`output={answer.names[-1]!r}`."
    ]


def not_supported(model: keras.Model) -> Explanation:
    """Return the explanation that a model without any map gets."""
    exported = any(isinstance(layer, keras.layers.TFSMLayer) for layer in model._flatten_layers())
    cure = (
        "It holds an exported graph, whose layers can't be seen: explain the model that was "
        "exported, such as its `.keras` file."
        if exported
        else "Grad-CAM needs a convolutional model or a vision transformer; if yours has a "
        "spatial map on one of several paths, name its layer with `layer`; if it has more "
        "tokens than its patches and five others, say how these lie: `grid=(rows, columns)`."
    )
    return Explanation(
        model.name,
        error=(
            f'model "{model.name}" is not supported: no layer that every path to the output '
            "crosses has a spatial map, an output of shape (1, height, width, channels) larger "
            f"than 1 x 1, or tokens that lie in a grid. {cure}"
        ),
    )
