"""From a signed map to a heatmap."""

import numpy as np

__all__ = ["relu_and_scale"]


def relu_and_scale(signed: np.ndarray) -> np.ndarray:
    """Return the positive part of a signed map, scaled so that its maximum is 1.

    Parameters
    ----------
    signed : ndarray, shape (H, W)

    Returns
    -------
    ndarray of float64, shape (H, W)
        Values in [0, 1]. Where nothing is positive, or a value isn't finite, there is no
        evidence to scale and the map is 0 everywhere.

    Examples
    --------
    >>> relu_and_scale(np.array([[-1.0, 0.5, 2.0]]))
    array([[0.  , 0.25, 1.  ]])
    >>> relu_and_scale(np.array([[-1.0, -2.0]]))
    array([[0., 0.]])
    """
    positive: np.ndarray = np.maximum(signed, 0.0)
    peak = positive.max(initial=0.0)
    if not (np.isfinite(peak) and peak > 0.0):
        return np.zeros(signed.shape)
    scaled: np.ndarray = positive / peak
    return scaled
