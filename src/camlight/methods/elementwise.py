"""The cells of a layer, each with its own gradients, or along the pattern the channels share."""

from collections.abc import Sequence

import numpy as np

from .maps import fused_by, same_size


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
    - Assumes: that a cell adds its activation times its gradient: exact where linear layers follow.
    - Cost: one forward pass and the way back to the layer, as Grad-CAM.
    - Fails: to differ from Grad-CAM before an average pooling. In shallow layers it is speckled.
    - Advice: take it in the middle of a network (docs' study: 0.76 there, where Grad-CAM has 0.59).

    Examples
    --------
    >>> hirescam(np.array([[[1.0, 2.0], [0.0, 3.0]]]), np.array([[[1.0, -1.0], [5.0, 2.0]]]))
    array([[-1.,  6.]])
    """
    return np.asarray(np.einsum("...k,...k->...", activations, gradients, dtype=np.float64))


def strongest_layer(maps: Sequence[np.ndarray]) -> np.ndarray:
    """Return the maximum over layers of ``tanh(2 * M / max(M))``; a single map as it is."""
    if len(maps) == 1:
        return maps[0].astype(np.float64, copy=False)
    positive = [np.maximum(signed, 0.0) for signed in same_size(maps)]
    peaks = [one.max() if np.isfinite(one.max()) else 0.0 for one in positive]
    squeezed = [
        np.tanh(2.0 * one / peak) if peak > 0.0 else one
        for one, peak in zip(positive, peaks, strict=True)
    ]
    return np.asarray(np.max(squeezed, axis=0))


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
    - Formula: ``sum_k relu(g_k) * A_k`` (equation 6); of layers, the highest ``tanh(2 M / max M)``.
    - Paper: Jiang et al., "LayerCAM", IEEE TIP 30, 2021, https://doi.org/10.1109/TIP.2021.3089943.
    - Assumes: that evidence against the target may be left out. Made for shallow layers.
    - Cost: one forward pass and the way back to the layer, as Grad-CAM.
    - Fails: to tell classes apart that share channels.
    - Advice: in the middle of a network, for a thing's shape (docs' study: 0.84 on a lone thing).

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

    Notes
    -----
    - Formula: ``(g * A) v``, v the first right singular vector of that matrix, its sign such that
      the map agrees with HiResCAM: positive speaks for the target.
    - Paper: none; from https://github.com/jacobgil/pytorch-grad-cam, which centres it first.
    - Assumes: that one pattern carries most of the evidence.
    - Cost: as Grad-CAM, and the singular values of an (H * W, K) matrix.
    - Fails: where evidence for and against is about as strong: then its sign says little.
    - Advice: in the middle of a network as good as HiResCAM, 0.76 on the right one of two photos
      in the docs' study; not at the last layer.

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

    Notes
    -----
    - Formula: ``A v``, v the first right singular vector of the matrix of activations, a row for
      each cell, not centred. The sign is taken such that the map's sum isn't negative.
    - Paper: Muhammad and Yeasin, "Eigen-CAM", 2020, https://arxiv.org/abs/2008.00299.
    - Assumes: that what is strongest in the layer is what the prediction is based on.
    - Cost: one forward pass and the singular values of an (H * W, K) matrix. Needs no gradient.
    - Fails: to answer for a target: of two things it shows the one with the stronger features.
    - Advice: at the last layer alone, never to tell things apart. In the middle of a network it
      shows the ground: in the docs' study 0.05 of it lay on a lone thing, of a random map 0.19.

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
