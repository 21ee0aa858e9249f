"""Guided Grad-CAM: Grad-CAM at the resolution of the picture, by guided backpropagation."""

import numpy as np

from .enlarging import enlarged
from .gradcam import gradcam
from .gradient import strongest

__all__ = ["guided_gradcam"]


def guided_gradcam(
    activations: np.ndarray, gradients: np.ndarray, guided_gradients: np.ndarray
) -> np.ndarray:
    """Guided Grad-CAM: Grad-CAM times edges of the picture, which untrained models show as well.

    Parameters
    ----------
    activations, gradients : ndarray, shape (h, w, K)
    guided_gradients : ndarray, shape (H, W, C)
        Gradients of the score by the picture that pass each ReLU only where they are positive.

    Returns
    -------
    ndarray of float64, shape (H, W)
        The positive part of Grad-CAM, enlarged by linear interpolation, times the maximum over the
        channels of the guided gradients' absolute value. Nothing is negative: the sign of a
        gradient by a pixel says whether it should be brighter, not whether it is evidence.

    Warnings
    --------
    It fails the sanity checks of Adebayo et al., https://arxiv.org/abs/1810.03292: the map stays
    much the same when the model's weights are replaced by random ones, because guided
    backpropagation restores edges of the picture rather than what the model does. It makes a
    pretty picture, and shows nothing that Grad-CAM doesn't: don't judge a model by it.

    Notes
    -----
    Formula: ``enlarged(relu(GradCAM)) * max_c |G_c|``: G are the gradients at the picture, of which
    each ReLU on the way passes only what is positive (section 3.2).

    Paper: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
    Localization", 2016, https://arxiv.org/abs/1610.02391. Guided backpropagation: Springenberg et
    al., "Striving for Simplicity: The All Convolutional Net", 2014,
    https://arxiv.org/abs/1412.6806.

    Assumes: ReLU or ReLU6, as Keras's layer, activation or function: all of them are changed. Other
    activations, and what calls the backend's own functions, pass gradients as they are.

    Cost: two forward passes, the way back to the layer and a guided one to the picture.

    Fails: the sanity checks: see the warning above.

    Advice: don't judge a model by it; Grad-CAM says where, and this adds edges. That is what the
    docs' study shows too: 0.91 of the map on a lone thing, since grey ground has no edges, but
    between two photos only 0.02 more than Grad-CAM, which may be chance.

    Examples
    --------
    >>> activations, gradients = np.array([[[1.0], [-1.0]]]), np.array([[[2.0], [2.0]]])
    >>> guided_gradcam(activations, gradients, np.array([[[3.0, -1.0], [1.0, 1.0]]]))
    array([[6., 0.]])
    """
    seen = enlarged(np.maximum(gradcam(activations, gradients), 0.0), guided_gradients.shape[:-1])
    found: np.ndarray = seen * strongest(guided_gradients)
    return found
