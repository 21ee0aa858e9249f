"""The JAX backend; the package's docstring says what each function promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

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

    A switch that changes nothing is put behind the operation. Differentiating by it records
    only what comes behind; going back, the gradient of the operation's output passes through.
    """
    spies: list[_Spy] = []
    inputs = keras.ops.convert_to_tensor(doc)

    def run(switch: jax.Array) -> jax.Array:
        def catch(output: jax.Array) -> jax.Array:
            spies.append(_Spy())
            return spies[-1](output, switch)

        of_input = isinstance(operation, keras.layers.InputLayer)
        with listening(model, operation, catch) as listen:
            return predict(model, listen(_floating(inputs)) if of_input else inputs)

    outputs, pull_back = jax.vjp(run, jnp.zeros(()))
    rows = to_numpy(outputs)
    target = choose(rows)
    pull_back(jnp.zeros_like(outputs).at[0, target].set(1))
    last = spies[-1]
    return (
        to_numpy(last.value),
        rows,
        target,
        None if last.gradient is None else to_numpy(last.gradient),
    )


def all_paths_cross(model: keras.Model, operation: keras.Operation, doc: np.ndarray) -> bool:
    """Say whether cutting the operation's output cuts the model's output from its input."""
    spy = _Spy()
    inputs = _floating(keras.ops.convert_to_tensor(doc))

    def run(switch: jax.Array) -> jax.Array:
        with tapped(operation, jax.lax.stop_gradient):
            return predict(model, spy(inputs, switch))

    outputs, pull_back = jax.vjp(run, jnp.zeros(()))
    pull_back(jnp.ones_like(outputs))
    return spy.gradient is None


class _Spy:
    """Passes an array on, and keeps it, and the gradient that comes back through it if one does."""

    def __init__(self) -> None:
        self.value: jax.Array | None = None
        self.gradient: jax.Array | None = None

    def __call__(self, array: jax.Array, switch: jax.Array) -> jax.Array:
        @jax.custom_vjp  # type: ignore[untyped-decorator] # JAX is not read here
        def pass_on(array: jax.Array, switch: jax.Array) -> jax.Array:
            return array

        def forward(array: jax.Array, switch: jax.Array) -> tuple[jax.Array, None]:
            self.value = array
            return array, None

        def backward(_: None, gradient: jax.Array) -> tuple[jax.Array, jax.Array]:
            self.gradient = gradient
            return gradient, jnp.zeros(())

        pass_on.defvjp(forward, backward)
        passed: jax.Array = pass_on(array, switch)
        return passed


def _floating(array: jax.Array) -> jax.Array:
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype("float32")


def to_numpy(array: Any) -> np.ndarray:
    """Return the array as NumPy's; half precision becomes float32."""
    half = array.dtype in (jnp.float16, jnp.bfloat16)
    return np.asarray(array.astype("float32") if half else array)
