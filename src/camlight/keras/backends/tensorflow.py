"""The TensorFlow backend; the package's docstring says what each function promises."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from camlight.keras.errors import inside
from camlight.keras.places import Place
from camlight.keras.running import Run, predict

from . import Captured, Choose
from .listening import floating, listening

__all__ = ["all_paths_cross", "capture", "to_numpy"]


def capture(run: Run, places: Sequence[Place], choose: Choose) -> Captured:
    """Catch activations, answer and gradients in one forward pass.

    The tape watches nothing before an output of the places appears, so only the part of the
    model behind it is recorded.
    """
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:

        def catch(output: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            # a tensor of its own, so that others who read the same one stay out of the gradient
            output = tf.identity(output)
            tape.watch(output)
            return output, output

        with listening(run, places, catch) as ears:
            answer = predict(run, ears.inputs())
        scores = [score(answer.scores) for score in choose(answer.map(to_numpy))]
    kept = ears.kept
    with inside(run.model, run.inputs, "differentiated"):
        gradients = [tape.gradient(score, kept) for score in scores]
    return Captured.of(to_numpy, answer, kept, scores, gradients)


def all_paths_cross(run: Run, place: Place) -> bool:
    """Say whether cutting the operation's output cuts the model's output from its input."""
    tensors = run.tensors
    tensors[run.picture] = floating(tensors[run.picture])
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(tensors[run.picture])
        with listening(run, [place], lambda output: (None, tf.stop_gradient(output))):
            answer = predict(run, tensors)
    return tape.gradient(answer.scores, tensors[run.picture]) is None


def to_numpy(tensor: tf.Tensor) -> np.ndarray:
    """Return the tensor as an array; half precision becomes float32."""
    tensor = tf.convert_to_tensor(tensor)  # from slices, as gathering gives them
    half = tensor.dtype in (tf.float16, tf.bfloat16)
    array: np.ndarray = (tf.cast(tensor, tf.float32) if half else tensor).numpy()
    return array
