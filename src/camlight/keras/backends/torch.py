"""The PyTorch backend; the package's docstring says what each function promises."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from camlight.keras.errors import inside
from camlight.keras.places import Place
from camlight.keras.running import Run, predict

from . import Captured, Choose
from .listening import floating, listening

__all__ = ["all_paths_cross", "capture", "to_numpy"]


def capture(run: Run, places: Sequence[Place], choose: Choose) -> Captured:
    """Catch activations, answer and gradients in one forward pass.

    Nothing is recorded before an output of the places appears; from there on everything is.
    """
    with torch.no_grad():

        def catch(output: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            torch.set_grad_enabled(True)  # until the surrounding no_grad ends
            kept = output.clone() if output.requires_grad else output.detach().requires_grad_()
            return kept, kept.clone()  # a copy, which what comes next may change in place

        with listening(run, places, catch) as ears:
            answer = predict(run, ears.inputs())
        scores = [score(answer.scores) for score in choose(answer.map(to_numpy))]
    kept = ears.kept
    with inside(run.model, run.inputs, "differentiated"):
        gradients = [_gradients(score, kept) for score in scores]
    return Captured.of(to_numpy, answer, kept, scores, gradients)


def all_paths_cross(run: Run, place: Place) -> bool:
    """Say whether cutting the operation's output cuts the model's output from its input."""
    tensors = run.tensors
    picture = floating(tensors[run.picture]).requires_grad_()
    tensors[run.picture] = picture
    with (
        torch.enable_grad(),
        listening(run, [place], lambda output: (None, output.detach())),
    ):
        answer = predict(run, tensors)
        return _gradients(answer.scores.sum(), [picture]) == [None]


def _gradients(
    score: torch.Tensor, places: Sequence[torch.Tensor]
) -> Sequence[torch.Tensor | None]:
    if not score.requires_grad:
        return [None] * len(places)
    return list(torch.autograd.grad(score, places, allow_unused=True, retain_graph=True))


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """Return the tensor as an array; half precision becomes float32."""
    half = tensor.dtype in (torch.float16, torch.bfloat16)
    array: np.ndarray = (tensor.float() if half else tensor).detach().cpu().numpy()
    return array
