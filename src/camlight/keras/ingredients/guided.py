"""Guided backpropagation: gradients that pass a ReLU only where they are positive."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras.src.backend import nn

from camlight.keras.memory import Plan
from camlight.keras.places import PICTURE
from camlight.keras.running import predict
from camlight.keras.tap import Detour, detoured

from .pictures import gradient_of
from .runs import shown
from .scene import Scene
from .variants import picture

__all__ = ["guided_gradients"]


def guided_gradients(scene: Scene) -> np.ndarray:
    """Return what guided backpropagation gives of the picture, shape (H, W, C).

    ReLUs are heard where Keras hands them to its backend, whatever layer, activation or function
    of ``keras.ops`` they come from.

    Raises
    ------
    ValueError
        If the model runs through none.
    """
    _check_relus(scene)
    with detoured(nn, dict.fromkeys(_RELUS, _one_way(scene.sign))):
        [one] = shown(scene, [PICTURE], picture(scene)[np.newaxis], f"guided {scene.sign}")
    return gradient_of(scene, one.gradients[0][0])


_RELUS = ("relu", "relu6")


def _one_way(sign: int) -> Detour:
    """Return what stands for a ReLU: its way back is for gradients that are positive times `sign`.

    The way back through the ReLU itself then leaves those where its input is positive.
    """

    @keras.ops.custom_gradient  # type: ignore[untyped-decorator] # Keras ships no types
    def pass_on(tensor: Any) -> tuple[Any, Any]:
        def back(*arguments: Any, upstream: Any = None) -> Any:
            gradient = arguments[0] if upstream is None else upstream
            return sign * keras.ops.maximum(sign * gradient, 0)

        return tensor, back

    return lambda original, *args, **kwargs: pass_on(original(*args, **kwargs))


def _check_relus(scene: Scene) -> None:
    """Raise ValueError unless the model runs through a ReLU; it is run once to find out."""

    def make() -> Plan:
        heard: list[Any] = []

        def hear(original: Any, *args: Any, **kwargs: Any) -> Any:
            heard.append(original)
            return original(*args, **kwargs)

        with detoured(nn, dict.fromkeys(_RELUS, hear)):
            predict(scene.run, scene.run.tensors)
        if heard:
            return scene.plan
        raise ValueError(
            f"Expected a model with ReLU along with method `{scene.question.method.name}`, which "
            f"changes the way back through them. Received: model `{scene.run.model.name}`, which "
            'runs through none of Keras. Choose a method that works without, such as "smoothgrad".'
        )

    scene.remembered(("with ReLU", scene.run.output), make)
