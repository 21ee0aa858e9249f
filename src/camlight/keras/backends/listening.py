"""Listen to one operation while a backend runs the model, and ask what every backend must."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

from camlight.keras.tap import tapped

__all__ = ["listening"]


@contextmanager
def listening(
    model: keras.Model, operation: keras.Operation, catch: Callable[[Any], Any]
) -> Iterator[Callable[[Any], Any]]:
    """Pass the operation's tensors through `catch` while the context lasts.

    Yields the listener, for inputs, which no operation is called for.

    Raises
    ------
    ValueError
        At the end, unless the operation was called and its last output was one tensor. Not
        earlier: Keras would bury an error from inside the model in its own words.
    """
    kinds: list[str] = []

    def listen(output: Any) -> Any:
        is_tensor = keras.ops.is_tensor(output)
        kinds.append("tensor" if is_tensor else type(output).__name__)
        return catch(output) if is_tensor else output

    with tapped(operation, listen):
        yield listen
    if not kinds:
        raise ValueError(
            "Expected a layer that runs when the model predicts. Received: layer "
            f"`{operation.name}`, which model `{model.name}` doesn't call. Choose another layer."
        )
    if kinds[-1] != "tensor":
        raise ValueError(
            f"Expected a layer whose output is one tensor. Received: layer `{operation.name}`, "
            f"whose output is a {kinds[-1]}. Choose a layer inside it or behind it."
        )
