"""On JAX, where Grad-CAM has no other implementation: the limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from .contender import Case, Contender, weighted_sum
from .ours import CAMLIGHT

__all__ = ["CONTENDERS"]


def eager_forward(case: Case) -> Callable[[], Any]:
    """Prepare the model called as it is."""
    return lambda: np.asarray(case.model(case.pictures, training=False))


def compiled_forward(case: Case) -> Callable[[], Any]:
    """Prepare the model compiled."""
    weights = _weights(case)
    function = jax.jit(lambda weights, pictures: _scores(case, weights, pictures))
    return lambda: np.asarray(function(weights, case.pictures))


def optimum(case: Case) -> Callable[[], Any]:
    """Prepare one compiled function that gives activations, scores and gradients."""
    weights, targets = _weights(case), np.array(case.targets)
    shape = case.keras_layer.output.shape[1:]

    def shown(weights: Any, pictures: jax.Array) -> Any:
        def forward(shift: jax.Array) -> Any:
            with _shifted(case.keras_layer, shift) as kept:
                scores = _scores(case, weights, pictures)
            return scores[:, targets].sum(axis=0), (kept[0], scores)

        nothing = jnp.zeros((len(pictures), *shape))
        totals, back, (activations, scores) = jax.vjp(forward, nothing, has_aux=True)
        [gradients] = jax.vmap(back)(jnp.eye(len(totals)))
        return activations, scores, gradients

    function = jax.jit(shown)

    def run() -> Any:
        activations, scores, gradients = map(np.asarray, function(weights, case.pictures))
        return scores, weighted_sum(activations, gradients)

    return run


def _weights(case: Case) -> Any:
    variables = case.model.trainable_variables, case.model.non_trainable_variables
    return [[variable.value for variable in part] for part in variables]


def _scores(case: Case, weights: Any, pictures: jax.Array) -> jax.Array:
    scores, _ = case.model.stateless_call(*weights, pictures, training=False)
    return scores


@contextmanager
def _shifted(layer: keras.layers.Layer, shift: jax.Array) -> Iterator[list[jax.Array]]:
    """Have the shift added to the layer's output; yield what holds that in the end."""
    call, kept = layer.call, []

    def shifted(*args: Any, **kwargs: Any) -> jax.Array:
        kept.append(call(*args, **kwargs))
        return kept[-1] + shift

    layer.call = shifted
    try:
        yield kept
    finally:
        layer.call = call


CONTENDERS = [
    Contender("eager forward", eager_forward),
    Contender("compiled forward", compiled_forward),
    Contender("optimum by hand", optimum, lambda given, case: given[1]),
    CAMLIGHT,
]
