"""ELI5's two Grad-CAM functions: the numbers from the model, and the map from the numbers."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from camlight.methods.channel_weighted import channel_weights, weighted_sum
from camlight.methods.maps import relu_and_scale

from .capture.capture import capture
from .capture.plan import plan_for, planned
from .inputs import read_inputs
from .options import read_options
from .run.forward import ForwardPass, build

__all__ = ["gradcam", "gradcam_backend"]


def gradcam(weights: np.ndarray, activations: np.ndarray) -> np.ndarray:
    """Return the Grad-CAM heatmap: the positive part of the weighted activations, scaled to 1.

    ELI5's ``eli5.keras.gradcam.gradcam``: equations 1 and 2 of https://arxiv.org/abs/1610.02391.

    Parameters
    ----------
    weights, activations : ndarray, shapes (K,) and (H, W, K)

    Returns
    -------
    ndarray of float64, shape (H, W)
        The map in [0, 1]; its maximum is 1, or it is 0 everywhere where nothing is positive.

    Raises
    ------
    TypeError, ValueError
        If an argument is no array; if the shapes don't fit.

    Examples
    --------
    >>> gradcam(np.array([1.0, -1.0]), np.array([[[4.0, 0.0], [2.0, 1.0], [0.0, 9.0]]]))
    array([[1.  , 0.25, 0.  ]])
    """
    for name, value in (("weights", weights), ("activations", activations)):
        if not isinstance(value, np.ndarray):
            received = type(value).__name__
            raise TypeError(f"Expected `{name}` to be a NumPy array. Received: {received}.")
    if activations.ndim != 3 or weights.shape != activations.shape[-1:]:
        raise ValueError(
            "Expected `activations` of shape (H, W, K) and `weights` of shape (K,). "
            f"Received: {activations.shape} and {weights.shape}."
        )
    return relu_and_scale(weighted_sum(weights, activations))


def gradcam_backend(
    model: keras.Model,
    doc: np.ndarray,
    targets: list[Any] | None,
    activation_layer: keras.layers.Layer,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int | str, float]:
    """Return what Grad-CAM needs to know of one prediction, as ELI5's function of this name.

    Parameters
    ----------
    model, doc, targets
        As in `camlight.explain_prediction_keras`; of several targets the first is taken.
    activation_layer : keras.layers.Layer
        The layer whose activations are weighted. Its name, path or index does as well.

    Returns
    -------
    weights : ndarray, shape (K,)
        Spatial mean of the gradients, one for each channel.
    activations, grads : ndarray, shape (H, W, K)
        The layer's output, and the derivatives of the score by it.
    predicted_idx, predicted_val : int or str, float
        Index of the class, for a function its name; and the model's output for it.

    Raises
    ------
    TypeError, ValueError
        As `camlight.explain_prediction_keras`.

    Examples
    --------
    >>> from camlight import demo
    >>> model = demo.efficientnet_lite0()
    >>> image = demo.photo("chelsea").resize((224, 224))
    >>> doc = demo.preprocess_input(np.asarray(image)[np.newaxis])
    >>> layer = model.get_layer("top_activation")
    >>> weights, activations, grads, target, score = gradcam_backend(model, doc, None, layer)
    >>> weights.shape, activations.shape, target
    ((1280,), (7, 7, 1280), 285)
    >>> heatmap = gradcam(weights, activations)
    """
    options = read_options(targets, activation_layer, compile=False)
    inputs = read_inputs(model, doc)
    run = ForwardPass(model, inputs.values, inputs.picture)
    build(run)
    plan = plan_for(run, None, options)
    if not plan.layers:
        raise ValueError(f"Model `{model.name}` has no layer with a spatial map.")
    plan = replace(plan, layers=plan.layers[:1])
    context = capture(planned(run, plan, options), plan, None, options)
    view = context.view
    label, score = context.target.label, context.scores[0]
    return channel_weights(view.gradients), view.activations, view.gradients, label, score
