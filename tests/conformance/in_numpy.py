"""The same network in NumPy, float64."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = ["before", "behind", "logits"]

Weights = dict[str, np.ndarray]


def before(weights: Weights, pictures: np.ndarray) -> np.ndarray:
    """Return the output of the layer that is looked at, for pictures (N, H, W, 3)."""
    x = _relu(_norm(weights, 1, _conv(weights, 1, pictures, stride=2)))
    return _relu(_conv(weights, 2, x, stride=2))


def behind(weights: Weights, activations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return logits (N, 10) and the last layer's output, for activations (N, 7, 9, 12)."""
    last = _relu(_norm(weights, 3, _conv(weights, 3, activations)))
    return last.mean(axis=(1, 2)) @ weights["head.kernel"] + weights["head.bias"], last


def logits(weights: Weights, pictures: np.ndarray) -> np.ndarray:
    """Return the logits of pictures."""
    return behind(weights, before(weights, pictures))[0]


def _conv(weights: Weights, number: int, x: np.ndarray, stride: int = 1) -> np.ndarray:
    windows = sliding_window_view(x.astype(np.float64), (3, 3), (1, 2))[:, ::stride, ::stride]
    kernel = weights[f"conv{number}.kernel"]
    found: np.ndarray = np.einsum("nhwcij,ijck->nhwk", windows, kernel)
    return found + weights[f"conv{number}.bias"]


def _norm(weights: Weights, number: int, x: np.ndarray) -> np.ndarray:
    gamma, beta, mean, variance = (
        weights[f"norm{number}.{name}"].astype(np.float64)
        for name in ("gamma", "beta", "mean", "variance")
    )
    normal: np.ndarray = (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    return normal


def _relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)
