"""The PyTorch backend; the package's docstring says what each function promises."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
import torch

from camlight.keras.running import predict
from camlight.keras.tap import tapped

from .listening import listening

__all__ = ["all_paths_cross", "capture", "to_numpy"]


def capture(
    model: keras.Model,
    operation: keras.Operation,
    doc: np.ndarray,
    choose: Callable[[np.ndarray], int],
) -> tuple[np.ndarray, np.ndarray, int, np.ndarray | None]:
    """Catch activations, outputs and gradients in one forward pass.

    Nothing is recorded before the operation's output appears; from there on everything is.
    """
    caught: list[torch.Tensor] = []
    inputs = keras.ops.convert_to_tensor(doc)
    with torch.no_grad():

        def catch(output: torch.Tensor) -> torch.Tensor:
            torch.set_grad_enabled(True)  # until the surrounding no_grad ends
            caught.append(output.detach().requires_grad_())
            # a copy, which what comes next may change in place
            return caught[-1].clone()

        with listening(model, operation, catch) as listen:
            if isinstance(operation, keras.layers.InputLayer):
                inputs = listen(_floating(inputs))
            outputs = predict(model, inputs)
    rows = to_numpy(outputs)
    target = choose(rows)
    gradients = _gradient(outputs[0, target], caught[-1])
    return to_numpy(caught[-1]), rows, target, None if gradients is None else to_numpy(gradients)


def all_paths_cross(model: keras.Model, operation: keras.Operation, doc: np.ndarray) -> bool:
    """Say whether cutting the operation's output cuts the model's output from its input."""
    inputs = _floating(keras.ops.convert_to_tensor(doc)).requires_grad_()
    cut = partial(keras.tree.map_structure, torch.Tensor.detach)
    with torch.enable_grad(), tapped(operation, cut):
        outputs = predict(model, inputs)
        return _gradient(outputs.sum(), inputs) is None


def _gradient(score: torch.Tensor, of: torch.Tensor) -> torch.Tensor | None:
    if not score.requires_grad:
        return None
    return torch.autograd.grad(score, of, allow_unused=True)[0]


def _floating(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if tensor.is_floating_point() else tensor.to(torch.float32)


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """Return the tensor as an array; half precision becomes float32."""
    half = tensor.dtype in (torch.float16, torch.bfloat16)
    array: np.ndarray = (tensor.float() if half else tensor).detach().cpu().numpy()
    return array
