"""Where peers leave the papers: their formulas by hand, so that the difference is explained.

Each gives what the peer gives; read beside the one in `by_hand`.
"""

from __future__ import annotations

import numpy as np

from .by_hand import (
    contributions,
    gradcam,
    logits_behind,
    nearest,
    principal,
    score_weighted,
    spread_out,
    stretched,
    weighted,
)
from .case import SIZE, TARGET
from .keeping import kept

__all__ = [
    "centred",
    "centred_behind_gradients",
    "corners_in_scorecam",
    "each_channel_for_itself",
    "eps_in_gradcam_plus_plus",
    "means_in_gradcam_plus_plus",
    "not_divided",
    "probabilities_in_scorecam",
    "probable_classes",
    "scaled_first_in_scorecam",
    "shares_in_gradcam_plus_plus",
    "sum_of_products",
]


def eps_in_gradcam_plus_plus(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Grad-CAM++ with 1e-6 in the denominator (grad-cam)."""
    alpha = g**2 / (2 * g**2 + a.sum((0, 1)) * g**3 + 1e-6)
    return weighted((alpha * np.maximum(g, 0)).sum((0, 1)), a)


def not_divided(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Grad-CAM++ with the numerator alone for its coefficient (torchcam)."""
    return weighted((g**2 * np.maximum(g, 0)).sum((0, 1)), a)


def means_in_gradcam_plus_plus(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Grad-CAM++ with the mean of the activations, and of the coefficients (xplique)."""
    below = 2 * g**2 + a.mean((0, 1)) * g**3
    alpha = g**2 / np.where(below == 0, 1e-4, below)
    return weighted((alpha * np.maximum(g, 0)).mean((0, 1)), a)


def shares_in_gradcam_plus_plus(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Grad-CAM++ with coefficients that add up to 1 in each channel (tf-keras-vis)."""
    below = 2 * g**2 + a.sum((0, 1)) * g**3
    alpha = g**2 / np.where(g == 0, 1, below)
    total = alpha.sum((0, 1))
    slope = np.exp(kept("autograd")["logits"][TARGET]) * np.maximum(g, 0)
    return weighted((slope * alpha / np.where(total == 0, 1, total)).sum((0, 1)), a)


def corners_in_scorecam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Score-CAM with masks whose corners lie in the picture's corners (grad-cam)."""
    return score_weighted(a, lambda channel: spread_out(stretched(channel, corners=True)))


def scaled_first_in_scorecam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Score-CAM with masks that are scaled before they are enlarged (torchcam)."""
    return score_weighted(a, lambda channel: stretched(spread_out(channel)))


def probabilities_in_scorecam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Score-CAM with the softmax over the classes, not over the channels (tf-keras-vis)."""
    varied = a[:, :, np.ptp(a, axis=(0, 1)) > 0]
    found = logits_behind(varied, lambda channel: spread_out(stretched(channel, corners=True)))
    shares = np.exp(found)
    return weighted(shares[:, TARGET] / shares.sum(axis=1), varied)


def centred(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Eigen-CAM of channels less their means (grad-cam)."""
    return _with_the_sign_of("eigencam", a)


def centred_behind_gradients(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Eigen-CAM of activations times gradients, less their means (grad-cam)."""
    return _with_the_sign_of("eigengradcam", a * g)


def _with_the_sign_of(method: str, features: np.ndarray) -> np.ndarray:
    """Return the component with grad-cam's sign, which is whichever its library happens to give."""
    rows = (features - features.mean((0, 1))).reshape(-1, features.shape[2])
    found = principal(rows).reshape(features.shape[:2])
    return found * np.sign((found * kept("grad-cam")[method]).sum())


def sum_of_products(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Smooth Grad-CAM++ without noise, activations times cubes added up (torchcam)."""
    alpha = g**2 / (2 * g**2 + (g**3 * a).sum((0, 1)) + 1e-8)
    return weighted((alpha * np.maximum(g, 0)).sum((0, 1)), a)


def probable_classes(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Finer-CAM with classes weighted by probabilities, differentiated as well (grad-cam)."""
    seen, similar = kept("autograd"), nearest()
    slopes, ahead = seen["gradients of logits"], seen["logits"][TARGET] - seen["logits"]
    shares = np.exp(seen["logits"][similar]) / np.exp(seen["logits"][similar]).sum()
    mean = np.tensordot(shares, slopes[similar], 1)
    slope = slopes[TARGET] - mean
    for share, other in zip(shares, similar, strict=True):
        slope = slope + ahead[other] * share * (slopes[other] - mean)
    return gradcam(a, slope)


def each_channel_for_itself(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Return FullGrad with each channel, not each layer, brought to [0, 1] (grad-cam)."""
    total = np.zeros(SIZE)
    for contribution in contributions():
        for channel in np.moveaxis(np.abs(contribution), 2, 0):
            total += stretched(spread_out(channel)) if np.ptp(channel) else 0
    return total
