"""Dispatch: which explainer explains which kind of model."""

from functools import singledispatch
from importlib import import_module
from typing import Any

from .base import Explanation

__all__ = ["explain_prediction"]

_HOOKS = {"keras": "camlight.keras"}
"""A framework's top-level package, and the module that registers the explainer of its models."""


@singledispatch
def explain_prediction(model: Any, doc: Any, *args: Any, **kwargs: Any) -> Explanation:
    """Explain the prediction of `model` for `doc`.

    This function only dispatches on the type of `model`. Keras models are explained by
    `camlight.explain_prediction_keras`, which loads when a Keras model is first seen and
    documents the remaining arguments. Other types can be added with
    ``explain_prediction.register``, as in `functools.singledispatch`.

    Parameters
    ----------
    model : object
        The model; must be positional.
    doc : object
        The input whose prediction is explained: for a Keras image model an array of
        shape ``(1, H, W, C)``.
    *args, **kwargs
        Passed to the explainer of the model's type.

    Returns
    -------
    Explanation
        For a type that nobody registered, one whose ``error`` says so.

    Notes
    -----
    The interface is ELI5's ``eli5.explain_prediction``.

    Examples
    --------
    >>> class Oracle:
    ...     name = "oracle"
    >>> @explain_prediction.register(Oracle)
    ... def explain_oracle(model, doc):
    ...     return Explanation(model.name, description=f"it just knows {doc}")
    >>> explain_prediction(Oracle(), "tomorrow").description
    'it just knows tomorrow'
    """
    if _load_hooks(type(model)):
        return explain_prediction(model, doc, *args, **kwargs)
    return Explanation(
        estimator=repr(model),
        error=(
            f"estimator {model!r} of type {type(model).__module__}.{type(model).__qualname__} is "
            "not supported: expected a Keras 3 model, or an object whose type is registered with "
            "`camlight.explain_prediction.register`."
        ),
    )


def _load_hooks(kind: type) -> bool:
    """Import the hooks of the frameworks that `kind` comes from; say whether that registered it."""
    before = explain_prediction.dispatch(kind)
    for package in {base.__module__.partition(".")[0] for base in kind.__mro__}:
        if package in _HOOKS:
            import_module(_HOOKS[package])
    return explain_prediction.dispatch(kind) is not before
