"""The TensorFlow backend; the package's docstring says what each function promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from camlight.keras.graph.nodes import LayerCall, inner_layers
from camlight.keras.run.errors import inside
from camlight.keras.run.forward import ForwardPass, Output, predict
from camlight.keras.run.hooks import Hook, hooked, input_hook
from camlight.keras.run.restore import restored

from . import Captured, Choose, Request, Score
from .recorder import batch, captured, floating, recording

COMPILE_AT_CALL = 3
"""A trace costs about as much as four eager calls. Who makes one or two never pays for it; who
makes five has paid half as much again, and who makes more soon has it back."""


def capture(run: ForwardPass, layers: Sequence[LayerCall], choose: Choose) -> Captured:
    """Catch activations, output and gradients in one forward pass.

    The tape watches nothing before an output of the layers appears, so only the part of the
    model behind it is recorded.
    """
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        with recording(run, layers, partial(_watched, tape)) as recorder:
            output = predict(run, recorder.inputs())
        scores = [score(output.scores) for score in choose(output.map(to_numpy))]
    kept = recorder.kept
    with inside(run.model, run.inputs, "differentiated"):
        gradients = [tape.gradient(score, kept) for score in scores]
    return captured(to_numpy, output, kept, scores, gradients)


def _watched(tape: tf.GradientTape, output: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    # a tensor of its own, so that others who read the same one stay out of the gradient
    output = tf.identity(output)
    tape.watch(output)
    return output, output


class BatchRunner:
    """A model compiled to graphs: activations, output and gradients of a batch in one call.

    One graph serves any number of scores, but that of a single score is simpler and so its own.
    After three sizes of pictures, one for any size is made. Weights are read as they are at each
    call; nothing here keeps the model alive.
    """

    def __init__(self) -> None:
        self.traces = 0
        self._graphs: list[_Graph] = []
        self._lock = Lock()

    def __call__(
        self,
        run: ForwardPass,
        layers: Sequence[LayerCall],
        request: Request,
        required: bool = False,
    ) -> Captured:
        """Return what the model shows of a batch of pictures."""
        graph = self._graph_for(run, layers, request)
        shown = graph.function(
            *map(_in_place if request.disposable else tf.constant, request.given),
            tf.constant(request.indices, tf.int32, shape=(len(request.indices),)),
            tf.constant(request.top),
        )
        scores, values, indices, chosen, *rest = map(to_numpy, shown)
        left = iter(rest[len(layers) :])
        gradients = [next(left) if reached else None for reached in graph.connected]
        output = Output(scores, values, graph.name, graph.names)
        return batch(output, rest[: len(layers)], indices, chosen, gradients)

    def _graph_for(self, run: ForwardPass, layers: Sequence[LayerCall], request: Request) -> _Graph:
        with self._lock:
            alike = [graph for graph in self._graphs if graph.is_for(request)]
            shapes = [array.shape for array in request.given]
            for graph in alike:
                if graph.takes(shapes):
                    return graph
            if len(alike) >= _SIZES:
                shapes = _common([graph.shapes for graph in alike] + [shapes])
            with restored(run.model, tf.is_symbolic_tensor):
                graph = _Graph.of(run, layers, request, shapes)
            self._graphs.insert(0, graph)
            self.traces += 1
            return graph


def _in_place(array: np.ndarray) -> tf.Tensor:
    """Return a tensor that shares the array's memory, where it is aligned; else a copy."""
    return tf.raw_ops.Identity(input=array)


_SIZES = 3  # of so many different shapes each gets a graph of its own


@dataclass(frozen=True)
class _Graph:
    """One traced function, and what was found out as it was traced."""

    function: Any
    shapes: list[Any]  # of the inputs it takes; None where it takes any size
    dtypes: list[Any]
    single: bool  # whether it differentiates one score only
    name: str  # of the explained output
    names: tuple[str, ...]  # of all outputs
    connected: list[bool]  # for each layer, whether the scores depend on it

    def is_for(self, request: Request) -> bool:
        """Say whether the function takes such inputs as are given, but for their sizes."""
        kinds = [(array.dtype, array.ndim) for array in request.given]
        own = [(dtype, len(shape)) for dtype, shape in zip(self.dtypes, self.shapes, strict=True)]
        return own == kinds and self.single == _is_single(request)

    def takes(self, shapes: Sequence[Any]) -> bool:
        """Say whether the function takes inputs of the shapes."""
        return all(
            length in (None, given)
            for own, shape in zip(self.shapes, shapes, strict=True)
            for length, given in zip(own, shape, strict=True)
        )

    @classmethod
    def of(
        cls,
        run: ForwardPass,
        layers: Sequence[LayerCall],
        request: Request,
        shapes: Sequence[Any],
    ) -> _Graph:
        """Trace the model for inputs of the shapes."""
        single = _is_single(request)
        outputs: list[Output] = []
        connected: list[bool] = []

        def body(*arguments: tf.Tensor) -> list[tf.Tensor]:
            *tensors, given, top = arguments
            with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
                with recording(run, layers, partial(_watched, tape)) as recorder:
                    output = predict(run, recorder.inputs(request.packed(tensors)))
                scores = tf.convert_to_tensor(output.scores)
                rows = tf.reshape(scores, (tf.shape(tensors[0])[0], -1))
                indices = _chosen(rows, given, top)
                chosen = tf.gather(rows, indices, batch_dims=1)
                totals = tf.reduce_sum(chosen, axis=0)
            kept = recorder.kept
            if single or not kept:
                # what comes back of `totals` is this; to differentiate their gathering takes a
                # tenth of a small network's whole graph
                back = tf.reduce_sum(tf.one_hot(indices, tf.shape(rows)[1], dtype=rows.dtype), 1)
                found = [
                    g if g is None else tf.expand_dims(g, 0)
                    for g in tape.gradient(rows, kept, output_gradients=back)
                ]
            else:
                at_once = not _would_crash(totals.graph, tensors[0].shape[0])
                found = tape.jacobian(totals, kept, experimental_use_pfor=at_once)
            outputs.append(output)
            connected.extend(g is not None for g in found)
            gradients = [g for g in found if g is not None]
            return [scores, output.values, indices, chosen, *kept, *gradients]

        dtypes = [array.dtype for array in request.given]
        function = tf.function(body, autograph=False).get_concrete_function(
            *(tf.TensorSpec(s, d) for s, d in zip(shapes, dtypes, strict=True)),
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((), tf.int32),
        )
        [output] = outputs
        return cls(function, list(shapes), dtypes, single, output.name, output.names, connected)


