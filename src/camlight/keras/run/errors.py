"""Errors from inside a model, in words: where they came from, and what to try."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import keras

from camlight.base import ExplanationError
from camlight.keras.graph.nodes import form_of, has_lost_its_value


class NotCalledError(ValueError):
    """A layer didn't run when the model predicted."""


@contextmanager
def inside(model: keras.Model, inputs: Any, doing: str = "run") -> Iterator[None]:
    """Turn an error from inside `model` into one that says where it happened and what to try.

    `inputs` is what the model was given, `doing` what was done: "run" or "differentiated".
    """
    try:
        yield
    except ExplanationError:
        raise
    except Exception as error:
        raise weights_away(model, error) or ExplanationError(
            f"Expected model `{model.name}`, {form_of(model)}, to be {doing} on an input of shape "
            f"{_shapes(inputs)}. Received: {type(error).__name__}{_where(model, error)}: "
            f"{_brief(error)} {_advice(doing, str(error))}"
        ) from error


def weights_away(model: keras.Model, error: BaseException) -> ExplanationError | None:
    """Return what to say where the model had no weights just then; None of any other error.

    On JAX they are taken away while Keras's own loops run: their buffers are given to the
    compiled step.
    """
    if keras.config.backend() != "jax":
        return None
    lost = any(map(has_lost_its_value, model.variables))
    if not lost and "has been deleted" not in str(error.__cause__ or error):
        return None
    return ExplanationError(
        f"Expected model `{model.name}` to have its weights. Received: weights that are away, as "
        "they are on JAX while Keras's `fit`, `evaluate` or `predict` runs in another thread. Wait "
        "until it ends, or let that thread call the model itself, `model(x)`."
    )


def _advice(doing: str, message: str) -> str:
    if "only supports the NHWC tensor format on the CPU" in message:
        return (
            "TensorFlow runs channels first on a CPU with oneDNN alone, which is off on some: "
            "set the environment variable TF_ENABLE_ONEDNN_OPTS=1 before you import it."
        )
    if doing == "differentiated":
        return (
            "An operation between the explained layer and the output may have no gradient: choose "
            "a layer behind it with `layer`."
        )
    return (
        "See whether `model(doc, training=False)` does the same; if it does, mend the model or the "
        "input there."
    )


def _where(model: keras.Model, error: Exception) -> str:
    """Return the innermost layer of the model that the error went through."""
    found = None
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        itself = trace.tb_frame.f_locals.get("self")
        if isinstance(itself, keras.Operation) and itself is not model:
            found = itself if itself.name != "camlight" else found
        trace = trace.tb_next
    return "" if found is None else f" in layer `{found.name}` ({type(found).__name__})"


def _shapes(inputs: Any) -> str:
    shapes = [getattr(leaf, "shape", None) for leaf in keras.tree.flatten(inputs)]
    return ", ".join(str(None if shape is None else tuple(shape)) for shape in shapes)


def _brief(error: Exception) -> str:
    """Return the error's message in one line, without what Keras puts around it."""
    plain = isinstance(error, KeyError) and len(error.args) == 1
    text = str(error.args[0] if plain else error)
    highlighted = re.search(r"\x1b\[1m(.*?)\x1b\[0m", text, re.DOTALL)
    text = " ".join((highlighted.group(1) if highlighted else text).split())
    text = text if len(text) <= 300 else f"{text[:297]}..."
    return text if text.endswith((".", "!", "?")) else f"{text}."
