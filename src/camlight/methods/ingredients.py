"""What a method can ask a model for, by the name of a parameter."""

from types import MappingProxyType

__all__ = ["DERIVATIVES", "INGREDIENTS", "OF_THE_LAYER", "OF_THE_TARGET", "SEEN_IN_ONE_RUN"]

INGREDIENTS = MappingProxyType(
    {
        "activations": "ndarray (H, W, K): the output of the layer",
        "gradients": "ndarray (H, W, K): derivatives of the score by `activations`",
        "hessian_product": "function: direction (H, W, K), to the second derivatives of the score "
        "by `activations` times it, (H, W, K)",
        "similar_gradients": "function: number N, to the `gradients` (N, H, W, K) of the classes "
        "whose scores are nearest to the target's",
        "class_weights": "ndarray (K,): the target's weights in the Dense layer behind pooling",
    }
)
"""Names and meanings. (H, W) is (L,) for a signal and (D, H, W) for a volume."""

OF_THE_LAYER = frozenset(
    {"activations", "gradients", "hessian_product", "similar_gradients", "class_weights"}
)
"""Those that are a layer's: a method that asks for one of them makes a map for each layer."""

OF_THE_TARGET = frozenset({"gradients", "hessian_product", "similar_gradients", "class_weights"})
"""Those that depend on the target: a method that asks for none explains no target."""

DERIVATIVES = frozenset({"gradients", "hessian_product", "similar_gradients"})
"""Those that are derivatives of the score: 0, or rounding noise, where it is saturated."""

SEEN_IN_ONE_RUN = frozenset(
    {"activations", "gradients", "hessian_product", "similar_gradients", "class_weights"}
)
"""Those that the one run of the model shows anyway, or one more: too few to compile it for."""
