"""ResNet50 as one writes it in PyTorch, with the weights of Keras's."""

from __future__ import annotations

from typing import Any

import keras
import torch
import torch.nn.functional as F  # noqa: N812 # its customary name
from torch import nn

__all__ = ["ResNet50"]

BLOCKS = {2: 3, 3: 4, 4: 6, 5: 3}
"""How many of each stage."""


class ResNet50(nn.Module):
    """Takes pictures of shape (N, 3, H, W) and gives 1,000 probabilities, as Keras's does.

    Parameters
    ----------
    model : keras.Model
        Keras's ResNet50, whose weights are copied.
    """

    def __init__(self, model: keras.Model) -> None:
        super().__init__()
        self.start = _step(model, "conv1", stride=2, padding=3)
        self.stages = nn.Sequential()
        for stage, count in BLOCKS.items():
            for number in range(1, count + 1):
                name = f"conv{stage}_block{number}"
                self.stages.append(Block(model, name, 2 if number == 1 and stage > 2 else 1))
        self.head = nn.Linear(2048, 1000)
        _copy(model.get_layer("predictions"), self.head)
        self.eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the probabilities."""
        x = F.max_pool2d(F.pad(F.relu(self.start(x)), (1, 1, 1, 1)), 3, 2)
        return F.softmax(self.head(self.stages(x).mean((2, 3))), dim=1)

    def layer(self, name: str) -> nn.Module:
        """Return the block that is called `name`, such as ``"conv2_block3_out"``."""
        stage, number = int(name[4]), int(name.split("_")[1].removeprefix("block"))
        before = sum(count for earlier, count in BLOCKS.items() if earlier < stage)
        return self.stages[before + number - 1]


class Block(nn.Module):
    """Three convolutions, and a way around them."""

    def __init__(self, model: keras.Model, name: str, stride: int) -> None:
        super().__init__()
        self.first = _step(model, f"{name}_1", stride)
        self.second = _step(model, f"{name}_2", padding=1)
        self.third = _step(model, f"{name}_3")
        names = {layer.name for layer in model.layers}
        turns = f"{name}_0_conv" in names
        self.side = _step(model, f"{name}_0", stride) if turns else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the block's map."""
        y = F.relu(self.second(F.relu(self.first(x))))
        return F.relu(self.side(x) + self.third(y))


def _step(model: keras.Model, name: str, stride: int = 1, padding: int = 0) -> nn.Sequential:
    """Return a convolution and its normalization."""
    conv, norm = model.get_layer(f"{name}_conv"), model.get_layer(f"{name}_bn")
    height, width, inside, out = conv.kernel.shape
    step = nn.Sequential(
        nn.Conv2d(inside, out, (height, width), stride, padding), nn.BatchNorm2d(out, norm.epsilon)
    )
    _copy(conv, step[0])
    _copy(norm, step[1])
    return step


def _copy(layer: Any, module: nn.Module) -> None:
    """Copy a Keras layer's weights, turning kernels to PyTorch's order."""
    values = [torch.tensor(weight) for weight in layer.get_weights()]
    if values[0].ndim > 1:
        values[0] = values[0].permute(3, 2, 0, 1) if values[0].ndim == 4 else values[0].T
    own = [module.weight, module.bias]
    if isinstance(module, nn.BatchNorm2d):
        own += [module.running_mean, module.running_var]
    with torch.no_grad():
        for ours, theirs in zip(own, values, strict=True):
            ours.copy_(theirs)
