"""Dispatch: which explainer explains which kind of model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from functools import singledispatch, wraps
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from .base import Explanation

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

_HOOKS = {"keras": "camlight.keras"}
"""A framework's top-level package, and the module that registers the explainer of its models."""

F = TypeVar("F", bound=Callable[..., Any])
Own = TypeVar("Own", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type)


def unexpected(function: str, name: str, known: Iterable[str]) -> TypeError:
    """Return the error for an argument that a function doesn't have, with what may be meant."""
    close = get_close_matches(name, known, n=1)
    meant = f"Did you mean `{close[0]}`?" if close else f"It takes: {', '.join(known)}."
    return TypeError(f"{function}() got an unexpected keyword argument '{name}'. {meant}")


def spell_checked(function: F) -> F:
    """Make a misspelt argument of a function an error that says which one may be meant."""
    known = signature(function).parameters

    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for name in kwargs:
            if name not in known:
                raise unexpected(function.__name__, name, known)
        return function(*args, **kwargs)

    return cast(F, checked)


class _Dispatching(Generic[F]):
    """What type checkers take `explain_prediction` for: a function with these attributes."""

    __call__: F

    @overload
    def register(self, kind: type[Any]) -> Callable[[Own], Own]: ...
    @overload
    def register(self, kind: type[Any], function: Own) -> Own: ...
    def register(self, kind: Any, function: Any = None) -> Any:
        """Explain models of a type by a function, as in `functools.singledispatch`."""

    def dispatch(self, kind: type[Any]) -> Callable[..., Explanation]:
        """Return the function that explains models of a type."""
        raise NotImplementedError


# jedi, which completes arguments, reads the first overload; type checkers the second
@overload
def _dispatching(fallback: Class) -> Class: ...  # type: ignore[overload-overlap]
@overload
def _dispatching(fallback: F) -> _Dispatching[F]: ...
def _dispatching(fallback: Any) -> Any:
    """Call what is registered for the type of the first argument, else the function itself."""

    @singledispatch
    def others(model: Any, doc: Any, *args: Any, **kwargs: Any) -> Any:
        return fallback(model, doc)  # of a type that nobody knows, nobody knows the arguments

    def dispatch(kind: type) -> Callable[..., Any]:
        for package in {base.__module__.partition(".")[0] for base in kind.__mro__}:
            if package in _HOOKS:
                import_module(_HOOKS[package])
        return others.dispatch(kind)

    @wraps(fallback)
    def explain(model: Any, *args: Any, **kwargs: Any) -> Any:
        return dispatch(model.__class__)(model, *args, **kwargs)

    vars(explain).update(register=others.register, registry=others.registry, dispatch=dispatch)
    return explain


@_dispatching
def explain_prediction(
    model: Any,
    doc: Any,
    targets: Sequence[int | str | Callable[[Any], Any]] | np.ndarray | None = None,
    layer: Any = None,
    image: Image.Image | None = None,
    *,
    top_targets: int | None = None,
    target_names: Any = None,
    output: int | str | None = None,
    pre_softmax: bool = False,
    counterfactual: bool = False,
    preprocess: Callable[[np.ndarray], Any] | str | None = None,
    preprocessed: str | None = None,
    call: int | None = None,
    grid: tuple[int, int] | None = None,
    compile: bool | None = None,
    method: str | Callable[..., np.ndarray] = "gradcam",
    method_options: dict[str, Any] | None = None,
    smooth: bool = False,
) -> Explanation:
    """Explain the prediction of `model` for `doc`.

    Keras models are explained by `camlight.explain_prediction_keras`, which documents the
    arguments. Other types can be added with ``explain_prediction.register``, as in
    `functools.singledispatch`, and may take others.

    Parameters
    ----------
    model : object
        The model.
    doc : object
        The input to explain: for a Keras image model an array of shape ``(1, H, W, C)``.
    targets, layer, image, top_targets, target_names, output, pre_softmax, counterfactual, \
preprocess, preprocessed, call, grid, compile, method, method_options, smooth : optional
        As in `camlight.explain_prediction_keras`.

    Returns
    -------
    Explanation
        For a type that nobody registered, one whose ``error`` says so.

    Raises
    ------
    TypeError
        If an argument isn't one of the explainer's.

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
    return Explanation(
        estimator=repr(model),
        error=(
            f"estimator {model!r} of type {type(model).__module__}.{type(model).__qualname__} is "
            "not supported: expected a Keras 3 model, or an object whose type is registered with "
            "`camlight.explain_prediction.register`."
        ),
    )
