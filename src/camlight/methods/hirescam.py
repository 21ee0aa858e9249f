"""HiResCAM: each place weighted by its own gradient.

Draelos and Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional
neural networks", https://arxiv.org/abs/2011.08891.
"""

import numpy as np

__all__ = ["hirescam"]


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
    Costs what Grad-CAM costs. It is Grad-CAM itself where the layer is averaged over its places
    and goes into one ``Dense`` layer.

    Examples
    --------
    >>> hirescam(np.array([[[1.0, 2.0], [0.0, 3.0]]]), np.array([[[1.0, -1.0], [5.0, 2.0]]]))
    array([[-1.,  6.]])
    """
    signed: np.ndarray = np.einsum("...k,...k->...", activations, gradients, dtype=np.float64)
    return signed
