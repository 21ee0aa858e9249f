"""CAM: the head's own weights, where the model is of the form that it was made for."""

import numpy as np

from .gradcam import weighted_sum

__all__ = ["cam"]


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
    Zhou et al., https://arxiv.org/abs/1512.04150. Costs one forward pass. Defined only where the
    layer goes through global average pooling and one ``Dense`` layer to the output; there it is
    Grad-CAM of the logit times the number of cells, and needs no gradient that could vanish in a
    saturated softmax.

    Examples
    --------
    >>> cam(np.array([[[1.0, 0.0], [0.0, 3.0]]]), np.array([2.0, -1.0]))
    array([[ 2., -3.]])
    """
    return weighted_sum(class_weights, activations)