def _is_single(request: Request) -> bool:
    return len(request.indices) + request.top == 1


def _chosen(rows: tf.Tensor, given: tf.Tensor, top: tf.Tensor) -> tf.Tensor:
    """Return the indices of the given and of the highest scores of each row."""
    count, classes = tf.unstack(tf.shape(rows))
    asked = tf.tile(tf.clip_by_value(given, 0, classes - 1)[None], (count, 1))
    highest = tf.math.top_k(rows, tf.minimum(top, classes)).indices
    return tf.concat([asked, highest], axis=1)


def _would_crash(graph: Any, batch: int | None) -> bool:
    """Say whether gradients of several scores at once could end the process.

    For all scores at once, a product of tokens (batch, tokens, channels) with a matrix becomes
    one of shape (scores, batch, tokens, channels). Where batch is 1, oneDNN's kernel, which
    TensorFlow 2.21 runs on CPUs, writes outside of its memory.
    """
    products = any(operation.type == "BatchMatMulV2" for operation in graph.get_operations())
    return products and batch in (1, None)


def _common(shapes: Sequence[Sequence[Any]]) -> list[Any]:
    """Return shapes that hold for all: None where they differ."""
    return [
        tuple(lengths[0] if len(set(lengths)) == 1 else None for lengths in zip(*same, strict=True))
        for same in zip(*shapes, strict=True)
    ]


def outlined(model: keras.Model, function: Callable[[], Any]) -> Any:
    """Run the function: tracing takes longer."""
    return function()


def all_paths_cross(run: ForwardPass, layer: LayerCall) -> bool:
    """Say whether cutting the operation's output cuts the model's output from its input."""
    tensors = run.tensors
    tensors[run.picture] = floating(tensors[run.picture])
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(tensors[run.picture])
        with recording(run, [layer], lambda output: (None, tf.stop_gradient(output))):
            output = predict(run, tensors)
    return tape.gradient(output.scores, tensors[run.picture]) is None


def hessian_product(
    run: ForwardPass, layer: LayerCall, score: Score, direction: np.ndarray
) -> np.ndarray:
    """Differentiate the gradient along a direction, each by a tape of its own."""
    with tf.GradientTape(watch_accessed_variables=False) as outer:
        with tf.GradientTape(watch_accessed_variables=False) as inner:

            def catch(output: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                output, _ = _watched(inner, output)
                outer.watch(output)
                return output, output

            with hooked(_centring(run.model)), recording(run, [layer], catch) as recorder:
                value = score(predict(run, recorder.inputs()).scores)
        [kept] = recorder.kept
        with inside(run.model, run.inputs, "differentiated"):
            gradient = inner.gradient(value, kept)
    if gradient is None:
        return np.zeros_like(direction)
    with inside(run.model, run.inputs, "differentiated"):
        product = outer.gradient(
            gradient,
            kept,
            tf.cast(direction, gradient.dtype),
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
    return to_numpy(product)


def _centring(model: keras.Model) -> Iterator[Hook]:
    """Give normalizations right second derivatives, by inputs whose mean is 0 already.

    `tf.nn.moments` holds the mean inside of the variance fixed, which only the first derivatives
    don't notice.
    """
    for layer in inner_layers(model):
        if isinstance(layer, keras.layers.GroupNormalization):
            yield input_hook(layer, "call", partial(_centred_by_group, layer))
        elif isinstance(layer, keras.layers.LayerNormalization) and not layer.rms_scaling:
            yield input_hook(layer, "call", partial(_centred, layer.axis))


def _centred(axis: Any, inputs: Any) -> Any:
    return inputs - keras.ops.mean(inputs, axis, keepdims=True)


def _centred_by_group(layer: keras.layers.GroupNormalization, inputs: Any) -> Any:
    last = keras.ops.moveaxis(inputs, layer.axis, -1)
    count, *_, channels = last.shape
    groups = keras.ops.reshape(last, (count, -1, layer.groups, channels // layer.groups))
    centred = keras.ops.reshape(_centred((1, 3), groups), last.shape)
    return keras.ops.moveaxis(centred, -1, layer.axis)


def to_numpy(tensor: tf.Tensor) -> np.ndarray:
    """Return the tensor as an array, not to be written to; half precision becomes float32."""
    tensor = tf.convert_to_tensor(tensor)  # from slices, as gathering gives them
    half = tensor.dtype in (tf.float16, tf.bfloat16)
    return np.asarray(tf.cast(tensor, tf.float32) if half else tensor)  # shares memory
