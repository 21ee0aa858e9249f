"""The PyTorch backend; the package's docstring says what each function promises."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from camlight.keras.graph.nodes import LayerCall
from camlight.keras.run.errors import inside
from camlight.keras.run.forward import ForwardPass, predict

from . import Captured, Choose, Request, Score
from .recorder import batch, captured, floating, recording

COMPILE_AT_CALL = 1
"""There is nothing to compile."""


def capture(run: ForwardPass, layers: Sequence[LayerCall], choose: Choose) -> Captured:
    """Catch activations, output and gradients in one forward pass.

    Nothing is recorded before an output of the layers appears; from there on everything is.
    """
    with torch.inference_mode(False), torch.no_grad():
        with recording(run, layers, _kept) as recorder:
            output = predict(run, recorder.inputs())
        scores = [score(output.scores) for score in choose(output.map(to_numpy))]
    kept = recorder.kept
    with inside(run.model, run.inputs, "differentiated"):
        gradients = [_gradients(score, kept) for score in scores]
    return captured(to_numpy, output, kept, scores, gradients)


class BatchRunner:
    """A batch in one forward pass, and the gradients of all scores in one pass back.

    PyTorch runs it as it comes: compiling takes a C++ compiler and a minute.
    """

    traces = 0

    def __call__(
        self,
        run: ForwardPass,
        layers: Sequence[LayerCall],
        request: Request,
        required: bool = False,
    ) -> Captured:
        """Return what the model shows of a batch of pictures."""
        tensors = request.packed([keras.ops.convert_to_tensor(array) for array in request.given])
        with torch.inference_mode(False), torch.no_grad():
            with recording(run, layers, _kept) as recorder:
                output = predict(run, recorder.inputs(tensors))
            rows = output.scores.reshape(len(request.given[0]), -1)
            indices = _chosen(rows, request)
            totals = rows.gather(1, indices).sum(axis=0)
        kept = recorder.kept
        gradients = _all_gradients(totals, kept)
        return batch(
            output.map(to_numpy),
            [to_numpy(tensor) for tensor in kept],
            to_numpy(indices),
            to_numpy(rows.gather(1, indices)),
            [g if g is None else to_numpy(g) for g in gradients],
        )


def _kept(output: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    torch.set_grad_enabled(True)  # until the surrounding no_grad ends
    kept = output.clone() if output.requires_grad else output.detach().requires_grad_()
    return kept, kept.clone()  # a copy, which what comes next may change in place


def _chosen(rows: torch.Tensor, request: Request) -> torch.Tensor:
    """Return the indices of the given and of the highest scores of each row."""
    given = torch.tensor(request.indices, dtype=torch.int64, device=rows.device)
    given = given.clamp(0, rows.shape[1] - 1)
    highest = torch.argsort(rows, dim=1, descending=True, stable=True)[:, : request.top]
    return torch.cat([given.expand(len(rows), -1), highest], dim=1)


def _all_gradients(
    totals: torch.Tensor, kept: Sequence[torch.Tensor]
) -> Sequence[torch.Tensor | None]:
    """Return the derivatives of each of the totals, one behind another along a first axis."""
    if not totals.requires_grad:
        return [None] * len(kept)
    directions = torch.eye(len(totals), dtype=totals.dtype, device=totals.device)
    if len(totals) == 1:
        found = torch.autograd.grad(totals, kept, directions[0], allow_unused=True)
        return [g if g is None else g[None] for g in found]
    return list(
        torch.autograd.grad(totals, kept, directions, allow_unused=True, is_grads_batched=True)
    )


def outlined(model: keras.Model, function: Callable[[], Any]) -> Any:
    """Run the function: there is nothing faster."""
    return function()


def all_paths_cross(run: ForwardPass, layer: LayerCall) -> bool:
    """Say whether cutting the operation's output cuts the model's output from its input."""
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        recording(run, [layer], lambda output: (None, output.detach())),
    ):
        tensors = run.tensors
        picture = floating(tensors[run.picture]).requires_grad_()
        tensors[run.picture] = picture
        output = predict(run, tensors)
        return _gradients(output.scores.sum(), [picture]) == [None]


def hessian_product(
    run: ForwardPass, layer: LayerCall, score: Score, direction: np.ndarray
) -> np.ndarray:
    """Differentiate the gradient, recorded as well, along a direction."""
    # the fast kernels of attention can be differentiated only once
    with torch.inference_mode(False), sdpa_kernel(SDPBackend.MATH):
        with torch.no_grad(), recording(run, [layer], _kept) as recorder:
            value = score(predict(run, recorder.inputs()).scores)
        [kept] = recorder.kept
        with inside(run.model, run.inputs, "differentiated"):
            [gradient] = _gradients(value, [kept], twice=True)
            if gradient is None or not gradient.requires_grad:
                return np.zeros_like(direction)
            along = torch.as_tensor(direction, dtype=gradient.dtype, device=gradient.device)
            [product] = torch.autograd.grad(gradient, [kept], along, allow_unused=True)
    return np.zeros_like(direction) if product is None else to_numpy(product)


def _gradients(
    score: torch.Tensor, kept: Sequence[torch.Tensor], twice: bool = False
) -> Sequence[torch.Tensor | None]:
    if not score.requires_grad:
        return [None] * len(kept)
    return list(
        torch.autograd.grad(score, kept, allow_unused=True, retain_graph=True, create_graph=twice)
    )


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """Return the tensor as an array; half precision becomes float32."""
    half = tensor.dtype in (torch.float16, torch.bfloat16)
    array: np.ndarray = (tensor.float() if half else tensor).detach().cpu().numpy()
    return array
