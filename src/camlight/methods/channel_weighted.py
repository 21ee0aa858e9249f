"""Grad-CAM and its heirs: the channels of a layer, each weighted by a mean of its gradients.

Where the layer is averaged over its cells and goes into one ``Dense`` layer, a channel's gradient
is the same in every cell, and most of the weights are the same up to a factor.
"""

import numpy as np

__all__ = ["cam", "channel_weights", "gradcam", "gradcam_plus_plus", "weighted_sum", "xgradcam"]


def gradcam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Grad-CAM: each channel weighted by the mean gradient of the score, and all added up.

    Parameters
    ----------
    activations, gradients : ndarray, shape (H, W, K)

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map; the paper shows its positive part (equation 2).

    Notes
    -----
    - Formula: ``sum_k mean(g_k) * A_k``: each channel k of the activations A, times the mean of its
      gradients g over all cells (equations 1 and 2).
    - Paper: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
      Localization", 2016, https://arxiv.org/abs/1610.02391.
    - Assumes: that a channel means the same wherever it is active; the mean forgets where.
    - Cost: one forward pass and the way back to the layer.
    - Fails: where that doesn't hold. Behind ``Flatten`` and ``Dense`` it can point at cells that
      didn't raise the score; in shallow layers the mean says little.
    - Advice: begin with it, at the default layer. In the docs' study 0.88 of its map lay on the
      right one of two photos, where chance is 0.50, and the peak always. In the middle of a network
      that fell to 0.59: there, take ``hirescam``.

    Examples
    --------
    >>> activations = np.array([[[1.0, 0.0], [0.0, 3.0]]])
    >>> gradcam(activations, np.array([[[2.0, 0.0], [2.0, -2.0]]]))
    array([[ 2., -3.]])
    """
    return weighted_sum(channel_weights(gradients), activations)


def gradcam_plus_plus(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Grad-CAM++: each channel weighted by the sum of its positive gradients, damped where strong.

    Parameters
    ----------
    activations, gradients : ndarray, shape (H, W, K)

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map.

    Notes
    -----
    - Formula: ``sum_k w_k * A_k`` with ``w_k = sum(a * relu(g_k))`` over the channel's cells and
      ``a = g**2 / (2 * g**2 + S * g**3)``, S the sum of the channel's activations (equations 10 and
      19). For g > 0 that is ``a = 1 / (2 + S * g)``, which never divides 0 by 0.
    - Paper: Chattopadhyay et al., "Grad-CAM++: Improved Visual Explanations for Deep Convolutional
      Networks", 2017, https://arxiv.org/abs/1710.11063.
    - Assumes: activations behind a ReLU: then S >= 0 and `a` lies in (0, 1/2]. Behind GELU or SiLU,
      S may be negative and ``2 + S * g`` fall to 0 and below; here it is kept at 1 or more, and `a`
      at 1 or less.
    - Cost: one forward pass and the way back to the layer, as Grad-CAM.
    - Fails: evidence against the target is left out, so channels that many classes share count
      fully, and of two things in a picture the other gets some light too. The paper differentiates
      ``exp(score)``, so the map depends on the scale of the score: for tiny gradients, as those of
      probabilities, all `a` are 1/2, and for large ones the weights forget how large they were.
    - Advice: for the shape of a lone thing, not to tell things apart: in the docs' study 0.63 of
      its map lay on the right one of two photos, and in the middle of the network 0.53, where
      chance is 0.50. Of a lone thing it found 0.92 there.

    Examples
    --------
    >>> activations = np.array([[[1.0, 0.0], [1.0, 3.0]]])
    >>> gradcam_plus_plus(activations, np.array([[[2.0, 0.0], [-1.0, 1.0]]]))
    array([[0.33333333, 0.93333333]])
    """
    cells = tuple(range(activations.ndim - 1))
    sums = activations.sum(axis=cells, dtype=np.float64)
    positive = np.maximum(gradients, 0.0, dtype=np.float64)
    damped = positive / np.maximum(2.0 + sums * positive, 1.0)
    return weighted_sum(damped.sum(axis=cells), activations)


