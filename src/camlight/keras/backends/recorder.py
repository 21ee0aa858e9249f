"""What every backend does alike: record what layers give while their model runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from camlight.keras.graph.nodes import ATTENTION, PICTURE, LayerCall, origin_of
from camlight.keras.run.errors import NotCalledError
from camlight.keras.run.forward import ForwardPass, Output
from camlight.keras.run.hooks import Hook, attention_hook, hooked, input_hook, output_hook

from . import Captured

Catch = Callable[[Any], tuple[Any, Any]]
"""Takes a tensor; returns what to keep of it, and what the model shall go on with."""


@contextmanager
def recording(run: ForwardPass, layers: Sequence[LayerCall], catch: Catch) -> Iterator[Recorder]:
    """Pass the tensors that the layers give through `catch` while the context lasts.

    At the end a ValueError says if one wasn't called or gave no tensor of real numbers. Not
    earlier: Keras would bury an error from inside the model in its own words.
    """
    calls = [_Recorded(layer, catch) for layer in layers]
    with hooked([call.hook() for call in calls]):
        yield Recorder(run, calls)
    for call in calls:
        call.check(run.model)


class Recorder:
    """What was recorded of several layers."""

    def __init__(self, run: ForwardPass, calls: Sequence[_Recorded]) -> None:
        self._run = run
        self._calls = calls

    @property
    def kept(self) -> list[Any]:
        """What `catch` kept of each layer's call."""
        return [call.kept[call.layer.call] for call in self._calls]

    def inputs(self, tensors: Sequence[Any] | None = None) -> list[Any]:
        """Return the flattened inputs, by default the run's own, those recorded caught.

        They are the output of no call.
        """
        tensors = self._run.tensors if tensors is None else list(tensors)
        for call in self._calls:
            operation = call.layer.operation
            if operation is PICTURE.operation:
                tensors[self._run.picture] = call(floating(tensors[self._run.picture]))
            elif isinstance(operation, keras.layers.InputLayer):
                for i, symbol in enumerate(self._run.model.inputs):
                    if origin_of(symbol) is operation:
                        tensors[i] = call(floating(tensors[i]))
        return tensors


class _Recorded:
    def __init__(self, layer: LayerCall, catch: Catch) -> None:
        self.layer = layer
        self.kept: list[Any] = []
        self._catch = catch
        self._kinds: list[str] = []

    def hook(self) -> Hook:
        operation, inside = self.layer.operation, self.layer.inside
        if operation is ATTENTION.operation:
            return attention_hook(self)
        return input_hook(operation, inside, self) if inside else output_hook(operation, self)

    def __call__(self, output: Any) -> Any:
        self._kinds.append(_kind(output))
        if self._kinds[-1] or self.layer.call not in (-1, len(self.kept)):
            self.kept.append(None)
            return output
        kept, passed_on = self._catch(output)
        self.kept.append(kept)
        return passed_on

    def check(self, model: keras.Model) -> None:
        name, call, count = self.layer.path, self.layer.call, len(self._kinds)
        if not count:
            raise NotCalledError(
                "Expected a layer that runs when the model predicts. Received: layer "
                f"`{name}`, which model `{model.name}` doesn't call. Choose another layer."
            )
        if not -1 <= call < count:
            raise ValueError(
                f"Expected `call` between 0 and {count - 1}: model `{model.name}` calls layer "
                f"`{name}` {count} time{'s' if count > 1 else ''}. Received: {call}."
            )
        if self._kinds[call]:
            raise ValueError(
                f"Expected a layer whose output is one tensor of real numbers. Received: layer "
                f"`{name}`, whose output is a {self._kinds[call]}. Choose a layer inside it or "
                "behind it."
            )


def floating(tensor: Any) -> Any:
    """Return the tensor as real numbers, as derivatives need them."""
    return keras.ops.cast(tensor, keras.config.floatx()) if _kind(tensor) else tensor


def _kind(output: Any) -> str:
    """Return what an output is, if it isn't a tensor of real numbers; else an empty string."""
    if not keras.ops.is_tensor(output):
        return type(output).__name__
    dtype = keras.backend.standardize_dtype(output.dtype)
    return "" if keras.backend.is_float_dtype(dtype) else f"tensor of {dtype}"


def captured(
    to_numpy: Callable[[Any], np.ndarray],
    output: Output,
    kept: Sequence[Any],
    scores: Sequence[Any],
    gradients: Sequence[Sequence[Any]],
) -> Captured:
    """Return what was captured of one picture, its tensors turned into arrays by `to_numpy`."""
    return Captured(
        output.map(to_numpy),
        [to_numpy(tensor) for tensor in kept],
        np.array([[float(to_numpy(score)) for score in scores]]),
        [[g if g is None else to_numpy(g) for g in row] for row in gradients],
    )


def batch(
    output: Output,
    activations: list[np.ndarray],
    indices: np.ndarray,
    scores: np.ndarray,
    gradients: Sequence[np.ndarray | None],
) -> Captured:
    """Return what was captured of a batch; the gradients of a layer have an axis of the scores."""
    count = indices.shape[1]
    by_score = [[g if g is None else g[number] for g in gradients] for number in range(count)]
    return Captured(output, activations, scores, by_score, indices)
