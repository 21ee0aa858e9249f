"""Layers in NumPy float64, without a batch axis: what the maps are compared with."""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def conv(x, kernel, bias=0.0, strides=1, padding="valid"):
    """Convolution over any number of dimensions: x (*size, C), kernel (*window, C, F)."""
    windows = _windows(x, kernel.shape[:-2], strides, padding)
    axes = tuple(range(x.ndim - 1, windows.ndim))
    return np.tensordot(windows, np.moveaxis(kernel, -2, 0), (axes, range(len(axes)))) + bias


def depthwise(x, kernel, bias=0.0, padding="valid"):
    """Depthwise convolution: x (H, W, C), kernel (h, w, C, M)."""
    windows = _windows(x, kernel.shape[:2], 1, padding)
    return np.einsum("ijchw,hwcm->ijcm", windows, kernel).reshape(*windows.shape[:2], -1) + bias


def _windows(x, window, strides, padding):
    spatial = tuple(range(x.ndim - 1))
    if padding == "same":
        total = [
            max((-(-n // strides) - 1) * strides + k - n, 0)
            for n, k in zip(x.shape, window, strict=False)
        ]
        x = np.pad(x, [(t // 2, t - t // 2) for t in total] + [(0, 0)])
    windows = sliding_window_view(x, window, axis=spatial)
    return windows[tuple(slice(None, None, strides) for _ in spatial)]


def relu(x):
    return np.maximum(x, 0.0)


def gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def pool(x):
    """Global average pooling: (*size, C) to (C,)."""
    return x.mean(axis=tuple(range(x.ndim - 1)))


def layer_norm(x, gamma, beta, epsilon=1e-3):
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + epsilon) * gamma + beta


def batch_norm(x, gamma, beta, mean, variance, epsilon=1e-3):
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


def attention(x, query, q_bias, key, k_bias, value, v_bias, output, o_bias):
    """Multi-head self-attention as in Keras: x (N, D), query (D, heads, width)."""
    weights = attention_weights(x, query, q_bias, key, k_bias)
    return attended(weights, x, value, v_bias, output, o_bias)


def attention_weights(x, query, q_bias, key, k_bias, *_):
    """How much of each token each takes, (heads, N, N)."""
    q, k = (
        np.einsum("nd,dhw->hnw", x, kernel) + bias[:, np.newaxis]
        for kernel, bias in ((query, q_bias), (key, k_bias))
    )
    return softmax(q @ k.swapaxes(1, 2) / math.sqrt(q.shape[-1]))


def attended(weights, x, value, v_bias, output, o_bias):
    """What the tokens become by so much of each other."""
    v = np.einsum("nd,dhw->hnw", x, value) + v_bias[:, np.newaxis]
    return np.einsum("hnw,hwd->nd", weights @ v, output) + o_bias


def derivative(score, at, step=1e-5):
    """Derivatives of a function of an array by it, by central differences.

    Of a function to several numbers, shape (N,), they have the shape (N, *at.shape).
    """
    slopes = []
    for index in np.ndindex(*at.shape):
        up, down = at.copy(), at.copy()
        up[index] += step
        down[index] -= step
        slopes.append((score(up) - score(down)) / (2 * step))
    return np.moveaxis(np.array(slopes), 0, -1).reshape(*np.shape(slopes[0]), *at.shape)


def grad_cam(activations, gradients):
    """The signed map, equation 2 of the paper before its ReLU: (*size, K) to (*size)."""
    return activations @ pool(gradients)