def xgradcam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """XGrad-CAM: each channel weighted by the mean of its gradients where it is active.

    Parameters
    ----------
    activations, gradients : ndarray, shape (H, W, K)

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map. It adds up to the sum of activations times gradients, which is the score
        of a piecewise linear network without biases behind the layer.

    Notes
    -----
    - Formula: ``sum_k w_k * A_k`` with ``w_k = sum(g_k * A_k) / sum(A_k)``, summed over all cells
      (equation 8).
    - Paper: Fu et al., "Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of
      CNNs", 2020, https://arxiv.org/abs/2008.02312.
    - Assumes: activations of one sign, as behind a ReLU.
    - Cost: one forward pass and the way back to the layer, as Grad-CAM.
    - Fails: with activations of both signs that nearly cancel: such a channel gets a huge weight.
      Where their sum is less than a millionth of that of their absolute values, it is left out.
    - Advice: at the last layer of most networks it is Grad-CAM, and as good. Not in earlier layers:
      in the docs' study it did no better there than a random map in telling two photos apart, 0.46
      and 0.51 of the map where chance is 0.50.

    Examples
    --------
    >>> activations = np.array([[[1.0, 0.0], [3.0, 0.0]]])
    >>> xgradcam(activations, np.array([[[2.0, 5.0], [-2.0, 5.0]]]))
    array([[-1., -3.]])
    """
    cells = tuple(range(activations.ndim - 1))
    sums = activations.sum(axis=cells, dtype=np.float64)
    evidence = np.multiply(activations, gradients, dtype=np.float64).sum(axis=cells)
    counts = np.abs(sums) > 1e-6 * np.abs(activations).sum(axis=cells, dtype=np.float64)
    weights = np.divide(evidence, sums, out=np.zeros_like(evidence), where=counts)
    return weighted_sum(weights, activations)


def cam(activations: np.ndarray, class_weights: np.ndarray) -> np.ndarray:
    """CAM: each channel weighted as the model's last layer weights it for the target.

    Parameters
    ----------
    activations : ndarray, shape (H, W, K)
    class_weights : ndarray, shape (K,)
        The target's weights in the ``Dense`` layer behind global average pooling.

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map. Its mean and the layer's bias are the score before the softmax.

    Notes
    -----
    - Formula: ``sum_k w_k * A_k``, w the target's own weights in the last layer.
    - Paper: Zhou et al., "Learning Deep Features for Discriminative Localization", 2015,
      https://arxiv.org/abs/1512.04150.
    - Assumes: that global average pooling and one ``Dense`` layer lead from the layer to the
      output.
    - Cost: one forward pass. Needs no gradient, which could vanish in a saturated softmax.
    - Fails: with a ValueError for any other head. Else it is Grad-CAM of the logit times the number
      of cells.
    - Advice: where it works it is Grad-CAM: take either. In the docs' study 0.88 of both maps lay
      on the right one of two photos, where chance is 0.50.

    Examples
    --------
    >>> cam(np.array([[[1.0, 0.0], [0.0, 3.0]]]), np.array([2.0, -1.0]))
    array([[ 2., -3.]])
    """
    return weighted_sum(class_weights, activations)


def channel_weights(gradients: np.ndarray) -> np.ndarray:
    """Return Grad-CAM's weights (K,): of gradients (H, W, K) the mean over all cells."""
    weights: np.ndarray = gradients.mean(axis=tuple(range(gradients.ndim - 1)), dtype=np.float64)
    return weights


def weighted_sum(weights: np.ndarray, activations: np.ndarray) -> np.ndarray:
    """Return the signed map (H, W): the sum of the channels (H, W, K), each times its weight."""
    # not `@`: OpenBLAS's threads go on spinning for a while and slow the next run of the model
    signed: np.ndarray = np.einsum("...k,k->...", activations, weights, dtype=np.float64)
    return signed
