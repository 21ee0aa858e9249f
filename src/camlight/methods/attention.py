"""The attention of a vision transformer, or its gradients, gathered over all blocks."""

import math
from collections.abc import Sequence

import numpy as np


def rollout(
    attentions: Sequence[np.ndarray], token_grid: Sequence[int], *, reader: str | None = None
) -> np.ndarray:
    """Attention rollout: how much of each patch reaches the token that the model reads.

    Parameters
    ----------
    attentions : sequence of ndarray, each of shape (heads, T, T)
        Of each block, the first one first.
    token_grid : (h, w)
    reader : {"first", "mean"}, optional
        Which tokens the model reads: the first, a class token, or the mean of all. By default the
        first where tokens stand in front of the patches, else the mean.

    Returns
    -------
    ndarray of float64, shape (h, w)
        Shares of the patches, none negative; with those of the other tokens they add up to 1.

    Raises
    ------
    ValueError
        If `reader` is something else.

    Notes
    -----
    - Formula: ``M_L ... M_2 M_1``, of it the row of the token that is read. ``M = (A + I) / 2``,
      rows scaled to add up to 1; A is the mean of a block's heads (section 3).
    - Paper: Abnar and Zuidema, "Quantifying Attention Flow in Transformers", 2020,
      https://arxiv.org/abs/2005.00928.
    - Assumes: blocks in a row, each adding its attention evenly to what it was given.
    - Cost: two forward passes. Needs no gradient.
    - Fails: to answer for a target: all have the same map. Tokens that all others attend to, such
      as registers or some background patches, shine without being evidence.
    - Advice: to see where attention goes, not what speaks for a class. Not in the docs' study.

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
    token_grid : (h, w)

    Returns
    -------
    ndarray of float64, shape (h, w)
        The mean over blocks, heads and queries of the gradients' positive part; never negative.

    Notes
    -----
    - Formula: ``mean over blocks, heads and queries of relu(G)``, G the derivatives by a block's
      attention of the model's score; the paper's is what the head would give to the block's tokens.
    - Paper: Bousselham et al., "LeGrad", 2024, https://arxiv.org/abs/2404.03214.
    - Assumes: that evidence shows in attention: other layers count only through the gradient.
    - Cost: two forward passes and the way back through all blocks.
    - Fails: behind a saturated softmax, where gradients vanish. What speaks against the target is
      lost before the mean, so ``counterfactual=True`` isn't the negative of the map.
    - Advice: pass ``pre_softmax=True``. Not in the docs' study.

    Examples
    --------
    >>> gradients = np.array([[[0.0, 3.0, -9.0], [0.0, 6.0, 3.0], [9.0, 0.0, 0.0]]])
    >>> legrad([gradients], (1, 2))
    array([[3., 1.]])
    """
    positive = [np.maximum(gradients, 0) for gradients in attention_gradients]
    blocks = [one.mean(axis=(0, 1), dtype=np.float64) for one in positive]
    tokens: np.ndarray = np.mean(blocks, axis=0)
    return tokens[-math.prod(token_grid) :].reshape(token_grid)
