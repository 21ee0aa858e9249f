"""Options that the peers and camlight are given alike."""

import numpy as np

__all__ = ["FEWER", "NOISE", "OCCLUSION", "RISE", "SAMPLES", "STEPS", "spread"]

FEWER = 0.3
"""Share of the peers' draws that camlight makes do with, so that the tests stay quick."""

SAMPLES, NOISE = 1000, 0.15
"""Of SmoothGrad and Smooth Grad-CAM++: draws, and their standard deviation as a share of the range
of the picture's values."""

OCCLUSION = {"size": 8, "stride": 4}
"""Pixels of the square that is covered, and between one and the next."""

RISE = {"masks": 10_000, "cells": 4, "p": 0.5}

STEPS = 50
"""Of Integrated Gradients."""


def spread(picture: np.ndarray) -> float:
    """Return the standard deviation of the noise, in units of the picture."""
    return NOISE * float(np.ptp(picture))
