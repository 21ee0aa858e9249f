"""Gradients of the score by the picture: as they are, guided, or with those of all biases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .channel_weighted import gradcam
from .maps import enlarged, unsigned

__all__ = ["fullgrad", "gradient", "gradient_x_input", "guided_gradcam", "strongest"]


@unsigned
def gradient(picture_gradients: np.ndarray) -> np.ndarray:
    """Gradient: how strongly the score reacts to each pixel, in the channel where it reacts most.

    Parameters
    ----------
    picture_gradients : ndarray, shape (H, W, C)

    Returns
    -------
    ndarray of float64, shape (H, W)
        The maximum over the channels of the gradient's absolute value (section 3.1), in units of
        score by units of the picture. Nothing is negative: it is the same for and against.

    Notes
    -----
    - Formula: ``max_c abs(g_c)``, g the gradients of the score by the picture (section 3.1).
    - Paper: Simonyan et al., "Deep Inside Convolutional Networks: Visualising Image Classification
      Models and Saliency Maps", 2013, https://arxiv.org/abs/1312.6034.
    - Assumes: that a pixel counts if a small change of it would. That is what it would do, not what
      it has done.
    - Cost: two forward passes and one way back to the picture.
    - Fails: to be calm: it is speckled, since gradients of networks with ReLU or pooling jump from
      pixel to pixel, and is 0 where the score is saturated.
    - Advice: read where the mass is, never the peak: in the docs' study 0.60 of the map lay on the
      right one of two photos, where chance is 0.50, but the peak of a lone thing's map was on it in
      20 % of the cases.

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
    - Paper: Shrikumar et al., "Not Just a Black Box: Learning Important Features Through
      Propagating Activation Differences", 2016, https://arxiv.org/abs/1605.01713, section 2.
    - Assumes: a score that is linear in the picture; then these are its parts.
    - Cost: two forward passes and one way back to the picture.
    - Fails: where the values' zero isn't nothing: after a preprocessing that centres them, grey
      says nothing whatever the gradient. As speckled as the gradient.
    - Advice: don't take its black ground for an answer: 0.98 of the map lay on a lone thing in the
      docs' study because grey is 0 to these networks. Between two photos it was 0.59, where chance
      is 0.50.

    Examples
    --------
    >>> picture = np.array([[[2.0, 1.0], [0.0, 4.0]]])
    >>> gradient_x_input(picture, np.array([[[1.0, -3.0], [9.0, 1.0]]]))
    array([[-1.,  4.]])
    """
    signed: np.ndarray = np.einsum("...c,...c->...", picture, picture_gradients, dtype=np.float64)
    return signed


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
    backpropagation restores edges of the picture. It shows nothing that Grad-CAM doesn't.

    Notes
    -----
    - Formula: ``enlarged(relu(GradCAM)) * max_c |G_c|``: G are the gradients at the picture, of
      which each ReLU on the way passes only what is positive (section 3.2).
    - Paper: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
      Localization", 2016, https://arxiv.org/abs/1610.02391. Guided backpropagation: Springenberg et
      al., "Striving for Simplicity: The All Convolutional Net", 2014,
      https://arxiv.org/abs/1412.6806.
    - Assumes: ReLU or ReLU6, as Keras's layer, activation or function: all of them are changed.
      Other activations, and what calls the backend's own functions, pass gradients unchanged.
    - Cost: two forward passes, the way back to the layer and a guided one to the picture.
    - Fails: the sanity checks: see the warning above.
    - Advice: don't judge a model by it; Grad-CAM says where, and this adds edges. That is what the
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


@unsigned
def fullgrad(
    picture: np.ndarray, picture_gradients: np.ndarray, bias_gradients: Sequence[np.ndarray]
) -> np.ndarray:
    """FullGrad: what the picture and the biases of all layers contribute, whatever their sign.

    Parameters
    ----------
    picture, picture_gradients : ndarray, shape (H, W, C)
    bias_gradients : sequence of ndarray, shape (h, w, K)
        Of each layer its biases times the derivatives of the score by them, where they are added.
        Arrays with fewer axes, of layers without rows and columns, are left out.

    Returns
    -------
    ndarray of float64, shape (H, W)
        Not negative anywhere, and in no units of the score.

    Notes
    -----
    - Formula: ``psi(abs(x * g_x)) + sum over layers of psi(abs(b * g_b))``, x the picture and b the
      biases of a layer, each with its gradients (equation 5). Psi brings the values of a layer, of
      all its channels together, to [0, 1], adds the channels up and enlarges the map to the
      picture, as the paper's own code does.
    - Paper: Srinivas and Fleuret, "Full-Gradient Representation for Neural Network Visualization",
      2019, https://arxiv.org/abs/1905.00780.
    - Assumes: a network of convolutions, ``Dense`` layers, ReLU, pooling and sums. There the
      picture times its gradient and all biases times theirs add up to the score (proposition 1).
      Counted are the biases of convolutions, of ``Dense`` layers and, worked out of its statistics,
      of batch normalization, and the constants of ``Rescaling`` and ``Normalization``. What other
      activations add isn't counted, nor what ReLU6 does at 6.
    - Cost: three forward passes and the way back to the picture; one more forward pass the first
      time, to find the biases.
    - Fails: to say for or against, since all signs are dropped; so it depends on the target less
      than most, and lights up the other thing in a picture too. Psi gives a layer that hardly
      matters as much say as any other.
    - Advice: to see all that counts, not to tell things apart: in the docs' study 0.58 of its map
      lay on the right one of two photos, where chance is 0.50 and Grad-CAM has 0.30 more.

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
    values: np.ndarray = np.abs(gradients).max(axis=-1).astype(np.float64)
    return values
