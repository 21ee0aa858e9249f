"""LeGrad: the gradients of a vision transformer's attention, over all its blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = ["legrad"]


def legrad(attention_gradients: Sequence[np.ndarray], token_grid: Sequence[int]) -> np.ndarray:
    """LeGrad: how much the score gains when more attention goes to a patch, over all blocks.

    Parameters
    ----------
    attention_gradients : sequence of ndarray, each of shape (heads, T, T)
        Derivatives of the score by the attention of each block: at ``[head, i, j]`` by how much of
        token j token i takes.
    token_grid : (h, w)
        How the patches lie in the picture; they are the last h * w of the T tokens.

    Returns
    -------
    ndarray of float64, shape (h, w)
        None of it negative: the mean, over blocks, heads and queries, of the gradients' positive
        part.

    Notes
    -----
    Formula: ``mean over blocks, heads and queries of relu(G)``, G the derivatives of the score by a
    block's attention. A variant: the score is the model's own, the one at its output, in all
    blocks. The paper takes for each block the score that the tokens behind this very block would
    get, were they given to the model's head at once; a Keras model doesn't tell where that stream
    of tokens ends and its head begins. For the last block both are the same. In earlier ones, the
    model's score counts the later blocks' effect too.

    Paper: Bousselham et al., "LeGrad: An Explainability Method for Vision Transformers via Feature
    Formation Sensitivity", 2024, https://arxiv.org/abs/2404.03214.

    Assumes: that attention itself is where evidence shows: what the other layers do counts only
    through the gradient.

    Cost: two forward passes and the way back through all blocks.

    Fails: behind a saturated softmax, where gradients vanish. Gradients against the target are lost
    in each cell of attention, before the mean is taken, so that ``counterfactual=True`` isn't the
    negative of the map.

    Advice: explain the score before the softmax, with ``pre_softmax=True``. It isn't in the docs'
    study of methods, whose networks are no transformers.

    Examples
    --------
    >>> gradients = np.array([[[0.0, 3.0, -9.0], [0.0, 6.0, 3.0], [9.0, 0.0, 0.0]]])
    >>> legrad([gradients], (1, 2))
    array([[3., 1.]])
    """
    blocks = [
        np.maximum(gradients, 0).mean(axis=(0, 1), dtype=np.float64)
        for gradients in attention_gradients
    ]
    tokens: np.ndarray = np.mean(blocks, axis=0)
    return tokens[-math.prod(token_grid) :].reshape(token_grid)
