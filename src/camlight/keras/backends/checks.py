"""What every backend must ask of the operation that it listens to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras

__all__ = ["Strange", "check_caught"]


class Strange(NamedTuple):
    """Stands for an output that is no tensor."""

    kind: str


def check_caught(model: keras.Model, operation: keras.Operation, caught: Sequence[Any]) -> None:
    """Raise ValueError unless the operation was called, and its last output was one tensor.

    To be asked when the model has run: Keras would bury an error from inside in its own words.
    """
    if caught and isinstance(caught[-1], Strange):
        raise ValueError(
            f"Expected a layer whose output is one tensor. Received: layer `{operation.name}`, "
            f"whose output is a {caught[-1].kind}. Choose a layer inside it or behind it."
        )
    if not caught:
        raise ValueError(
            "Expected a layer that runs when the model predicts. Received: layer "
            f"`{operation.name}`, which model `{model.name}` doesn't call. Choose another layer."
        )
