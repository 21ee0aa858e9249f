"""From a signed map to a heatmap."""

import numpy as np

__all__ = ["relu_and_scale"]

_SPECKS = 0.01
"""So large a share of a speckled map's positive values is cut off at the top."""


def relu_and_scale(signed: np.ndarray, speckled: bool = False) -> np.ndarray:
    """Return the positive part of a signed map, scaled so that its maximum is 1.

    Parameters
    ----------
    signed : ndarray, shape (H, W)
    speckled : bool
        Whether each pixel has a value of its own, as with gradients by the picture. A few of them
        are many times as large as all others, which would not be seen beside them: the largest 1 %
        of the positive values are cut to the same. Default False.

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
    >>> float(relu_and_scale(np.append(np.full(200, 2.0), 90.0), speckled=True).min())
    1.0
    """
    positive: np.ndarray = np.maximum(signed, 0.0)
    peak = positive.max(initial=0.0)
    if not (np.isfinite(peak) and peak > 0.0):
        return np.zeros(signed.shape)
    if speckled:
        peak = np.quantile(positive[positive > 0.0], 1 - _SPECKS)
        positive = np.minimum(positive, peak)
    scaled: np.ndarray = positive / peak
    return scaled
