"""What the attention of a vision transformer shows, caught while the model runs as it is."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from camlight.keras.backends import Captured
from camlight.keras.capture.capture import Context, captured
from camlight.keras.capture.compiled import Plan, compiled_for
from camlight.keras.capture.from_run import grid_of
from camlight.keras.capture.targets import Targets
from camlight.keras.graph.nodes import ATTENTION
from camlight.keras.graph.spatial import Grid
from camlight.keras.run.forward import predict
from camlight.keras.run.hooks import attention_hook, hooked


def attentions(context: Context) -> list[np.ndarray]:
    """Return the attention of each block, shape (heads, T, T), its rows being the queries."""
    return [_by_head(array) for array in _caught(context, "attentions").activations]


def attention_gradients(context: Context) -> list[np.ndarray]:
    """Return the derivatives of the score by the attention of each block."""
    seen = _caught(context, "attention_gradients")
    return [
        _by_head(np.zeros_like(array) if gradient is None else context.sign * gradient)
        for array, gradient in zip(seen.activations, seen.gradients[context.number], strict=True)
    ]


def token_grid(context: Context) -> Grid:
    """Return how the patches lie in the picture, ``(h, w)``."""
    grid = _plan(context).layers[0].grid
    assert grid is not None
    return grid


def _by_head(array: np.ndarray) -> np.ndarray:
    return array[0] if array.ndim == 4 else array  # without a batch axis, or with no heads


def _caught(context: Context, what: str) -> Captured:
    """Run the model once for all targets, or for one where these don't matter."""
    if what not in context.shared:
        plan, options = _plan(context), context.options
        indices = [target.index for target in context.targets]
        wanted = indices[:1] if what == "attentions" else indices
        targets = options.targets if None in indices else Targets(wanted)
        compiled = compiled_for(context.run, context.cache, plan.layers, options.compile)
        context.shared[what], _ = captured(context.run, plan, targets, compiled)
    found: Captured = context.shared[what]
    return found


def _plan(context: Context) -> Plan:
    """Return the plan whose layers are the attention of each block; run the model to find them."""

    def make() -> Plan:
        seen: list[Any] = []

        def note(output: Any) -> Any:
            seen.append(output)
            return output

        with hooked([attention_hook(note)]):
            output = predict(run, run.tensors)
        found = {i: tuple(one.shape) for i, one in enumerate(seen) if one is not output.values}
        count = _tokens(context, list(found.values()))
        lie = grid_of(run, context.plan.spec, "the attention", count, grid)
        blocks = [replace(ATTENTION, path=f"attention_{i}", call=i, grid=lie) for i in found]
        return replace(context.plan, layers=blocks)

    run, grid, final = context.run, context.options.grid, context.plan.final_activation
    leaves = keras.tree.flatten(run.inputs)
    shapes = tuple(None if leaf is None else leaf.shape for leaf in leaves)
    key = ("attention", shapes, run.picture, run.output, grid, final is None)
    return context.planned(key, make)


def _tokens(context: Context, shapes: list[tuple[int, ...]]) -> int:
    """Return their number; raise ValueError unless all attend to all of them in each block."""
    expected = (
        "Expected a vision transformer whose tokens all attend to each other in each block, along "
        f"with method `{context.options.method.name}`. Received: model `{context.run.model.name}`,"
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
    for shape in shapes:
        if len(shape) not in (3, 4) or shape[0] != 1 or shape[-1] != shape[-2]:
            raise ValueError(
                f"{expected} where a softmax gives {shape}, which isn't (1, heads, T, T): "
                "attention within windows or to pooled tokens can't be led back to the patches. "
                f"{cure}"
            )
    counts = {shape[-1] for shape in shapes}
    if len(counts) > 1:
        raise ValueError(
            f"{expected} whose blocks have different numbers of tokens, "
            f"{', '.join(map(str, sorted(counts)))}. {cure}"
        )
    return counts.pop()
