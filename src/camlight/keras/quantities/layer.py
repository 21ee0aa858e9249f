"""What one forward pass showed of the layer, and what else there is to ask about it."""

from collections.abc import Callable

import keras
import numpy as np

from camlight.keras.backends import load_backend
from camlight.keras.capture.capture import Context, capture
from camlight.keras.capture.targets import Targets
from camlight.keras.graph.nodes import calls_of, form_of, in_a_line, is_graph, output_structure
from camlight.keras.graph.outputs import as_final_activation, choose_output, passes_on
from camlight.keras.graph.spatial import LayerView


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
        raise _refusal(context, f"{form_of(model)}, which has no graph that shows the way")
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
