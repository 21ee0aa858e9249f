"""What every backend must ask of the operation that it listens to."""

from __future__ import annotations

from typing import Any

import keras

__all__ = ["check_called", "check_one_tensor"]


def check_one_tensor(operation: keras.Operation, output: Any) -> None:
    """Raise ValueError unless the operation's output is one tensor."""
    if not keras.ops.is_tensor(output):
        raise ValueError(
            f"Expected a layer whose output is one tensor. Received: layer `{operation.name}`, "
            f"whose output is a {type(output).__name__}. Choose a layer inside it or behind it."
        )


def check_called(model: keras.Model, operation: keras.Operation, calls: int) -> None:
    """Raise ValueError if the operation wasn't called while the model ran."""
    if not calls:
        raise ValueError(
            "Expected a layer that runs when the model predicts. Received: layer "
            f"`{operation.name}`, which model `{model.name}` doesn't call. Choose another layer."
        )
