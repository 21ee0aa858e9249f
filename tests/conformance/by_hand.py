"""The papers' formulas written out, from activations and gradients that PyTorch found.

Plain and slow on purpose, and independent of `camlight`: to be read beside the papers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import in_numpy
from .case import SIZE, TARGET, load
from .keeping import kept

__all__ = ["FORMULAS", "Formula", "gradcam_plus_plus", "spread_out", "weighted", "worked_out"]


def gradcam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Equations 1 and 2 of arXiv 1610.02391, before the ReLU."""
    height, width, channels = a.shape
    signed = np.zeros((height, width))
    for k in range(channels):
        weight = sum(g[i, j, k] for i in range(height) for j in range(width)) / (height * width)
        signed += weight * a[:, :, k]
    return signed


def gradcam_plus_plus(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Equations 5 and 19 of arXiv 1710.11063."""
    signed = np.zeros(a.shape[:2])
    for k in range(a.shape[2]):
        weight = 0.0
        for slope in g[:, :, k].flat:
            if slope > 0:
                alpha = slope**2 / (2 * slope**2 + a[:, :, k].sum() * slope**3)
                weight += alpha * slope
        signed += weight * a[:, :, k]
    return signed


def hirescam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Multiply and add up, as arXiv 2011.08891 does."""
    signed = np.zeros(a.shape[:2])
    for k in range(a.shape[2]):
        signed += g[:, :, k] * a[:, :, k]
    return signed


def xgradcam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Equation 8 of arXiv 2008.02312; a channel that is 0 everywhere adds nothing."""
    signed = np.zeros(a.shape[:2])
    for k in range(a.shape[2]):
        total = a[:, :, k].sum()
        if total != 0:
            signed += (a[:, :, k] / total * g[:, :, k]).sum() * a[:, :, k]
    return signed


def layercam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Take positive gradients alone, as the paper in TIP 2021; before its last ReLU."""
    signed = np.zeros(a.shape[:2])
    for k in range(a.shape[2]):
        signed += np.where(g[:, :, k] > 0, g[:, :, k], 0) * a[:, :, k]
    return signed


def cam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Equation 2 of arXiv 1512.04150: the last layer times the class's row of the head."""
    weights, _ = load()
    _, last = in_numpy.behind(weights, a[np.newaxis])
    signed = np.zeros(last.shape[1:3])
    for k in range(last.shape[3]):
        signed += weights["head.kernel"][k, TARGET] * last[0, :, :, k]
    return signed


def ablationcam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Equations 2 and 3 of the paper in WACV 2020, before the ReLU."""
    whole = _score(a)
    signed = np.zeros(a.shape[:2])
    for k in range(a.shape[2]):
        without = a.copy()
        without[:, :, k] = 0
        signed += (whole - _score(without)) / whole * a[:, :, k]
    return signed


def weighted(weights: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Return the sum of the channels, each times its weight."""
    signed: np.ndarray = sum(weights[k] * a[:, :, k] for k in range(a.shape[2]))
    return signed


def _score(a: np.ndarray) -> float:
    weights, _ = load()
    return float(in_numpy.behind(weights, a[np.newaxis])[0][0, TARGET])


def scorecam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Equations 4 to 6 of arXiv 1910.01279, before the ReLU; a channel of one value has no mask."""
    return score_weighted(a, lambda channel: spread_out(stretched(channel)))


def score_weighted(a: np.ndarray, mask: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the channels weighted by the softmax of the scores under their masks."""
    varied = a[:, :, np.ptp(a, axis=(0, 1)) > 0]
    scores = np.exp(logits_behind(varied, mask)[:, TARGET])
    return weighted(scores / scores.sum(), varied)


def logits_behind(a: np.ndarray, mask: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the logits of the picture behind the mask of each channel, shape (K, classes)."""
    weights, [picture] = load()
    masks = [mask(a[:, :, k]) for k in range(a.shape[2])]
    return in_numpy.logits(weights, np.array([picture * one[:, :, np.newaxis] for one in masks]))


def stretched(channel: np.ndarray, *, corners: bool = False) -> np.ndarray:
    """Return a channel at the picture's size: linear between the centres of cells, or corners."""
    for axis, length in enumerate(SIZE):
        cells = channel.shape[axis]
        centres = (np.arange(length) + 0.5) * cells / length - 0.5
        where = np.linspace(0, cells - 1, length) if corners else centres
        channel = np.apply_along_axis(
            lambda line, at=where: np.interp(at, np.arange(len(line)), line), axis, channel
        )
    return channel


def spread_out(channel: np.ndarray) -> np.ndarray:
    """Return a channel with values from 0 to 1."""
    found: np.ndarray = (channel - channel.min()) / np.ptp(channel)
    return found


def eigencam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Section 3 of arXiv 2008.00299: the first principal component, its sum not negative."""
    signed = principal(a.reshape(-1, a.shape[2])).reshape(a.shape[:2])
    return signed * np.sign(signed.sum())


def eigengradcam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Eigen-CAM of activations times gradients, with the sign of HiResCAM."""
    signed = principal((a * g).reshape(-1, a.shape[2])).reshape(a.shape[:2])
    return signed * np.sign((signed * hirescam(a, g)).sum())


def principal(rows: np.ndarray) -> np.ndarray:
    """Return rows along their first principal direction, which repeated steps find."""
    direction = np.arange(1.0, rows.shape[1] + 1)
    for _ in range(2000):
        direction = rows.T @ (rows @ direction)
        direction /= np.linalg.norm(direction)
    return rows @ direction


def finercam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Explain the target's score less the mean of the three nearest, as arXiv 2501.11309."""
    slopes = kept("autograd")["gradients of logits"]
    return gradcam(a, slopes[TARGET] - slopes[nearest()].mean(axis=0))


def nearest() -> np.ndarray:
    """Return the three classes whose logits are nearest to the target's."""
    logits = kept("autograd")["logits"]
    order: np.ndarray = np.argsort(np.abs(logits - logits[TARGET]))
    return order[1:4]


def shapleycam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Take half the Hessian's product off, as arXiv 2501.06261; of the target's probability.

    Behind the layer the logits are piecewise linear, so that the Hessian of the probability is
    that of the softmax between the gradients of the logits.
    """
    seen = kept("autograd")
    rates, shares = seen["gradients of logits"], np.exp(seen["logits"])
    p = shares / shares.sum()
    own = np.arange(len(p)) == TARGET
    first = p[TARGET] * (own - p)
    second = p[TARGET] * (np.outer(own - p, own - p) - np.diag(p) + np.outer(p, p))
    gradient = np.tensordot(first, rates, 1)
    product = np.tensordot(second @ np.tensordot(rates, a, 3), rates, 1)
    return gradcam(a, gradient - product / 2)


def smoothgradcam_plus_plus(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Equations 4 to 6 of arXiv 1908.01224, with derivatives averaged over PyTorch's draws."""
    first, second, third = kept("autograd")["noisy powers"]
    alpha = second / np.where(second == 0, 1, 2 * second + a.sum((0, 1)) * third)
    return weighted((alpha * np.maximum(first, 0)).sum((0, 1)), a)


def fullgrad(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Equation 5 of arXiv 1905.00780, each layer brought to [0, 1] as in the authors' code."""
    total = np.zeros(SIZE)
    for contribution in contributions():
        shares = spread_out(np.abs(contribution))
        total += sum(stretched(shares[:, :, k]) for k in range(shares.shape[2]))
    return total


def contributions() -> list[np.ndarray]:
    """Return picture times gradient, and the biases of convolutions and norms times theirs."""
    weights, [picture] = load()
    seen = kept("autograd")
    parts = [picture * seen["gradients of picture"]]
    for number in (1, 2, 3):
        parts.append(weights[f"conv{number}.bias"] * seen[f"gradients of conv{number}"])
    for number in (1, 3):
        gamma, beta, mean, variance = (
            weights[f"norm{number}.{name}"] for name in ("gamma", "beta", "mean", "variance")
        )
        shift = beta - mean * gamma / np.sqrt(variance + 1e-3)
        parts.append(shift * seen[f"gradients of norm{number}"])
    return parts


def guided_gradcam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Section 3.2 of arXiv 1610.02391, with grad-cam's guided backpropagation."""
    guided = np.abs(kept("grad-cam")["guided"]).max(axis=2)
    return stretched(np.maximum(gradcam(a, g), 0)) * guided


Formula = Callable[[np.ndarray, np.ndarray], np.ndarray]

FORMULAS: dict[str, Formula] = {
    "gradcam": gradcam,
    "gradcam++": gradcam_plus_plus,
    "hirescam": hirescam,
    "xgradcam": xgradcam,
    "layercam": layercam,
    "cam": cam,
    "ablationcam": ablationcam,
    "scorecam": scorecam,
    "eigencam": eigencam,
    "eigengradcam": eigengradcam,
    "finercam": finercam,
    "shapleycam": shapleycam,
    "smoothgradcam++": smoothgradcam_plus_plus,
    "fullgrad": fullgrad,
    "guided_gradcam": guided_gradcam,
}


def worked_out(formula: Formula, scale: float = 1) -> np.ndarray:
    """Return the map that a formula gives for the case, or for logits multiplied by `scale`."""
    seen = kept("autograd")
    return formula(seen["activations"], seen["gradients"] * scale)
