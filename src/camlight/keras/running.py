"""Run a model as for a prediction, and leave it as it was."""

from __future__ import annotations

from typing import Any

import keras

__all__ = ["predict"]


def predict(model: keras.Model, inputs: Any) -> Any:
    """Return the model's output for `inputs`, the first one where it has several, as in ELI5.

    Seeds, counters and other variables that a layer may change while it runs stay as they are,
    and so do the losses of the model's last call. A model that isn't built yet is built by
    being called, as by any prediction.

    Parameters
    ----------
    model : keras.Model
    inputs : tensor of the backend

    Returns
    -------
    tensor of the backend
    """
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, (list, tuple, dict)):
        inputs = keras.tree.pack_sequence_as(structure, [inputs])
    if not model.built:
        model(inputs, training=False)
    with keras.StatelessScope():
        return keras.tree.flatten(_aside(inputs, model=model))[0]


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
