"""One module for each Keras backend; each is the only one that imports its framework.

A backend module has three functions. The first two take a built model and a NumPy array, run the
model once as for a prediction, and leave it as it was:

``capture(model, operation, doc, choose)``
    Returns ``(activations, outputs, target, gradients)``: the operation's output, the model's
    output, the index that ``choose(outputs)`` picked, and the derivatives of
    ``outputs[0, target]`` with respect to the activations, None where there is no dependence.
    An operation that is called more than once is caught in its last call.
``all_paths_cross(model, operation, doc)``
    Says whether the output depends on the input through the operation alone.
``to_numpy(tensor)``
    Returns a tensor of the framework as a NumPy array, half precision as float32.
"""

from importlib import import_module
from types import ModuleType

import keras

__all__ = ["load_backend"]

_BACKENDS = {
    "jax": "camlight.keras.backends.jax",
    "tensorflow": "camlight.keras.backends.tensorflow",
    "torch": "camlight.keras.backends.torch",
}


def load_backend() -> ModuleType:
    """Return the module for the backend that Keras runs on in this process.

    Raises
    ------
    NotImplementedError
        For a backend that camlight has no module for.
    """
    name = keras.config.backend()
    if name not in _BACKENDS:
        raise NotImplementedError(
            f"Expected Keras to run on one of these backends: {', '.join(_BACKENDS)}. "
            f"Received: keras.config.backend() == {name!r}. Set the environment variable "
            "KERAS_BACKEND=tensorflow before Keras is imported."
        )
    return import_module(_BACKENDS[name])
