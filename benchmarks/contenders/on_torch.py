"""On PyTorch: three peers, each on the Keras model and on ResNet50 as one writes it in PyTorch.

Pictures and layers are channels first, as the peers want it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import torch

from benchmarks.torch_resnet import ResNet50

from .contender import Case, Contender, weighted_sum
from .ours import CAMLIGHT

__all__ = ["CONTENDERS"]

Networks = Callable[[Case], tuple[torch.nn.Module, torch.nn.Module]]
"""Takes a case, returns the network and the layer."""


def of_keras(case: Case) -> tuple[torch.nn.Module, torch.nn.Module]:
    """Return the Keras model, which on this backend is a module of PyTorch."""
    return case.model, case.keras_layer


def of_torch(case: Case) -> tuple[torch.nn.Module, torch.nn.Module]:
    """Return ResNet50 written in PyTorch, with the same weights."""
    network = ResNet50(case.model)
    return network, network.layer(case.layer)


def forward(case: Case, networks: Networks = of_keras) -> Callable[[], Any]:
    """Prepare the forward pass alone."""
    network, _ = networks(case)

    def run() -> Any:
        with torch.inference_mode():
            return network(torch.from_numpy(case.pictures)).numpy()

    return run


def optimum(case: Case, networks: Networks = of_keras) -> Callable[[], Any]:
    """Prepare a forward pass recorded from the layer on, and the way back to there."""
    network, layer = networks(case)
    network.requires_grad_(False)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    kept = []

    def record(module: torch.nn.Module, given: Any, output: torch.Tensor) -> torch.Tensor:
        torch.set_grad_enabled(True)  # until no_grad ends
        kept[:] = [output.detach().requires_grad_()]
        return kept[0].clone()  # which what comes next may change in place

    directions = torch.eye(len(case.targets))

    def run() -> Any:
        with torch.no_grad(), layer.register_forward_hook(record):
            scores = network(torch.from_numpy(case.pictures))
            totals = scores[:, case.targets].sum(0)
        [gradients] = torch.autograd.grad(totals, kept, directions, is_grads_batched=True)
        activations = kept[0].detach()
        return scores.detach().numpy(), weighted_sum(_last(activations), _last(gradients, 2))

    def single() -> Any:
        with torch.no_grad(), layer.register_forward_hook(record):
            scores = network(torch.from_numpy(case.pictures))
            total = scores[:, case.targets[0]].sum()
        [gradients] = torch.autograd.grad(total, kept)
        activations = kept[0].detach()
        return scores.detach().numpy(), weighted_sum(_last(activations), _last(gradients[None], 2))

    return single if len(case.targets) == 1 else run


def _last(tensor: torch.Tensor, channels: int = 1) -> np.ndarray:
    """Return a map's channels as the last axis; tokens have them there."""
    array: np.ndarray = tensor.numpy()
    return np.moveaxis(array, channels, -1) if array.ndim == channels + 3 else array


def grad_cam(case: Case, networks: Networks = of_keras) -> Callable[[], Any]:
    """Prepare grad-cam, which enlarges its maps."""
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    network, layer = networks(case)
    explainer = GradCAM(network, [layer])
    wanted = [[ClassifierOutputTarget(c)] * len(case.pictures) for c in case.targets]
    return lambda: [explainer(torch.from_numpy(case.pictures), targets) for targets in wanted]


def _as_grad_cam(heatmap: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    from pytorch_grad_cam.utils.image import scale_cam_image

    enlarged: np.ndarray = scale_cam_image(heatmap[None], size[::-1])[0]
    return enlarged


def torchcam(case: Case, networks: Networks = of_keras) -> Callable[[], Any]:
    """Prepare torchcam: one pass forward, one back for each target."""
    from torchcam.methods import GradCAM

    network, layer = networks(case)
    explainer = GradCAM(network, layer)
    last = len(case.targets) - 1

    def run() -> Any:
        scores = network(torch.from_numpy(case.pictures))
        return [
            explainer([c] * len(case.pictures), scores, retain_graph=number < last)[0].numpy()
            for number, c in enumerate(case.targets)
        ]

    return run


def captum(case: Case, networks: Networks = of_keras) -> Callable[[], Any]:
    """Prepare captum's LayerGradCam."""
    from captum.attr import LayerGradCam

    network, layer = networks(case)
    explainer = LayerGradCam(network, layer)

    def run() -> Any:
        pictures = torch.from_numpy(case.pictures)
        return [
            explainer.attribute(pictures, target=c, relu_attributions=True).detach().numpy()[:, 0]
            for c in case.targets
        ]

    return run


def _targets_first(given: Any, case: Case) -> np.ndarray:
    return np.swapaxes(np.array(given), 0, 1)


ON_KERAS = [
    Contender("forward", forward),
    Contender("optimum by hand", optimum, lambda given, case: given[1]),
    CAMLIGHT,
    Contender("grad-cam", grad_cam, _targets_first, _as_grad_cam, "pytorch_grad_cam"),
    Contender("torchcam", torchcam, _targets_first, package="torchcam.methods"),
    Contender("captum", captum, _targets_first, package="captum.attr"),
]


def _plain(contender: Contender) -> Contender:
    """Return the contender on ResNet50 written in PyTorch."""
    return replace(
        contender,
        name=f"{contender.name}, plain PyTorch",
        begin=lambda case: contender.begin(case, of_torch),  # type: ignore[call-arg]
        only="ResNet50",
    )


keras.config.set_image_data_format("channels_first")
CONTENDERS = [*ON_KERAS, *(_plain(contender) for contender in ON_KERAS if contender != CAMLIGHT)]
