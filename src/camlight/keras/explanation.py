"""From what a model showed to the explanation that users get."""

from __future__ import annotations

import keras
import numpy as np
from PIL import Image

from camlight.base import Explanation, TargetExplanation, warn
from camlight.methods.maps import relu_and_scale

from .capture import Capture
from .diagnosis import diagnose
from .ingredients import Scene, provider
from .question import Question
from .running import Answer
from .smoothing import smoothed

__all__ = ["explanation_of", "not_supported"]


def explanation_of(
    scene: Scene, picture: Image.Image | None, data: np.ndarray | None
) -> Explanation:
    """Return the explanation of one picture, and warn of what can't be trusted in it."""
    question, plan, seen = scene.question, scene.plan, scene.seen
    raw_maps = _raw_maps(scene)
    messages = _which_output(scene.run.model, seen.answer) if question.output is None else []
    for number, raw_map in enumerate(raw_maps):
        messages += diagnose(
            seen, number, raw_map, plan.head, question.pre_softmax, question.method
        )
    for message in messages:
        warn(message)
    method = question.method
    return Explanation(
        scene.run.model.name,
        description=_description(question),
        error="",
        method=f"{method.title} (counterfactual)" if question.counterfactual else method.title,
        targets=_explained(seen, raw_maps, question),
        image=picture,
        layer=" + ".join(place.path for place in plan.layers) or None,
        warnings=messages,
        data=data,
    )


def _raw_maps(scene: Scene) -> list[np.ndarray]:
    """Return the signed map of each target."""
    if not scene.question.smooth:
        return [_raw_map(target) for target in scene.of_targets()]
    found = [
        [_raw_map(target)[..., :: -1 if mirrored else 1] for target in variant.of_targets()]
        for variant, mirrored in smoothed(scene)
    ]
    return [np.mean(maps, axis=0) for maps in zip(*found, strict=True)]


def _raw_map(scene: Scene) -> np.ndarray:
    method = scene.question.method
    scenes = scene.of_layers() if method.uses_layer else [scene]
    return method.fuse([_one_map(one) for one in scenes])


def _one_map(scene: Scene) -> np.ndarray:
    method, axes = scene.question.method, scene.plan.maps.rank
    found = method(provider(scene))
    if found.ndim != axes:
        raise ValueError(
            f"Expected method `{method.name}` to return a map with a value for each place, of "
            f"{axes} {'axis' if axes == 1 else 'axes'}. Received: shape {found.shape}. Add up the "
            "channels, such as by `.sum(axis=-1)`."
        )
    return found


def _description(question: Question) -> str:
    method = question.method
    against = question.counterfactual
    effect, sign = ("lowered", "negative") if against else ("raised", "positive")
    scaled = f"the map\nholds the {sign} part, scaled so that its maximum is 1."
    if method.is_speckled:
        scaled += " The largest\n1 % of its values, which would outshine all others, are cut."
    if question.smooth:
        scaled += "\nThe mean over the picture and its mirror image, also with other contrast."
    how = f"{method.sentence}; {scaled}" if method.sentence else scaled
    if not method.uses_target:
        return f"{method.title}, whatever the target:\n{how}"
    return (
        f"{method.title}: the parts of the picture that {effect} the model's score for the target."
        f"\n{how[0].upper()}{how[1:]}"
    )


def _explained(
    seen: Capture, raw_maps: list[np.ndarray], question: Question
) -> list[TargetExplanation]:
    outputs = seen.answer.output.ravel()
    return [
        TargetExplanation(
            target.label,
            proba=float(outputs[target.index])
            if question.pre_softmax and target.index is not None
            else None,
            score=score,
            heatmap=relu_and_scale(raw_map, question.method.is_speckled),
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
