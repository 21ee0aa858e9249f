"""The attention of a vision transformer, or its gradients, gathered over all blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = ["legrad", "rollout"]


def rollout(
    attentions: Sequence[np.ndarray], token_grid: Sequence[int], *, reader: str | None = None
) -> np.ndarray:
    """Attention rollout: how much of each patch reaches the token that the model reads.

    Parameters
    ----------
    attentions : sequence of ndarray, each of shape (heads, T, T)
        Of each block, the first one first: how much of token j token i takes, at ``[head, i, j]``.
    token_grid : (h, w)
        How the patches lie in the picture; they are the last h * w of the T tokens.
    reader : {"first", "mean"}, optional
        Which tokens the model reads: the first one, a class token, or the mean of all. By default
        the first one where tokens stand in front of the patches, else the mean.

    Returns
    -------
    ndarray of float64, shape (h, w)
        Shares of the patches, none negative; with those of the tokens in front they add up to 1.

    Raises
    ------
    ValueError
        If `reader` is something else.

    Notes
    -----
    - Formula: ``M_L ... M_2 M_1``, where ``M = 0.5 * A + 0.5 * I``, its rows scaled to add up to 1,
      and A is a block's attention, the mean of its heads (section 3): one half of a token passes
      the block by on its residual path. The map is the row of the token that is read.
    - Paper: Abnar and Zuidema, "Quantifying Attention Flow in Transformers", 2020,
      https://arxiv.org/abs/2005.00928.
    - Assumes: that the blocks follow one another, that each adds its attention to what it was
      given, and that this sum is an even one; values, projections and other layers are left out.
    - Cost: two forward passes. Needs no gradient.
    - Fails: to answer for a target: it knows none, and all have the same map. Tokens that all
      others attend to, such as registers or some background patches, shine without being evidence.
    - Advice: to see where attention goes, not what speaks for a class. It isn't in the docs' study
      of methods, whose networks are no transformers.

    Examples
    --------
    >>> attention = np.array([[[0.0, 0.8, 0.2], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]])
    >>> rollout([attention, attention], (1, 2))
    array([[0.6 , 0.15]])
    """
    if reader not in (None, "first", "mean"):
        raise ValueError(f'Expected `reader` to be "first" or "mean". Received: {reader!r}.')
    count = attentions[0].shape[-1]
    if reader is None:
        reader = "mean" if count == math.prod(token_grid) else "first"
    share = np.full(count, 1 / count) if reader == "mean" else np.eye(count)[0]
    for attention in reversed(attentions):
        mixed = 0.5 * attention.mean(axis=0, dtype=np.float64) + 0.5 * np.eye(count)
        # not `@`: OpenBLAS's threads go on spinning for a while and slow the next run of the model
        share = np.einsum("i,ij->j", share, mixed / mixed.sum(axis=1, keepdims=True))
    return share[-math.prod(token_grid) :].reshape(token_grid)


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
        The mean over blocks, heads and queries of the gradients' positive part; never negative.

    Notes
    -----
    - Formula: ``mean over blocks, heads and queries of relu(G)``, G the derivatives of the score by
      a block's attention. A variant: in all blocks the score is the one at the model's output. The
      paper takes for each block the score that the head would give to this very block's tokens; a
      Keras model doesn't tell where its head begins. For the last block both are the same; in
      earlier ones, the later blocks' effect counts too.
    - Paper: Bousselham et al., "LeGrad: An Explainability Method for Vision Transformers via
      Feature Formation Sensitivity", 2024, https://arxiv.org/abs/2404.03214.
    - Assumes: that evidence shows in attention: other layers count only through the gradient.
    - Cost: two forward passes and the way back through all blocks.
    - Fails: behind a saturated softmax, where gradients vanish. Gradients against the target are
      lost before the mean is taken, so that ``counterfactual=True`` isn't the negative of the map.
    - Advice: explain the score before the softmax, with ``pre_softmax=True``. It isn't in the docs'
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
