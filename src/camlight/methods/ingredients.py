"""What a method can ask a model for, by the name of a parameter."""

import math
from collections.abc import Sequence
from types import MappingProxyType

INGREDIENTS = MappingProxyType(
    {
        "activations": "ndarray (H, W, K): the output of the layer",
        "gradients": "ndarray (H, W, K): derivatives of the score by `activations`",
        "picture": "ndarray (H, W, C): what the model is given",
        "score_activations": "function: variants of `activations` (N, H, W, K), or a generator of "
        "them and their number, to scores (N,)",
        "score_pictures": "function: variants of `picture` (N, H, W, C), or a generator of them "
        "and their number, to scores (N,)",
        "attentions": "list of ndarray (heads, T, T): of each block how much of each token, the "
        "last axis, each takes",
        "attention_gradients": "list of ndarray (heads, T, T): derivatives by `attentions`",
        "token_grid": "tuple of int (h, w): how the patches, the last h * w of the T tokens, lie "
        "in the picture, row by row",
        "hessian_product": "function: direction (H, W, K), to the Hessian of the score by "
        "`activations` times it, (H, W, K)",
        "similar_gradients": "function: number N, to the `gradients` (N, H, W, K) of the N classes "
        "whose scores are nearest to the target's, or of fewer where there are no more",
        "class_weights": "ndarray (K,): the target's weights in the Dense layer behind pooling",
        "picture_gradients": "ndarray (H, W, C): derivatives of the score by `picture`",
        "gradients_of_pictures": "function: pictures (N, H, W, C) -> derivatives of their scores",
        "views_of_pictures": "function: pictures (N, H, W, C) -> `activations` and `gradients` "
        "of each, (N, h, w, K) both",
        "guided_gradients": "ndarray (H, W, C): `picture_gradients` that pass each ReLU only where "
        "they are positive",
        "bias_gradients": "list of ndarray (h, w, K): each bias of the model times the score's "
        "derivatives by it where it is added; (K,) where that is no map",
    }
)
"""Names and meanings. (H, W) is (L,) for a signal and (D, H, W) for a volume."""

SPECKLED = frozenset({"picture_gradients", "gradients_of_pictures", "guided_gradients"})
"""What gives each pixel a value of its own, of which a few outshine all others."""

_BY_ACTIVATIONS = {"gradients", "hessian_product", "similar_gradients", "views_of_pictures"}

DERIVATIVES = SPECKLED | _BY_ACTIVATIONS | {"attention_gradients", "bias_gradients"}
"""Derivatives of the score: 0, or rounding noise, where it is saturated."""

OF_THE_LAYER = frozenset(_BY_ACTIVATIONS | {"activations", "class_weights", "score_activations"})
"""A layer's: a method that asks for one of them makes a map for each layer."""

OF_THE_TARGET = DERIVATIVES | {"class_weights", "score_activations", "score_pictures"}
"""What depends on the target: a method that asks for none explains no target."""

SEEN_IN_ONE_RUN = frozenset(
    {"activations", "class_weights", "gradients", "hessian_product", "picture", "similar_gradients"}
)
"""What one forward pass shows anyway, or one more: too few to compile the model for it."""

NUMBERS = 2_500_000
"""So many are held at once: 16 pictures of 224 x 224 pixels, 10 MB in float32."""


def portion(shape: Sequence[int], most: int = 16) -> int:
    """Return how many arrays of a shape are held at once: so many, or fewer that are larger."""
    return max(1, min(most, NUMBERS // max(1, math.prod(shape))))
