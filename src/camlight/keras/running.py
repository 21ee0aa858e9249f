"""Run a model as for a prediction, and leave it as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import keras
import numpy as np

from .tap import tapped, without_remat

__all__ = ["build", "outputs_of", "predict"]


def build(model: keras.Model, doc: np.ndarray) -> None:
    """Build `model`, if it isn't yet, by calling it on `doc`, as any prediction would."""
    if model.layers and not model.built:
        with _noted(model, doc.shape):
            model(doc, training=False)


def predict(model: keras.Model, inputs: Any) -> Any:
    """Return the output of a built model, the first one where it has several, as in ELI5.

    Seeds, counters and other variables that a layer may change while it runs stay as they are,
    and so do the losses of the model's last call.

    Parameters
    ----------
    model : keras.Model
    inputs : tensor of the backend

    Returns
    -------
    tensor of the backend
    """
    shape = tuple(inputs.shape)
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, (list, tuple, dict)):
        inputs = keras.tree.pack_sequence_as(structure, [inputs])
    with _noted(model, shape), keras.StatelessScope(), without_remat(model):
        return keras.tree.flatten(_aside(inputs, model=model))[0]


def outputs_of(
    model: keras.Model, operations: Iterable[keras.Operation], doc: np.ndarray
) -> list[tuple[keras.Operation, tuple[int, ...]]]:
    """Run a built model once; return the operations that gave a tensor of their own.

    Each comes with the shape of its output, in the order in which they finished. An operation
    that only passes another one's output on, as a model does with its last layer's, is left out.
    """
    finished: list[tuple[keras.Operation, Any]] = []

    def note(operation: keras.Operation, output: Any) -> Any:
        passed_on = any(output is earlier for _, earlier in finished)
        if keras.ops.is_tensor(output) and not passed_on:
            finished.append((operation, output))
        return output

    with ExitStack() as stack:
        for operation in operations:
            stack.enter_context(tapped(operation, partial(note, operation)))
        predict(model, keras.ops.convert_to_tensor(doc))
    return [(operation, tuple(output.shape)) for operation, output in finished]


@contextmanager
def _noted(model: keras.Model, shape: tuple[int, ...]) -> Iterator[None]:
    """Add to an error from inside the model where it came from, and leave its type as it is."""
    try:
        yield
    except Exception as error:
        error.add_note(
            f"This happened inside model `{model.name}`, which camlight ran on an input of shape "
            f"{shape} as for a prediction. See whether `model(doc)` does the same."
        )
        raise


class _Aside(keras.layers.Layer):  # type: ignore[misc] # keras ships no types
    """Calls a model as a part of something larger.

    A model that is called by itself first forgets the losses of its last call, which the user,
    or a training loop in another thread, may still want.
    """

    def __init__(self) -> None:
        super().__init__(dtype="float32", autocast=False, name="camlight")
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True

    def call(self, inputs: Any, model: keras.Model) -> Any:
        return model(inputs, training=False)


_aside = _Aside()
