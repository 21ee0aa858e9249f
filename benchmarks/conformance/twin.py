"""The same network as one writes it in PyTorch."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import torch
from torch import nn

from tests.conformance.case import LAST, LAYER

__all__ = ["in_torch"]

ORDER = {"kernel": "weight", "gamma": "weight", "beta": "bias", "bias": "bias"} | {
    "mean": "running_mean",
    "variance": "running_var",
}
"""What PyTorch calls a layer's variables."""


def in_torch(weights: dict[str, np.ndarray]) -> nn.Sequential:
    """Return the network, which takes (N, 3, H, W) and gives logits."""
    kernels = [weights[f"conv{number}.kernel"] for number in (1, 2, 3)]
    convs = [nn.Conv2d(kernel.shape[2], kernel.shape[3], 3) for kernel in kernels]
    convs[0].stride = convs[1].stride = (2, 2)
    modules = {
        "conv1": convs[0],
        "norm1": nn.BatchNorm2d(convs[0].out_channels, eps=1e-3),
        "relu1": nn.ReLU(),
        "conv2": convs[1],
        LAYER: nn.ReLU(),
        "conv3": convs[2],
        "norm3": nn.BatchNorm2d(convs[2].out_channels, eps=1e-3),
        LAST: nn.ReLU(),
        "pool": nn.AdaptiveAvgPool2d(1),
        "flat": nn.Flatten(),
        "head": nn.Linear(*weights["head.kernel"].shape),
    }
    network = nn.Sequential(OrderedDict(modules))
    with torch.no_grad():
        for key, value in weights.items():
            name, _, variable = key.partition(".")
            turned = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[value.ndim]
            getattr(modules[name], ORDER[variable]).copy_(
                torch.from_numpy(value.transpose(turned).copy())
            )
    return network.eval()
