"""What a method can ask a model for, by the name of a parameter."""

from types import MappingProxyType

__all__ = ["DERIVATIVES", "INGREDIENTS", "OF_THE_LAYER", "OF_THE_TARGET", "SEEN_IN_ONE_RUN"]

INGREDIENTS = MappingProxyType(
    {
        "activations": "ndarray (H, W, K): the output of the layer",
        "gradients": "ndarray (H, W, K): derivatives of the score by `activations`",
        "picture": "ndarray (H, W, C): what the model is given",
        "score_activations": "function: variants of `activations` (N, H, W, K), or a generator of "
        "them and their number, to the scores (N,) that the model goes on to",
        "score_pictures": "function: variants of `picture` (N, H, W, C), or a generator of them "
        "and their number, to their scores (N,)",
        "attentions": "list of ndarray (heads, T, T): of each block how much of each token of T, "
        "the last axis, each token takes",
        "attention_gradients": "list of ndarray (heads, T, T): derivatives of the score by "
        "`attentions`",
        "token_grid": "tuple of int (h, w): how the patches lie in the picture, row by row; the "
        "last h * w of the T tokens are these, and others stand in front of them",
    }
)
"""Names and meanings. (H, W) is (L,) for a signal and (D, H, W) for a volume."""

OF_THE_LAYER = frozenset({"activations", "gradients", "score_activations"})
"""Those that are a layer's: a method that asks for one of them makes a map for each layer."""

OF_THE_TARGET = frozenset(
    {"attention_gradients", "gradients", "score_activations", "score_pictures"}
)
"""Those that depend on the target: a method that asks for none explains no target."""

DERIVATIVES = frozenset({"gradients"})
"""Those that are derivatives of the score: 0, or rounding noise, where it is saturated."""

SEEN_IN_ONE_RUN = frozenset({"activations", "gradients", "picture"})
"""Those that the one run of the model shows anyway."""
