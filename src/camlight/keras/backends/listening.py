"""Listen to operations while a backend runs their model, and ask what every backend must."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import keras

from camlight.keras.attention import ATTENTION, tapped_attention
from camlight.keras.errors import NotCalledError
from camlight.keras.places import PICTURE, Place
from camlight.keras.running import Run
from camlight.keras.tap import tapped, tapped_inside

__all__ = ["Ears", "floating", "listening"]

Catch = Callable[[Any], tuple[Any, Any]]
"""Takes a tensor; returns what to keep of it, and what the model shall go on with."""


@contextmanager
def listening(run: Run, places: Sequence[Place], catch: Catch) -> Iterator[Ears]:
    """Pass the tensors that the places give through `catch` while the context lasts.

    Raises
    ------
    ValueError
        At the end, unless each place was called and gave one tensor of real numbers. Not
        earlier: Keras would bury an error from inside the model in its own words.
    """
    ears = [_Ear(place, catch) for place in places]
    with ExitStack() as stack:
        for ear in ears:
            stack.enter_context(ear.listening())
        yield Ears(run, ears)
    for ear in ears:
        ear.check(run.model)


class Ears:
    """What was heard of several places."""

    def __init__(self, run: Run, ears: Sequence[_Ear]) -> None:
        self._run = run
        self._ears = ears

    @property
    def kept(self) -> list[Any]:
        """What `catch` kept of each place's call."""
        return [ear.kept[ear.place.call] for ear in self._ears]

    def inputs(self, tensors: Sequence[Any] | None = None) -> list[Any]:
        """Return the flattened inputs, those listened to caught: they call nothing.

        By default the run's own.
        """
        tensors = self._run.tensors if tensors is None else list(tensors)
        for ear in self._ears:
            if ear.place.operation is PICTURE.operation:
                tensors[self._run.picture] = ear(floating(tensors[self._run.picture]))
            elif isinstance(ear.place.operation, keras.layers.InputLayer):
                for i, symbol in enumerate(self._run.model.inputs):
                    if symbol._keras_history.operation is ear.place.operation:
                        tensors[i] = ear(floating(tensors[i]))
        return tensors


class _Ear:
    def __init__(self, place: Place, catch: Catch) -> None:
        self.place = place
        self.kept: list[Any] = []
        self._catch = catch
        self._kinds: list[str] = []

    def listening(self) -> AbstractContextManager[None]:
        operation, inside = self.place.operation, self.place.inside
        if operation is ATTENTION:
            return tapped_attention(self)
        return tapped_inside(operation, inside, self) if inside else tapped(operation, self)

    def __call__(self, output: Any) -> Any:
        self._kinds.append(_kind(output))
        if self._kinds[-1] or self.place.call not in (-1, len(self.kept)):
            self.kept.append(None)
            return output
        kept, passed_on = self._catch(output)
        self.kept.append(kept)
        return passed_on

    def check(self, model: keras.Model) -> None:
        name, call, count = self.place.path, self.place.call, len(self._kinds)
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
