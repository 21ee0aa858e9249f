"""One forward pass, and what it showed of one layer and one target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from .backends import load_backend
from .layers import Place, data_format_of

__all__ = ["Capture", "capture"]


@dataclass(frozen=True)
class Capture:
    """What one run of a model on one picture showed.

    Attributes
    ----------
    activations : ndarray, shape (H, W, K)
        The layer's output.
    gradients : ndarray, shape (H, W, K)
        Derivatives of the target's output with respect to `activations`.
    connected : bool
        Whether the target's output depends on the layer at all; if not, `gradients` are 0.
    outputs : ndarray, shape (C,)
        The model's output.
    target : int
        Index of the explained output.
    """

    activations: np.ndarray
    gradients: np.ndarray
    connected: bool
    outputs: np.ndarray
    target: int

    @property
    def score(self) -> float:
        """The model's own output for the target."""
        return float(self.outputs[self.target])


def capture(
    model: keras.Model, place: Place, doc: np.ndarray, choose: Callable[[np.ndarray], int]
) -> Capture:
    """Run `model` once on `doc`, shape (1, H, W, C), and return what its layer showed.

    Raises
    ------
    ValueError
        If the target lies outside the model's output, or the layer's output is no spatial map.
    """

    def choose_class(outputs: np.ndarray) -> int:
        if outputs.ndim != 2:
            raise ValueError(
                "Expected a model whose output holds one score for each class, shape "
                f"`(1, classes)`. Received: model `{model.name}` with output shape "
                f"{outputs.shape}. Explain a model that pools or flattens it to class scores."
            )
        return choose(outputs)

    activations, outputs, target, gradients = load_backend().capture(
        model, place.operation, doc, choose_class
    )
    if activations.ndim != 4:
        raise ValueError(
            f"Expected a layer with a spatial map, output shape `(1, height, width, channels)`. "
            f"Received: layer `{place.path}` with output shape {activations.shape}. "
            "Choose a convolution, or an activation or a pooling layer behind one."
        )
    connected = gradients is not None
    gradients = gradients if connected else np.zeros_like(activations)
    if data_format_of(model) == "channels_first":
        activations, gradients = (np.moveaxis(a, 1, -1) for a in (activations, gradients))
    return Capture(activations[0], gradients[0], connected, outputs[0], target)
