"""What grad-cam, torchcam and captum say, in their virtual environment.

Every map is kept as the peer has it before it cuts, scales and enlarges it; maps of the picture
with their channels, shape (H, W, C).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import captum.attr
import numpy as np
import pytorch_grad_cam
import torch
import torchcam.methods
from pytorch_grad_cam.utils.model_targets import (
    ClassifierOutputSoftmaxTarget,
    ClassifierOutputTarget,
)
from torch import nn

from tests.conformance.case import FAINT, LAST, LAYER, SEED, TARGET, load
from tests.conformance.keeping import keep
from tests.conformance.options import OCCLUSION, SAMPLES, STEPS, spread

from .twin import in_torch

Maps = dict[str, np.ndarray]
BIASED = ("conv1", "norm1", "conv2", "conv3", "norm3")


def by_autograd(network: nn.Sequential, picture: torch.Tensor) -> Maps:
    """Return what the formulas need, by nothing but PyTorch's own autograd.

    Gradients of the target's logit by the layer, by the picture and by the outputs of the layers
    that add a bias; and of every logit by the layer.
    """
    cut = [name for name, _ in network.named_children()].index(LAYER) + 1
    activations = network[:cut](picture).detach().requires_grad_()
    logits = network[cut:](activations)[0]
    gradients = [torch.autograd.grad(logit, activations, retain_graph=True)[0] for logit in logits]
    pictured, outputs = picture.clone().requires_grad_(), {}
    x = pictured
    for name, module in network.named_children():
        x = outputs[name] = module(x)
    named = {"picture": pictured} | {name: outputs[name] for name in BIASED}
    slopes = torch.autograd.grad(x[0, TARGET], list(named.values()))
    return {
        "activations": _last(activations),
        "gradients": _last(gradients[TARGET]),
        "gradients of logits": np.array([_last(one) for one in gradients]),
        "logits": logits.detach().numpy(),
        **{f"gradients of {name}": _last(one) for name, one in zip(named, slopes, strict=True)},
    }


def noisy(network: nn.Sequential, picture: torch.Tensor) -> Maps:
    """Return the layer's gradients, their squares and cubes, each averaged over noisy pictures."""
    cut = [name for name, _ in network.named_children()].index(LAYER) + 1
    noise = spread(picture.numpy()) * torch.randn(SAMPLES, *picture.shape[1:])
    activations = network[:cut](picture + noise).detach().requires_grad_()
    [slopes] = torch.autograd.grad(network[cut:](activations)[:, TARGET].sum(), activations)
    means = [(slopes**power).mean(0, keepdim=True) for power in (1, 2, 3)]
    return {"noisy powers": np.array([_last(one) for one in means])}


def grad_cam(network: nn.Sequential, picture: torch.Tensor) -> Maps:
    """Return grad-cam's maps; of Grad-CAM++ also where the scores are faint."""
    layer = network.get_submodule(LAYER)
    logit, probability = (
        [make(TARGET)] for make in (ClassifierOutputTarget, ClassifierOutputSoftmaxTarget)
    )
    names = {
        "gradcam": "GradCAM",
        "gradcam++": "GradCAMPlusPlus",
        "hirescam": "HiResCAM",
        "xgradcam": "XGradCAM",
        "layercam": "LayerCAM",
        "scorecam": "ScoreCAM",
        "ablationcam": "AblationCAM",
        "eigencam": "EigenCAM",
        "eigengradcam": "EigenGradCAM",
        "shapleycam": "ShapleyCAM",
    }
    maps = {}
    for name, kind in names.items():
        explainer = getattr(pytorch_grad_cam, kind)(network, [layer])
        wanted = probability if name == "shapleycam" else logit
        maps[name] = _before_scaling(explainer, lambda e=explainer, t=wanted: e(picture, t))
    finer = pytorch_grad_cam.FinerCAM(network, [layer])
    maps["finercam"] = _before_scaling(
        finer.base_cam, lambda: finer(picture.clone(), target_idx=TARGET)
    )
    maps["fullgrad"] = pytorch_grad_cam.FullGrad(network, [])(picture.clone(), logit)[0]
    guided = pytorch_grad_cam.GuidedBackpropReLUModel(network)
    maps["guided"] = guided(picture.clone(), TARGET)
    faint = in_torch(load(FAINT)[0])
    explainer = pytorch_grad_cam.GradCAMPlusPlus(faint, [faint.get_submodule(LAYER)])
    maps["gradcam++ of faint scores"] = _before_scaling(
        explainer, lambda: explainer(picture, logit)
    )
    return maps


