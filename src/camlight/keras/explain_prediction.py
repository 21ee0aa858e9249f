"""From a model and a picture to an explanation: the whole way, in one place."""

from __future__ import annotations

import keras
import numpy as np
from PIL import Image

from camlight.base import Explanation, TargetExplanation
from camlight.explain import explain_prediction
from camlight.methods.gradcam import channel_weights, weighted_sum
from camlight.methods.scaling import relu_and_scale
from camlight.reporting import warn

from .capture import capture
from .diagnosis import diagnose
from .inputs import check_image, check_shape, picture_of, to_array
from .layers import data_format_of, find_layer
from .running import build
from .targets import chooser

__all__ = ["explain_prediction_keras"]

_DESCRIPTION = (
    "Grad-CAM: the parts of the picture that raised the model's score for the target.\n"
    "Each channel of one layer is weighted by the mean gradient of the score, and the weighted\n"
    "channels are added up; the map holds the positive part, scaled so that its maximum is 1."
)


@explain_prediction.register(keras.Model)
def explain_prediction_keras(
    model: keras.Model,
    doc: np.ndarray,
    targets: list[int] | None = None,
    layer: int | str | keras.layers.Layer | None = None,
    image: Image.Image | None = None,
) -> Explanation:
    """Explain the prediction of a Keras image model with Grad-CAM.

    Parameters
    ----------
    model : keras.Model
        A model that takes a picture and gives class scores: functional, Sequential or
        subclassed, nested or not. It is left as it was, but for being built if it isn't yet.
    doc : ndarray, shape (1, H, W, C) or (H, W, C)
        The picture as the model expects it: resized and preprocessed. With a model in
        channels-first format the channels come first here too.
    targets : list of one int, optional
        Index of the class to explain; by default the one with the highest score.
    layer : int, str or keras.layers.Layer, optional
        The layer whose map is taken: its index in ``model.layers``, its name, its path inside
        nested models (``"backbone/out_relu"``), or the layer itself. By default the last
        spatial map, larger than 1 x 1, that every path to the output crosses. Of a layer that
        the model calls more than once, the last call is explained.
    image : PIL.Image.Image, optional
        The picture to draw on, of any size; by default the one that Keras's ``array_to_img``
        makes of `doc`.

    Returns
    -------
    Explanation
        ``targets[0]`` holds the `target`, its `score` (the model's own output, after its
        softmax if it ends in one) and its `heatmap`, an array of shape (h, w) in [0, 1] at the
        layer's resolution; ``layer`` says which layer was taken. For a model without any
        spatial map, ``error`` says that it isn't supported and how to go on.

    Raises
    ------
    TypeError
        If `doc` can't be an image, `targets` is no list of an integer, `layer` is of another
        type or `image` is no Pillow image.
    ValueError
        If `doc` doesn't fit the model or isn't finite, the target lies outside the output, or
        the layer isn't in the model or has no spatial map.

    Warns
    -----
    ExplanationWarning
        If the map is empty or can't be trusted; the message names the cause and the cure.

    Notes
    -----
    The interface is ELI5's ``eli5.keras.explain_prediction_keras``. Grad-CAM: Selvaraju et al.,
    https://arxiv.org/abs/1610.02391. Of maps so weak that their maximum before scaling is not
    much larger than 1e-7, ELI5's peak below 1, because it divides by the maximum plus 1e-7.

    Examples
    --------
    >>> from camlight import demo
    >>> model = demo.efficientnet_lite0()
    >>> image = demo.photo("chelsea").resize((224, 224))
    >>> doc = demo.preprocess_input(np.asarray(image)[np.newaxis])
    >>> expl = explain_prediction_keras(model, doc)
    >>> expl.targets[0].target, demo.class_name(285)
    (285, 'Egyptian cat')
    >>> expl.layer, expl.targets[0].heatmap.shape
    ('top_activation', (7, 7))
    """
    doc = check_shape(model, to_array(doc))
    choose = chooser(targets)
    check_image(image)
    build(model, doc)
    place = find_layer(model, layer, doc)
    if place is None:
        return _not_supported(model)
    picture = picture_of(doc, data_format_of(model)) if image is None else image
    seen = capture(model, place, doc, choose)
    raw_map = weighted_sum(channel_weights(seen.gradients), seen.activations)
    messages = diagnose(model, seen, place, raw_map)
    for message in messages:
        warn(message)
    target = TargetExplanation(
        seen.target, score=seen.score, heatmap=relu_and_scale(raw_map), raw_map=raw_map
    )
    return Explanation(
        model.name,
        description=_DESCRIPTION,
        error="",
        method="Grad-CAM",
        targets=[target],
        image=picture,
        layer=place.path,
        warnings=messages,
    )


def _not_supported(model: keras.Model) -> Explanation:
    return Explanation(
        model.name,
        error=(
            f'model "{model.name}" is not supported: no layer that every path to the output '
            "crosses has a spatial map, an output of shape (1, height, width, channels) larger "
            "than 1 x 1. Grad-CAM needs a convolutional model; if yours has such a layer on one "
            "of several paths, name it with `layer`."
        ),
    )
