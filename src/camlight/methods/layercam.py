"""LayerCAM: each place weighted by its own gradient, where that is positive."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .fusion import fused_by, same_size

__all__ = ["layercam", "strongest_layer"]


def strongest_layer(maps: Sequence[np.ndarray]) -> np.ndarray:
    """Return the maximum over layers of their maps, each brought to a scale of its own first.

    Parameters
    ----------
    maps : sequence of ndarray, each of shape (H, W), (L,) or (D, H, W)

    Returns
    -------
    ndarray of float64, of the shape of the finest map
        ``tanh(2 * M / max(M))`` of the positive part M of each, enlarged to the finest grid, and
        of these the largest at each place: from 0 to tanh(2), no longer in units of score.
        A single map is returned as it is.

    Notes
    -----
    Section III-C of the paper, with its gamma of 2. The paper squeezes the maps of shallow layers
    so; here every layer's is, for only then can they be compared. A layer that found little has
    as much say as one that found much.

    Examples
    --------
    >>> strongest_layer([np.array([[1.0]]), np.array([[0.0, 50.0]])]).round(2)
    array([[0.96, 0.96]])
    """
    if len(maps) == 1:
        return maps[0].astype(np.float64, copy=False)
    strongest: np.ndarray = np.max([_squeezed(signed) for signed in same_size(maps)], axis=0)
    return strongest


def _squeezed(signed: np.ndarray) -> np.ndarray:
    positive: np.ndarray = np.maximum(signed, 0.0)
    peak = positive.max()
    if not (np.isfinite(peak) and peak > 0.0):
        return positive
    squeezed: np.ndarray = np.tanh(2.0 * positive / peak)
    return squeezed


@fused_by(strongest_layer)
def layercam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """LayerCAM: activations times their positive gradients, added up over the channels.

    Parameters
    ----------
    activations, gradients : ndarray, shape (H, W, K)

    Returns
    -------
    ndarray of float64, shape (H, W)
        The map of one layer; negative only where activations are (equation 6, before its ReLU).
        Several layers are fused by `strongest_layer`, as the paper does.

    Notes
    -----
    Formula: ``sum_k relu(g_k) * A_k``, place by place (equation 6). Several layers: the maximum of
    ``tanh(2 * M / max(M))`` over their maps M.

    Paper: Jiang et al., "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization",
    IEEE Transactions on Image Processing 30, 2021, https://doi.org/10.1109/TIP.2021.3089943.

    Assumes: that evidence against the target may be left out. Made for shallow layers, whose
    gradients differ from place to place so much that their mean says little.

    Cost: one forward pass and the way back to the layer, as Grad-CAM.

    Fails: to tell classes apart that share channels: what they share counts fully, since nothing is
    taken off. Behind a global average it is Grad-CAM of the channels that speak for the target
    alone.

    Advice: in the middle of a network, for the shape of a thing: in the docs' study 0.84 of its map
    lay on a lone thing there, and 0.72 on the right one of two photos, but at the last layer no
    more than 0.63.

    Examples
    --------
    >>> layercam(np.array([[[1.0, 2.0], [0.0, 3.0]]]), np.array([[[1.0, -1.0], [5.0, 2.0]]]))
    array([[1., 6.]])
    """
    positive = np.maximum(gradients, 0.0)
    signed: np.ndarray = np.einsum("...k,...k->...", activations, positive, dtype=np.float64)
    return signed
