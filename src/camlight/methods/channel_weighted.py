"""Grad-CAM and its heirs: the channels of a layer, each weighted by a mean of its gradients."""

from collections.abc import Callable

import numpy as np

from camlight._check import checked_count, checked_number


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
    - Formula: ``sum_k mean(g_k) * A_k``, the mean of each channel's gradients over all cells.
    - Paper: Selvaraju et al., "Grad-CAM", 2016, https://arxiv.org/abs/1610.02391.
    - Assumes: that a channel means the same wherever it is active.
    - Cost: one forward pass and the way back to the layer.
    - Fails: behind ``Flatten`` it points at wrong cells; in shallow layers the mean says little.
    - Advice: begin with it, at the default layer: in the docs' study 0.88 of its map lay on the
      right one of two photos (chance: 0.50). In the middle of a network (0.59) take ``hirescam``.

    Examples
    --------
    >>> gradcam(np.array([[[1.0, 0.0], [0.0, 3.0]]]), np.array([[[2.0, 0.0], [2.0, -2.0]]]))
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

    Notes
    -----
    - Formula: ``sum_k w_k * A_k`` with ``w_k = sum(a * relu(g_k))`` over all cells and
      ``a = 1 / (2 + S * g)``, S the sum of the channel's activations (equations 10 and 19).
    - Paper: Chattopadhyay et al., "Grad-CAM++", 2017, https://arxiv.org/abs/1710.11063.
    - Assumes: activations behind a ReLU: then S >= 0 and `a` lies in (0, 1/2]. As S may be negative
      behind GELU or SiLU, ``2 + S * g`` is kept at 1 or more.
    - Cost: one forward pass and the way back to the layer, as Grad-CAM.
    - Fails: to tell classes apart: what speaks against the target is left out. The map depends on
      the score's scale: for tiny gradients, as of probabilities, all `a` are 1/2.
    - Advice: for the shape of a lone thing: in the docs' study 0.92 of the map lay on one in the
      middle of the network, but of two photos 0.63 on the right one, and 0.53 there.

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
        The signed map. Its sum is that of activations times gradients.

    Notes
    -----
    - Formula: ``sum_k w_k * A_k``, ``w_k = sum(g_k * A_k) / sum(A_k)`` over all cells (equation 8).
    - Paper: Fu et al., "Axiom-based Grad-CAM", 2020, https://arxiv.org/abs/2008.02312.
    - Assumes: activations of one sign, as behind a ReLU.
    - Cost: one forward pass and the way back to the layer, as Grad-CAM.
    - Fails: with activations of both signs that nearly cancel: such a channel gets a huge weight,
      or none where their sum is less than a millionth of that of their absolute values.
    - Advice: at the last layer it mostly is Grad-CAM; in earlier ones no better than a random map
      in telling two photos apart, 0.46 and 0.51 in the docs' study.

    Examples
    --------
    >>> xgradcam(np.array([[[1.0, 0.0], [3.0, 0.0]]]), np.array([[[2.0, 5.0], [-2.0, 5.0]]]))
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

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map. Its mean and the layer's bias are the score before the softmax.

    Notes
    -----
    - Formula: ``sum_k w_k * A_k``, w the target's own weights in the last layer.
    - Paper: Zhou et al., "Learning Deep Features for Discriminative Localization", 2015,
      https://arxiv.org/abs/1512.04150.
    - Assumes: global average pooling and one ``Dense`` layer between the layer and the output.
    - Cost: one forward pass. Needs no gradient, which could vanish in a saturated softmax.
    - Fails: with a ValueError for any other head.
    - Advice: where it works it is Grad-CAM of the logit times the number of cells: take either. In
      the docs' study 0.88 of both maps lay on the right one of two photos.

    Examples
    --------
    >>> cam(np.array([[[1.0, 0.0], [0.0, 3.0]]]), np.array([2.0, -1.0]))
    array([[ 2., -3.]])
    """
    return weighted_sum(class_weights, activations)


def shapleycam(
    activations: np.ndarray,
    gradients: np.ndarray,
    hessian_product: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """ShapleyCAM: each channel weighted by its mean gradient, corrected for the score's curvature.

    Parameters
    ----------
    activations, gradients : ndarray, shape (H, W, K)
    hessian_product : callable

    Returns
    -------
    ndarray of float64, shape (H, W)

    Notes
    -----
    - Formula: ``sum_k w_k * A_k`` with ``w_k = mean(g_k - 0.5 * (H A)_k)``, H the Hessian of the
      score by A: Shapley values whose payoff is the score to the second order.
    - Paper: Cai, "CAMs as Shapley Value-based Explainers", 2025, https://arxiv.org/abs/2501.06261.
    - Assumes: that the second order is enough, which a saturated softmax is far from.
    - Cost: two forward passes, the way back to the layer three times.
    - Fails: to differ from Grad-CAM where there is no curvature, as in a logit behind ReLU and
      pooling. The correction shows with probabilities, GELU, SiLU and attention.
    - Advice: with ``pre_softmax=True`` it was Grad-CAM to two digits in the docs' study, 0.88, but
      slower.

    Examples
    --------
    >>> shapleycam(np.array([[[1.0, 2.0]]]), np.array([[[3.0, 1.0]]]), lambda array: 2 * array)
    array([[0.]])
    """
    return gradcam(activations, gradients - 0.5 * hessian_product(activations))


def finercam(
    activations: np.ndarray,
    gradients: np.ndarray,
    similar_gradients: Callable[[int], np.ndarray],
    *,
    similar: int = 3,
    gamma: float = 0.6,
) -> np.ndarray:
    """Finer-CAM: Grad-CAM of what the target's score has ahead of those of similar classes.

    Parameters
    ----------
    activations, gradients : ndarray, shape (H, W, K)
    similar_gradients : callable
    similar : int
        With how many classes the target is compared. Default 3.
    gamma : float
        How much of their scores is taken off: 0 gives Grad-CAM, 1 all of it. Default 0.6.

    Returns
    -------
    ndarray of float64, shape (H, W)

    Notes
    -----
    - Formula: Grad-CAM of ``y_c - gamma * mean(y_d)``, y_d the scores of the classes nearest to
      y_c, above or below. All weigh the same, as in the paper; its code weights by probability.
    - Paper: Zhang et al., "Finer-CAM", 2025, https://arxiv.org/abs/2501.11309.
    - Assumes: logits: among probabilities the nearest are those of the least likely classes.
    - Cost: two forward passes and two ways back to the layer, one for all similar classes together.
    - Fails: where the nearest classes are of another kind: what they share is taken off.
    - Advice: pass ``pre_softmax=True``. It told two photos apart best in the docs' study: 0.92.

    Examples
    --------
    >>> activations = np.array([[[1.0, 2.0]]])
    >>> gradients, other = np.array([[[3.0, 1.0]]]), np.array([[[2.0, 0.0]]])
    >>> finercam(activations, gradients, lambda count: np.stack([other] * count), gamma=0.5)
    array([[4.]])
    """
    others = similar_gradients(checked_count("similar", similar)).mean(axis=0, dtype=np.float64)
    return gradcam(activations, gradients - checked_number("gamma", gamma) * others)


def channel_weights(gradients: np.ndarray) -> np.ndarray:
    """Return Grad-CAM's weights (K,): of gradients (H, W, K) the mean over all cells."""
    return np.asarray(gradients.mean(axis=tuple(range(gradients.ndim - 1)), dtype=np.float64))


def weighted_sum(weights: np.ndarray, activations: np.ndarray) -> np.ndarray:
    """Return the signed map (H, W): the sum of the channels (H, W, K), each times its weight."""
    # not `@`: OpenBLAS's threads go on spinning for a while and slow the next run of the model
    return np.asarray(np.einsum("...k,k->...", activations, weights, dtype=np.float64))
