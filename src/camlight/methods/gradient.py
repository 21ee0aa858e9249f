"""Plain gradients of the score by the picture, the oldest maps of all."""

import numpy as np

from .signs import unsigned

__all__ = ["gradient", "gradient_x_input", "strongest"]


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
    Formula: ``max_c abs(g_c)``, g the gradients of the score by the picture (section 3.1).

    Paper: Simonyan et al., "Deep Inside Convolutional Networks: Visualising Image Classification
    Models and Saliency Maps", 2013, https://arxiv.org/abs/1312.6034.

    Assumes: that a pixel counts if a small change of it would. That is what it would do, not what
    it has done.

    Cost: two forward passes and one way back to the picture.

    Fails: to be calm: it is speckled, since gradients of networks with ReLU or pooling jump from
    pixel to pixel, and is 0 where the score is saturated.

    Advice: read where the mass is, never the peak: in the docs' study 0.60 of the map lay on the
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
    Formula: ``sum_c x_c * g_c``, x the picture and g the gradients of the score by it.

    Paper: Shrikumar et al., "Not Just a Black Box: Learning Important Features Through Propagating
    Activation Differences", 2016, https://arxiv.org/abs/1605.01713, section 2.

    Assumes: a score that is linear in the picture; then these are its parts.

    Cost: two forward passes and one way back to the picture.

    Fails: where the values' zero isn't nothing: after a preprocessing that centres them, grey says
    nothing whatever the gradient. As speckled as the gradient.

    Advice: don't take its black ground for an answer: 0.98 of the map lay on a lone thing in the
    docs' study because grey is 0 to these networks. Between two photos it was 0.59, where chance is
    0.50.

    Examples
    --------
    >>> picture = np.array([[[2.0, 1.0], [0.0, 4.0]]])
    >>> gradient_x_input(picture, np.array([[[1.0, -3.0], [9.0, 1.0]]]))
    array([[-1.,  4.]])
    """
    signed: np.ndarray = np.einsum("...c,...c->...", picture, picture_gradients, dtype=np.float64)
    return signed


def strongest(gradients: np.ndarray) -> np.ndarray:
    """Return the largest absolute value over the channels.

    Parameters
    ----------
    gradients : ndarray, shape (H, W, C)

    Returns
    -------
    ndarray of float64, shape (H, W)

    Examples
    --------
    >>> strongest(np.array([[1.0, -3.0], [0.5, 0.0]]))
    array([3. , 0.5])
    """
    values: np.ndarray = np.abs(gradients).max(axis=-1).astype(np.float64)
    return values
