"""Gradients of the score by the picture: as they are, guided, or with those of all biases."""

from collections.abc import Sequence

import numpy as np

from .channel_weighted import gradcam
from .maps import enlarged, unsigned


@unsigned
def gradient(picture_gradients: np.ndarray) -> np.ndarray:
    """Gradient: how strongly the score reacts to each pixel, in the channel where it reacts most.

    Parameters
    ----------
    picture_gradients : ndarray, shape (H, W, C)

    Returns
    -------
    ndarray of float64, shape (H, W)
        In units of score by units of the picture, and never negative: the same for and against.

    Notes
    -----
    - Formula: ``max_c abs(g_c)``, g the gradients of the score by the picture (section 3.1).
    - Paper: Simonyan et al., "Deep Inside Convolutional Networks", 2013,
      https://arxiv.org/abs/1312.6034.
    - Assumes: that a pixel counts if a small change of it would.
    - Cost: two forward passes and one way back to the picture.
    - Fails: to be calm: it jumps from pixel to pixel, and it is 0 where the score is saturated.
    - Advice: read where the mass is, in the docs' study 0.60 on the right one of two photos, never
      the peak: 20 % hit a lone thing.

    Examples
    --------
    >>> gradient(np.array([[[1.0, -3.0], [0.5, 0.0]]]))
    array([[3. , 0.5]])
    """
    return strongest(picture_gradients)


def gradient_x_input(picture: np.ndarray, picture_gradients: np.ndarray) -> np.ndarray:
    """Gradient x input: each value of the picture times its gradient, added up over the channels.

    Parameters
    ----------
    picture, picture_gradients : ndarray, shape (H, W, C)

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map, in units of score. Its sum is the score where that is a linear function
        of the picture without a constant, as in networks of ReLU without biases.

    Notes
    -----
    - Formula: ``sum_c x_c * g_c``, x the picture and g the gradients of the score by it.
    - Paper: Shrikumar et al., "Not Just a Black Box", 2016, https://arxiv.org/abs/1605.01713.
    - Assumes: a score that is linear in the picture; then these are its parts.
    - Cost: two forward passes and one way back to the picture.
    - Fails: where the values' zero isn't nothing: once centred, grey says nothing. It is speckled.
    - Advice: don't take its black ground for an answer: between two photos 0.59 of the map lay on
      the right one in the docs' study, little more than by chance.

    Examples
    --------
    >>> picture = np.array([[[2.0, 1.0], [0.0, 4.0]]])
    >>> gradient_x_input(picture, np.array([[[1.0, -3.0], [9.0, 1.0]]]))
    array([[-1.,  4.]])
    """
    return np.asarray(np.einsum("...c,...c->...", picture, picture_gradients, dtype=np.float64))


def guided_gradcam(
    activations: np.ndarray, gradients: np.ndarray, guided_gradients: np.ndarray
) -> np.ndarray:
    """Guided Grad-CAM: Grad-CAM times edges of the picture, which untrained models show as well.

    Parameters
    ----------
    activations, gradients : ndarray, shape (h, w, K)
    guided_gradients : ndarray, shape (H, W, C)

    Returns
    -------
    ndarray of float64, shape (H, W)
        Never negative: a pixel's gradient says whether it should be brighter, no more.

    Warnings
    --------
    It fails the sanity checks of Adebayo et al., https://arxiv.org/abs/1810.03292: with random
    weights the map stays much the same, as guided backpropagation restores edges of the picture.

    Notes
    -----
    - Formula: ``enlarged(relu(GradCAM)) * max_c |G_c|``: G are the gradients at the picture, of
      which each ReLU on the way passes only what is positive (section 3.2).
    - Paper: Selvaraju et al., "Grad-CAM", 2016, https://arxiv.org/abs/1610.02391; Springenberg et
      al., "Striving for Simplicity", 2014, https://arxiv.org/abs/1412.6806.
    - Assumes: ReLU or ReLU6, as Keras's layer, activation or function. Other activations, and what
      calls the backend's own functions, pass gradients unchanged.
    - Cost: two forward passes, the way back to the layer and a guided one to the picture.
    - Fails: the sanity checks: see the warning above.
    - Advice: don't judge a model by it: it adds edges to Grad-CAM, 0.91 on a lone thing in the
      docs' study, and hardly any evidence.

    Examples
    --------
    >>> activations, gradients = np.array([[[1.0], [-1.0]]]), np.array([[[2.0], [2.0]]])
    >>> guided_gradcam(activations, gradients, np.array([[[3.0, -1.0], [1.0, 1.0]]]))
    array([[6., 0.]])
    """
    seen = enlarged(np.maximum(gradcam(activations, gradients), 0.0), guided_gradients.shape[:-1])
    return np.asarray(seen * strongest(guided_gradients))


@unsigned
def fullgrad(
    picture: np.ndarray, picture_gradients: np.ndarray, bias_gradients: Sequence[np.ndarray]
) -> np.ndarray:
    """FullGrad: what the picture and the biases of all layers contribute, whatever their sign.

    Parameters
    ----------
    picture, picture_gradients : ndarray, shape (H, W, C)
    bias_gradients : sequence of ndarray, shape (h, w, K)
        Arrays with fewer axes, of layers without rows and columns, are left out.

    Returns
    -------
    ndarray of float64, shape (H, W)
        Not negative anywhere, and in no units of the score.

    Notes
    -----
    - Formula: ``psi(abs(x * g_x)) + sum over layers of psi(abs(b * g_b))``, b a layer's biases
      (equation 5). Psi scales a layer's values to [0, 1], adds the channels up, enlarges.
    - Paper: Srinivas and Fleuret, "Full-Gradient Representation for Neural Network Visualization",
      2019, https://arxiv.org/abs/1905.00780.
    - Assumes: convolutions, ``Dense`` layers, ReLU, pooling and sums: there the parts add up to the
      score. Not counted is what other activations add, or ReLU6 at 6.
    - Cost: three forward passes and the way back to the picture; the first time a pass more.
    - Fails: to say for or against. A layer that hardly matters has as much say as any other.
    - Advice: to see all that counts, not to tell things apart (docs' study: 0.58, Grad-CAM 0.88).

    Examples
    --------
    >>> picture, gradients = np.array([[[1.0], [2.0]]]), np.array([[[3.0], [-3.0]]])
    >>> fullgrad(picture, gradients, [np.array([[[0.0, -4.0], [2.0, 0.0]]])])
    array([[1. , 1.5]])
    """
    contributions = [picture * picture_gradients]
    contributions += [one for one in bias_gradients if one.ndim == picture.ndim]
    total = np.zeros(picture.shape[:-1])
    for contribution in contributions:
        total += enlarged(_rescaled(np.abs(contribution)).sum(axis=-1), total.shape)
    return total


def _rescaled(values: np.ndarray) -> np.ndarray:
    values = values.astype(np.float64) - values.min()
    peak = values.max()
    return values / peak if peak > 0 else values


def strongest(gradients: np.ndarray) -> np.ndarray:
    """Return the largest absolute value over the channels, the last axis."""
    return np.asarray(np.abs(gradients).max(axis=-1).astype(np.float64))
