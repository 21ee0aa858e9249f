"""What one forward pass showed of the layer or of attention, and what else there is to ask."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from camlight.keras.backends import Captured, load_backend
from camlight.keras.capture.capture import Context, capture, captured
from camlight.keras.capture.compiled import Plan, compiled_for
from camlight.keras.capture.from_run import grid_of
from camlight.keras.capture.targets import Targets
from camlight.keras.graph import nodes
from camlight.keras.graph.nodes import ATTENTION, calls_of, in_a_line, is_graph, output_structure
from camlight.keras.graph.outputs import as_final_activation, choose_output, passes_on
from camlight.keras.graph.spatial import Grid, LayerView
from camlight.keras.run.forward import predict
from camlight.keras.run.hooks import attention_hook, hooked


def activations(context: Context) -> np.ndarray:
    """Return the output of the layer, shape (H, W, K)."""
    return context.view.activations


def gradients(context: Context) -> np.ndarray:
    """Return the derivatives of the score by the activations."""
    return -context.view.gradients if context.sign < 0 else context.view.gradients


def hessian_product(context: Context) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function from a direction (H, W, K) to the score's Hessian times it.

    Tokens of no patch stay what they are: the direction is 0 there.
    """
    layer, layout = context.view.layer, context.view.layout

    def product(direction: np.ndarray) -> np.ndarray:
        given = layout.from_map(direction)
        found = load_backend().hessian_product(context.run, layer, context.target.score, given)
        return context.sign * layout.to_map(found)

    return product


def similar_gradients(context: Context) -> Callable[[int], np.ndarray]:
    """Return the function from a number N to gradients of N similar classes, (N, H, W, K)."""
    count = context.output.scores.size
    if context.target.index is None or count < 2:
        received = f"one of {count}" if count < 2 else f"the function `{context.target.label}`"
        raise ValueError(
            f"Expected a target that is one of several classes, along with method "
            f"`{context.options.method.name}`, which compares it with others. "
            f"Received: {received}. Choose method `gradcam`."
        )

    def similar(count: int) -> np.ndarray:
        views = _views(context, count)
        nearest = [views[index][context.layer].gradients for index in _nearest(context, count)]
        return context.sign * np.stack(nearest)

    return similar


def _nearest(context: Context, count: int) -> list[int]:
    """Return the classes whose scores are nearest to that of the context's target."""
    scores = context.output.scores.astype(np.float64).ravel()
    order = np.argsort(np.abs(scores - scores[context.target.index]), kind="stable")
    return [int(index) for index in order if index != context.target.index][:count]


def _views(context: Context, count: int) -> dict[int, list[LayerView]]:
    """Return what the layers show for the similar classes of all targets, got in one run."""
    key = ("similar", count)
    if key not in context.shared:
        classes = [one for one in context.of_targets() if one.target.index is not None]
        views = {one.target.index: context.views[one.number] for one in classes}
        wanted = {index for one in classes for index in _nearest(one, count)} - views.keys()
        if wanted:
            others = Targets(sorted(wanted))
            seen = capture(context.run, context.plan, context.cache, context.options, others)
            views |= dict(zip(sorted(wanted), seen.views, strict=True))
        context.shared[key] = views
    found: dict[int, list[LayerView]] = context.shared[key]
    return found


_POOLING = (
    keras.layers.GlobalAveragePooling1D,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.GlobalAveragePooling3D,
)


def class_weights(context: Context) -> np.ndarray:
    """Return the target's weights in the Dense layer behind global average pooling, shape (K,)."""
    index = context.target.index
    if index is None:
        what = f"the function `{context.target.label}` as target, which has no weights"
        raise _refusal(context, what)
    kernel = keras.ops.convert_to_tensor(_dense_behind(context).kernel)
    weights: np.ndarray = load_backend().to_numpy(kernel)[:, index]
    return context.sign * weights


def _dense_behind(context: Context) -> keras.layers.Dense:
    """Return the one Dense layer between the layer's global average and the output."""
    model, layer = context.run.model, context.view.layer
    if not is_graph(model):
        raise _refusal(context, f"{nodes.form_of(model)}, which has no graph that shows the way")
    if len(calls_of(model, layer.operation)) > 1:
        raise _refusal(context, f"layer `{layer.path}`, which is called several times")
    line = in_a_line(choose_output(model, output_structure(model), context.run.output).tensor)
    dense = next((op for op in line if not _ends_or_lets_through(op)), None)
    if not isinstance(dense, keras.layers.Dense):
        raise _refusal(context, f"an output that comes from {_called(dense)}")
    if not (as_final_activation(dense) or dense.activation is keras.activations.linear):
        raise _refusal(context, f"{_called(dense)} with an activation of its own")
    if dense.quantization_mode:
        raise _refusal(context, f"{_called(dense)} with quantized weights")
    pooling = next((op for op in line if not _lets_through(op)), None)
    if not isinstance(pooling, _POOLING):
        raise _refusal(context, f"{_called(dense)} behind {_called(pooling)}")
    for operation in line:
        if operation is layer.operation:
            return dense
        if not _lets_through(operation):
            raise _refusal(
                context,
                f"layer `{layer.path}`, while what is pooled is the output of {_called(operation)}",
                f"that layer, `layer={operation.name!r}`, or ",
            )
    raise _refusal(context, f"layer `{layer.path}`, which isn't what is pooled")


def _ends_or_lets_through(operation: keras.Operation) -> bool:
    is_dense = isinstance(operation, keras.layers.Dense)
    return _lets_through(operation) or not (is_dense or as_final_activation(operation) is None)


def _lets_through(operation: keras.Operation) -> bool:
    return is_graph(operation) or passes_on(operation)


def _called(operation: keras.Operation | None) -> str:
    if operation is None:
        return "no layer"
    return f"layer `{operation.name}` ({type(operation).__name__})"


def _refusal(context: Context, received: str, other: str = "") -> ValueError:
    return ValueError(
        f"Expected, along with method `{context.options.method.name}`, a layer that goes through "
        f"global average pooling and one Dense layer to the output of model "
        f"`{context.run.model.name}`. Received: {received}. Choose {other}method `gradcam`, which "
        "needs no such form, and gives the same map where a model has it."
    )


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
