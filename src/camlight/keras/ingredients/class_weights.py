"""The head's own weights for a class, where they belong to the layer that is explained."""

from __future__ import annotations

import keras
import numpy as np

from camlight.keras.backends import load_backend
from camlight.keras.errors import form_of
from camlight.keras.graph import calls_of, in_a_line, is_graph, structure_of
from camlight.keras.head import ending, passes_on
from camlight.keras.outputs import choose_output

from .scene import Scene

__all__ = ["class_weights"]

_POOLING = (
    keras.layers.GlobalAveragePooling1D,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.GlobalAveragePooling3D,
)


def class_weights(scene: Scene) -> np.ndarray:
    """Return the target's weights in the Dense layer behind global average pooling, shape (K,).

    Raises
    ------
    ValueError
        If the target is a function, or the layer goes another way to the output.
    """
    index = scene.target.index
    if index is None:
        raise _refusal(
            scene, f"the function `{scene.target.label}` as target, which has no weights"
        )
    kernel = keras.ops.convert_to_tensor(_dense_behind(scene).kernel)
    weights: np.ndarray = load_backend().to_numpy(kernel)[:, index]
    return scene.sign * weights


def _dense_behind(scene: Scene) -> keras.layers.Dense:
    """Return the one Dense layer between the layer's global average and the output."""
    model, place = scene.run.model, scene.view.place
    if not is_graph(model):
        raise _refusal(scene, f"{form_of(model)}, which has no graph that shows the way")
    if len(calls_of(model, place.operation)) > 1:
        raise _refusal(scene, f"layer `{place.path}`, which is called several times")
    line = in_a_line(choose_output(model, structure_of(model), scene.run.output).tensor)
    dense = next((op for op in line if not (_is_softmax(op) or _lets_through(op))), None)
    if not isinstance(dense, keras.layers.Dense):
        raise _refusal(scene, f"an output that comes from {_called(dense)}")
    if not (ending(dense) or dense.activation is keras.activations.linear):
        raise _refusal(scene, f"{_called(dense)} with an activation of its own")
    if dense.quantization_mode:
        raise _refusal(scene, f"{_called(dense)} with quantized weights")
    pooling = next((op for op in line if not _lets_through(op)), None)
    if not isinstance(pooling, _POOLING):
        raise _refusal(scene, f"{_called(dense)} behind {_called(pooling)}")
    for operation in line:
        if operation is place.operation:
            return dense
        if not _lets_through(operation):
            raise _refusal(
                scene,
                f"layer `{place.path}`, while what is pooled is the output of {_called(operation)}",
                f"that layer, `layer={operation.name!r}`, or ",
            )
    raise _refusal(scene, f"layer `{place.path}`, which isn't what is pooled")


def _is_softmax(operation: keras.Operation) -> bool:
    return not isinstance(operation, keras.layers.Dense) and ending(operation) is not None


def _lets_through(operation: keras.Operation) -> bool:
    return is_graph(operation) or passes_on(operation)


def _called(operation: keras.Operation | None) -> str:
    if operation is None:
        return "no layer"
    return f"layer `{operation.name}` ({type(operation).__name__})"


def _refusal(scene: Scene, received: str, other: str = "") -> ValueError:
    return ValueError(
        f"Expected, along with method `{scene.question.method.name}`, a layer that goes through "
        f"global average pooling and one Dense layer to the output of model "
        f"`{scene.run.model.name}`. Received: {received}. Choose {other}method `gradcam`, which "
        "needs no such form, and gives the same map where a model has it."
    )
