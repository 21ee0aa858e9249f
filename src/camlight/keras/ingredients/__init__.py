"""What a method asks for, got from the model when it asks.

For each name in `camlight.methods.INGREDIENTS` one function, from a `Scene` to the value.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from camlight._lazy import LazyTable
from camlight.keras.arrays import copied

from .scene import Scene

__all__ = ["Scene", "provider"]

_PROVIDERS = LazyTable(
    __name__,
    {
        "activations": "layer.activations",
        "attention_gradients": "attention.attention_gradients",
        "attentions": "attention.attentions",
        "bias_gradients": "biases.bias_gradients",
        "class_weights": "class_weights.class_weights",
        "gradients": "layer.gradients",
        "gradients_of_pictures": "pictures.gradients_of_pictures",
        "guided_gradients": "guided.guided_gradients",
        "hessian_product": "curvature.hessian_product",
        "picture": "variants.picture",
        "picture_gradients": "pictures.picture_gradients",
        "score_activations": "variants.score_activations",
        "score_pictures": "variants.score_pictures",
        "similar_gradients": "similar.similar_gradients",
        "token_grid": "attention.token_grid",
        "views_of_pictures": "pictures.views_of_pictures",
    },
)


def provider(scene: Scene) -> Callable[[str], Any]:
    """Return the function from an ingredient's name to its value in the scene."""
    return partial(_provide, scene)


def _provide(scene: Scene, name: str) -> Any:
    found = _PROVIDERS[name](scene)
    # a function of the user's may write to what it is given
    return found if scene.question.method.is_known else copied(found)
