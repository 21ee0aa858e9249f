"""The cells of a layer, each with its own gradients, or along the pattern the channels share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .maps import fused_by, same_size

__all__ = ["eigencam", "eigengradcam", "hirescam", "layercam", "strongest_layer"]


def hirescam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """HiResCAM: activations times their gradients, added up over the channels.

    Parameters
    ----------
    activations, gradients : ndarray, shape (H, W, K)

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map. Where the model ends in ``Flatten`` and one ``Dense`` layer, its sum and
        that layer's bias are the score (section 3.3).

    Notes
    -----
    - Formula: ``sum_k g_k * A_k``, cell by cell.
    - Paper: Draelos and Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations of
      convolutional neural networks", 2020, https://arxiv.org/abs/2011.08891.
    - Assumes: that what a cell contributes is its activation times its gradient: exact where only
      linear layers or ReLU without biases follow.
    - Cost: one forward pass and the way back to the layer, as Grad-CAM.
    - Fails: to differ from Grad-CAM where the layer is averaged over its cells and goes into one
      ``Dense`` layer: there the two are the same. In shallow layers the map is speckled: gradients
      jump from cell to cell.
    - Advice: the one to take in the middle of a network: in the docs' study 0.76 of its map lay on
      the right one of two photos there, Grad-CAM's had 0.59, chance 0.50.

    Examples
    --------
    >>> hirescam(np.array([[[1.0, 2.0], [0.0, 3.0]]]), np.array([[[1.0, -1.0], [5.0, 2.0]]]))
    array([[-1.,  6.]])
    """
    signed: np.ndarray = np.einsum("...k,...k->...", activations, gradients, dtype=np.float64)
    return signed


def strongest_layer(maps: Sequence[np.ndarray]) -> np.ndarray:
    """Return the maximum over layers of ``tanh(2 * M / max(M))``, M the positive part of each map.

    So says section III-C of LayerCAM's paper, with its gamma of 2, of shallow layers; here every
    layer is squeezed so, for only then can they be compared, and one that found little has as much
    say as one that found much. A single map is returned as it is.
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
    - Formula: ``sum_k relu(g_k) * A_k``, cell by cell (equation 6). Several layers: the maximum of
      ``tanh(2 * M / max(M))`` over their maps M.
    - Paper: Jiang et al., "LayerCAM: Exploring Hierarchical Class Activation Maps for
      Localization", IEEE Transactions on Image Processing 30, 2021,
      https://doi.org/10.1109/TIP.2021.3089943.
    - Assumes: that evidence against the target may be left out. Made for shallow layers, whose
      gradients differ from cell to cell so much that their mean says little.
    - Cost: one forward pass and the way back to the layer, as Grad-CAM.
    - Fails: to tell classes apart that share channels: what they share counts fully. Behind a
      global average it is Grad-CAM of the channels that speak for the target alone.
    - Advice: in the middle of a network, for the shape of a thing: in the docs' study 0.84 of its
      map lay on a lone thing there, and 0.72 on the right one of two photos, but at the last layer
      no more than 0.63.

    Examples
    --------
    >>> layercam(np.array([[[1.0, 2.0], [0.0, 3.0]]]), np.array([[[1.0, -1.0], [5.0, 2.0]]]))
    array([[1., 6.]])
    """
    return hirescam(activations, np.maximum(gradients, 0.0))


def eigengradcam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """EigenGradCAM: the pattern that the channels share most, once each cell is weighted.

    Parameters
    ----------
    activations, gradients : ndarray, shape (H, W, K)

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map.

    Notes
    -----
    - Formula: ``(g * A) v``: Eigen-CAM of the activations times their gradients, v the first right
      singular vector of that matrix. The sign is taken such that the map agrees with HiResCAM, the
      plain sum over the channels: positive speaks for the target.
    - Paper: none; it comes from the package grad-cam
      (https://github.com/jacobgil/pytorch-grad-cam), which centres the matrix first and lets the
      sign fall as it may.
    - Assumes: that one pattern carries most of the evidence.
    - Cost: one forward pass, the way back to the layer, and the singular values of an (H * W, K)
      matrix.
    - Fails: where evidence for and against is about as strong: then the strongest pattern is nearly
      orthogonal to their sum, and its sign says little.
    - Advice: worth a look in the middle of a network, where in the docs' study 0.76 of its map lay
      on the right one of two photos, as of HiResCAM's. At the last layer it was worse than
      Grad-CAM, by 0.24, and by more with the probability.

    Examples
    --------
    >>> activations = np.array([[[1.0, 2.0], [1.0, 1.0]]])
    >>> eigengradcam(activations, np.array([[[3.0, 2.0], [0.0, 0.0]]])).round(9)
    array([[5., 0.]])
    """
    signed, direction = _principal(activations * gradients.astype(np.float64))
    return signed if direction.sum() >= 0 else -signed


def eigencam(activations: np.ndarray) -> np.ndarray:
    """Eigen-CAM: the pattern that the layer's channels share most, their first principal component.

    Parameters
    ----------
    activations : ndarray, shape (H, W, K)

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map.

    Notes
    -----
    - Formula: ``A v``: with a row for each cell, the matrix of activations is ``U S V^T``, and v is
      the first column of V. As in the paper the activations aren't centred: it is the strongest
      pattern, not the one that varies most. The sign, which is arbitrary, is taken such that the
      map's sum isn't negative.
    - Paper: Muhammad and Yeasin, "Eigen-CAM: Class Activation Map using Principal Components",
      2020, https://arxiv.org/abs/2008.00299.
    - Assumes: that what is strongest in the layer is what the prediction is based on.
    - Cost: one forward pass and the singular values of an (H * W, K) matrix. Needs no gradient.
    - Fails: to answer for a target: it knows none. Of two things it shows the one with the stronger
      features.
    - Advice: at the last layer alone, and never to tell things apart: all targets have one map, so
      0.50 of it lies on the right one of two photos. In the middle of the network it showed the
      ground: in the docs' study 0.05 of the map lay on a lone thing, far less than of a random map,
      0.19.

    Examples
    --------
    >>> eigencam(np.array([[[3.0, 4.0], [-0.3, -0.4], [6.0, 8.0]]])).round(9)
    array([[ 5. , -0.5, 10. ]])
    """
    signed, _ = _principal(activations)
    return signed if signed.sum() >= 0 else -signed


def _principal(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return features along their first principal direction, and that direction, shape (K,)."""
    rows = features.reshape(-1, features.shape[-1]).astype(np.float64)
    if not np.isfinite(rows).all():
        return np.full(features.shape[:-1], np.nan), np.full(rows.shape[1], np.nan)
    left, strengths, right = np.linalg.svd(rows, full_matrices=False)
    return (left[:, 0] * strengths[0]).reshape(features.shape[:-1]), right[0]