def _before_scaling(explainer: Any, explain: Callable[[], Any]) -> np.ndarray:
    """Return the signed map that grad-cam goes on to cut, scale and enlarge."""
    found, make = [], explainer.get_cam_image

    def listening(*arguments: Any, **named: Any) -> np.ndarray:
        found.append(make(*arguments, **named))
        return found[-1]

    explainer.get_cam_image = listening
    explain()
    return found[0][0]


def torchcam_(network: nn.Sequential, picture: torch.Tensor) -> Maps:
    """Return torchcam's maps: their positive parts, but for CAM's."""
    names = {
        "gradcam": "GradCAM",
        "gradcam++": "GradCAMpp",
        "xgradcam": "XGradCAM",
        "layercam": "LayerCAM",
        "scorecam": "ScoreCAM",
    }
    methods, maps = torchcam.methods, {}
    for name, kind in names.items():
        maps[name] = _of_torchcam(getattr(methods, kind)(network, LAYER), network, picture)
    maps["cam"] = _of_torchcam(methods.CAM(network, LAST, "head"), network, picture)
    for name, std in {"": spread(picture.numpy()), " without noise": 1e-9}.items():
        explainer = methods.SmoothGradCAMpp(network, LAYER, num_samples=SAMPLES, std=std)
        maps[f"smoothgradcam++{name}"] = _of_torchcam(explainer, network, picture)
    return maps


def _of_torchcam(explainer: Any, network: nn.Module, picture: torch.Tensor) -> np.ndarray:
    with explainer:
        scores = network(picture)
        [found] = explainer(TARGET, scores, normalized=False)
    return found[0].detach().numpy()


def captum_(network: nn.Sequential, picture: torch.Tensor) -> Maps:
    """Return captum's maps."""
    attr, layer = captum.attr, network.get_submodule(LAYER)
    window, stride = ((3, size, size) for size in (OCCLUSION["size"], OCCLUSION["stride"]))
    saliency = attr.Saliency(network)
    found = {
        "gradcam": attr.LayerGradCam(network, layer).attribute(picture, TARGET),
        "guided": attr.GuidedBackprop(network).attribute(picture, TARGET),
        "guided_gradcam": attr.GuidedGradCam(network, layer).attribute(
            picture, TARGET, interpolate_mode="bilinear"
        ),
        "gradient": saliency.attribute(picture, TARGET, abs=False),
        "gradient_x_input": attr.InputXGradient(network).attribute(picture, TARGET),
        "integrated_gradients": attr.IntegratedGradients(network).attribute(
            picture, target=TARGET, n_steps=STEPS
        ),
        "occlusion": attr.Occlusion(network).attribute(
            picture, target=TARGET, sliding_window_shapes=window, strides=stride
        ),
        "smoothgrad": attr.NoiseTunnel(saliency).attribute(
            picture,
            target=TARGET,
            abs=False,
            nt_type="smoothgrad",
            nt_samples=SAMPLES,
            nt_samples_batch_size=100,
            stdevs=spread(picture.numpy()),
        ),
    }
    return {name: _last(tensor) for name, tensor in found.items()}


def _last(tensor: torch.Tensor) -> np.ndarray:
    """Return the one map with its channels last, or without them where there is but one."""
    array: np.ndarray = np.moveaxis(tensor.detach().numpy()[0], 0, -1)
    return array[..., 0] if array.shape[-1] == 1 else array


def explain() -> dict[str, str]:
    """Have each explain, keep what it says, and return their versions."""
    weights, picture = load()
    tensor = torch.from_numpy(np.moveaxis(picture, -1, 1).copy())
    peers = {"grad-cam": grad_cam, "torchcam": torchcam_, "captum": captum_}
    torch.manual_seed(SEED)
    network = in_torch(weights)
    keep("autograd", by_autograd(network, tensor) | noisy(network, tensor))
    for peer, maps in peers.items():
        torch.manual_seed(SEED)
        keep(peer, maps(in_torch(weights), tensor))
    return {name: version(name).partition("+")[0] for name in ("torch", *peers)}
