"""What the attention of a vision transformer shows, caught while the model runs as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from camlight.keras.attention import ATTENTION, tapped_attention
from camlight.keras.backends import Captured
from camlight.keras.capture import caught, grid_of
from camlight.keras.fast import compiled_for
from camlight.keras.memory import Plan
from camlight.keras.places import Place
from camlight.keras.running import predict
from camlight.keras.targets import Targets
from camlight.keras.tokens import Grid, checked_grid

from .scene import Scene

__all__ = ["attention_gradients", "attentions", "token_grid"]


def attentions(scene: Scene) -> list[np.ndarray]:
    """Return the attention of each block, shape (heads, T, T), its rows being the queries.

    Raises
    ------
    ValueError
        If the model has no attention, or it isn't one of all tokens to all tokens in each block.
    """
    return [_by_head(array) for array in _caught(scene, "attentions").activations]


def attention_gradients(scene: Scene) -> list[np.ndarray]:
    """Return the derivatives of the score by the attention of each block.

    Raises
    ------
    ValueError
        As `attentions` does.
    """
    seen = _caught(scene, "attention_gradients")
    return [
        _by_head(np.zeros_like(array) if gradient is None else scene.sign * gradient)
        for array, gradient in zip(seen.activations, seen.gradients[scene.number], strict=True)
    ]


def token_grid(scene: Scene) -> Grid:
    """Return how the patches lie in the picture, ``(h, w)``.

    Raises
    ------
    ValueError
        As `attentions` does; and if the number of tokens doesn't tell.
    """
    grid = _plan(scene).layers[0].grid
    assert grid is not None
    return grid


def _by_head(array: np.ndarray) -> np.ndarray:
    return array[0] if array.ndim == 4 else array  # without a batch axis, or with no heads


def _caught(scene: Scene, what: str) -> Captured:
    """Run the model once for all targets, or for one where these don't matter."""
    if what not in scene.shared:
        targets, plan = scene.question.targets, _plan(scene)
        indices = [target.index for target in scene.seen.targets]
        if None not in indices:
            targets = Targets(indices[:1] if what == "attentions" else indices)
        compiled = compiled_for(scene.run, scene.memory, plan, scene.question.compile)
        scene.shared[what], _ = caught(scene.run, plan, targets, compiled)
    found: Captured = scene.shared[what]
    return found


def _plan(scene: Scene) -> Plan:
    """Return the plan whose layers are the attention of each block."""
    leaves = keras.tree.flatten(scene.run.inputs)
    shapes = tuple(None if leaf is None else leaf.shape for leaf in leaves)
    grid = checked_grid(scene.question.grid)
    key = ("attention", shapes, scene.run.picture, scene.run.output, grid, scene.plan.head is None)
    return scene.remembered(key, lambda: _found(scene, grid))


def _found(scene: Scene, grid: Grid | None) -> Plan:
    heard: list[Any] = []

    def note(output: Any) -> Any:
        heard.append(output)
        return output

    with tapped_attention(note):
        answer = predict(scene.run, scene.run.tensors)
    shapes = {
        number: tuple(output.shape)
        for number, output in enumerate(heard)
        if output is not answer.output
    }
    _check(scene, list(shapes.values()))
    count = next(iter(shapes.values()))[-1]
    grid = grid_of(scene.run, scene.plan.maps, "the attention", count, grid)
    blocks = [Place(ATTENTION, f"attention_{number}", call=number, grid=grid) for number in shapes]
    return replace(scene.plan, layers=blocks)


def _check(scene: Scene, shapes: list[tuple[int, ...]]) -> None:
    """Raise ValueError unless all tokens attend to all tokens in each block."""
    expected = (
        f"Expected a vision transformer whose tokens all attend to each other in each block, "
        f"along with method `{scene.question.method.name}`. Received: model "
        f"`{scene.run.model.name}`,"
    )
    cure = (
        'Choose another method: `method="gradcam"`, or, where no layer has a map, '
        '`method="integrated_gradients"`.'
    )
    if not shapes:
        raise ValueError(
            f"{expected} in which no attention is seen: nothing in it goes through Keras's "
            f"softmax of a tensor (1, heads, T, T) or its `dot_product_attention`. {cure}"
        )
    odd = [shape for shape in shapes if not _attends_to_all(shape)]
    if odd:
        raise ValueError(
            f"{expected} where a softmax gives {odd[0]}, which isn't (1, heads, T, T): attention "
            f"within windows or to pooled tokens can't be led back to the patches. {cure}"
        )
    counts = {shape[-1] for shape in shapes}
    if len(counts) > 1:
        raise ValueError(
            f"{expected} whose blocks have different numbers of tokens, "
            f"{', '.join(map(str, sorted(counts)))}. {cure}"
        )


def _attends_to_all(shape: tuple[int, ...]) -> bool:
    return len(shape) in (3, 4) and shape[0] == 1 and shape[-1] == shape[-2]
