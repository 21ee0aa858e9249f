"""The JAX backend; the package's docstring says what each function promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from camlight.keras.errors import inside
from camlight.keras.places import Place
from camlight.keras.running import Answer, Run, predict

from . import Captured, Choose
from .listening import floating, listening

__all__ = ["all_paths_cross", "capture", "to_numpy"]


def capture(run: Run, places: Sequence[Place], choose: Choose) -> Captured:
    """Catch activations, answer and gradients in one forward pass.

    A switch that changes nothing is put behind the operations. Differentiating by it records
    only what comes behind; going back, the gradients of their outputs pass through.
    """
    heard: list[tuple[list[_Spy], Answer]] = []

    def forward(switch: jax.Array) -> tuple[jax.Array, jax.Array]:
        def catch(output: jax.Array) -> tuple[_Spy, jax.Array]:
            spy = _Spy()
            return spy, spy(output, switch)

        with listening(run, places, catch) as ears:
            answer = predict(run, ears.inputs())
        heard.append((ears.kept, answer))
        return answer.scores, answer.output

    traced, pull_back, output = jax.vjp(forward, jnp.zeros(()), has_aux=True)
    spies, answer = heard[-1]
    answer = replace(answer, scores=traced, output=output)
    scores, gradients = [], []
    for score in choose(answer.map(to_numpy)):
        value, back = jax.vjp(score, answer.scores)
        scores.append(value)
        for spy in spies:
            spy.gradient = None
        with inside(run.model, run.inputs, "differentiated"):
            pull_back(*back(jnp.ones_like(value)))
        gradients.append([spy.gradient for spy in spies])
    return Captured.of(to_numpy, answer, [spy.value for spy in spies], scores, gradients)


def all_paths_cross(run: Run, place: Place) -> bool:
    """Say whether cutting the operation's output cuts the model's output from its input."""
    spy = _Spy()
    tensors = run.tensors
    picture = floating(tensors[run.picture])

    def forward(switch: jax.Array) -> jax.Array:
        tensors[run.picture] = spy(picture, switch)
        with listening(run, [place], lambda output: (None, jax.lax.stop_gradient(output))):
            return predict(run, tensors).scores

    scores, pull_back = jax.vjp(forward, jnp.zeros(()))
    pull_back(jnp.ones_like(scores))
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


def to_numpy(array: Any) -> np.ndarray:
    """Return the array as NumPy's; half precision becomes float32."""
    half = array.dtype in (jnp.float16, jnp.bfloat16)
    return np.asarray(array.astype("float32") if half else array)
