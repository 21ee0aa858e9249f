"""Keras's ResNet50 written by hand in PyTorch, and Grad-CAM by PyTorch's own autograd."""

import torch
import torch.nn.functional as F  # noqa: N812 # its customary name

from tests.references import array

STAGES = {2: 3, 3: 4, 4: 6, 5: 3}
"""Blocks of each stage."""


class ResNet50:
    """Reads its weights out of the Keras model; works channels first, as PyTorch does."""

    def __init__(self, model):
        self._weights = {
            layer.name: [torch.tensor(array(weight)) for weight in layer.weights]
            for layer in model.layers
        }

    def features(self, picture):
        """The output of the last stage, shape (1, 2048, h, w), for a picture (1, H, W, 3)."""
        x = F.pad(torch.tensor(picture).permute(0, 3, 1, 2), (3, 3, 3, 3))
        x = F.relu(self._norm("conv1_bn", self._conv("conv1_conv", x, 2)))
        x = F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2)
        for stage, blocks in STAGES.items():
            for block in range(1, blocks + 1):
                stride = 2 if block == 1 and stage > 2 else 1
                x = self._block(f"conv{stage}_block{block}", x, stride, shortcut=block == 1)
        return x

    def scores(self, features):
        """The logits for the features."""
        kernel, bias = self._weights["predictions"]
        return features.mean((2, 3)) @ kernel + bias

    def _block(self, name, x, stride, shortcut):
        side = self._step(f"{name}_0", x, stride) if shortcut else x
        y = F.relu(self._step(f"{name}_1", x, stride))
        y = F.relu(self._step(f"{name}_2", y, 1))
        return F.relu(side + self._step(f"{name}_3", y, 1))

    def _step(self, name, x, stride):
        return self._norm(f"{name}_bn", self._conv(f"{name}_conv", x, stride))

    def _conv(self, name, x, stride):
        kernel, bias = self._weights[name]
        padding = "same" if stride == 1 else 0
        return F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, stride, padding)

    def _norm(self, name, x):
        gamma, beta, mean, variance = self._weights[name]
        return F.batch_norm(x, mean, variance, gamma, beta, eps=1.001e-5)


def grad_cam(network, picture, target):
    """The signed Grad-CAM map at the last stage, shape (h, w), and the score."""
    features = network.features(picture).detach().requires_grad_()
    score = network.scores(features)[0, target]
    [gradients] = torch.autograd.grad(score, features)
    signed = (gradients.mean((2, 3), keepdim=True) * features).sum(1)[0]
    return signed.detach().numpy(), score.item()
