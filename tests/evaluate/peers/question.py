"""What all are asked, in NumPy alone: a picture, maps of it, and a small network's probabilities.

The draws are those that camlight's measures make of the same seed, so that its peers, which draw
without a seed of their own, can be given them.
"""

import numpy as np

SEED = 5
SIDE = 8
SAMPLES = 16
SUBSET = 20
RADIUS = 0.2

_random = np.random.default_rng(0)
PICTURE = _random.uniform(-1, 1, (SIDE, SIDE, 1)).astype("float32")
FIRST = _random.normal(size=(SIDE * SIDE, 12)).astype("float32") / 4
SECOND = _random.normal(size=(12, 3)).astype("float32")
TARGET = 2
HANDICAP = 2.0
"""Taken off the first logit where right answers are counted: that then is right but for some."""
PERCENTILES = [12.5, 25, 37.5, 50, 62.5, 75, 87.5]

SIGNED = _random.normal(size=(SIDE, SIDE)).astype("float32")
POSITIVE = (SIGNED - SIGNED.min()).astype("float32")
HOLE = _random.uniform(size=(SIDE, SIDE)) < 0.6


def probabilities(pictures):
    """From pictures (N, 8, 8, 1) to the softmax of a network of two layers, (N, 3)."""
    logits = np.tanh(pictures.reshape(len(pictures), -1) @ FIRST) @ SECOND
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def score_pictures(pictures):
    return probabilities(pictures)[:, TARGET]


def gradient():
    """Of the target's probability by the picture, worked out by the chain rule."""
    hidden = np.tanh(PICTURE.reshape(1, -1) @ FIRST)
    p = probabilities(PICTURE[np.newaxis])[0]
    by_logits = p[TARGET] * ((np.arange(3) == TARGET) - p)
    by_picture = FIRST @ ((1 - hidden[0] ** 2) * (SECOND @ by_logits))
    return by_picture.reshape(PICTURE.shape).astype("float32")


def noises(scale=0.3):
    random = np.random.default_rng(SEED)
    return [random.normal(scale=scale, size=PICTURE.shape) for _ in range(SAMPLES)]


def changes():
    random = np.random.default_rng(SEED)
    return [random.uniform(-RADIUS, RADIUS, PICTURE.shape) for _ in range(SAMPLES)]


def subsets():
    random = np.random.default_rng(SEED)
    return [random.choice(SIDE * SIDE, SUBSET, replace=False) for _ in range(SAMPLES)]


def explain(picture):
    """A map that moves with the picture."""
    return np.tanh(3 * picture[..., 0]) * SIGNED
