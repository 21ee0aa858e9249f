"""The TensorFlow backend; the package's docstring says what each function promises."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from camlight.keras.running import predict
from camlight.keras.tap import tapped

from .listening import listening

__all__ = ["all_paths_cross", "capture", "to_numpy"]


def capture(
    model: keras.Model,
    operation: keras.Operation,
    doc: np.ndarray,
    choose: Callable[[np.ndarray], int],
) -> tuple[np.ndarray, np.ndarray, int, np.ndarray | None]:
    """Catch activations, outputs and gradients in one forward pass.

    The tape watches nothing before the operation's output appears, so only the part of the
    model behind it is recorded.
    """
    caught: list[tf.Tensor] = []
    inputs = tf.convert_to_tensor(doc)
    with tf.GradientTape(watch_accessed_variables=False) as tape:

        def catch(output: tf.Tensor) -> tf.Tensor:
            # a tensor of its own, so that others who read the same one stay out of the gradient
            output = tf.identity(output)
            tape.watch(output)
            caught.append(output)
            return output

        with listening(model, operation, catch) as listen:
            if isinstance(operation, keras.layers.InputLayer):
                inputs = listen(inputs)
            outputs = predict(model, inputs)
        rows = to_numpy(outputs)
        target = choose(rows)
        score = outputs[0, target]
    gradients = tape.gradient(score, caught[-1])
    return to_numpy(caught[-1]), rows, target, None if gradients is None else to_numpy(gradients)


def all_paths_cross(model: keras.Model, operation: keras.Operation, doc: np.ndarray) -> bool:
    """Say whether cutting the operation's output cuts the model's output from its input."""
    inputs = tf.convert_to_tensor(doc, dtype=keras.config.floatx())
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        with tapped(operation, lambda output: tf.nest.map_structure(tf.stop_gradient, output)):
            outputs = predict(model, inputs)
    return tape.gradient(outputs, inputs) is None


def to_numpy(tensor: tf.Tensor) -> np.ndarray:
    """Return the tensor as an array; half precision becomes float32."""
    half = tensor.dtype in (tf.float16, tf.bfloat16)
    array: np.ndarray = (tf.cast(tensor, tf.float32) if half else tensor).numpy()
    return array
