"""From what was asked for as `method` to a function, what it needs, and its options."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import Parameter, signature
from typing import Any

import numpy as np

from . import METHODS, ingredients
from .maps import fuse


class _Asks:
    """Whether a method asks for one of these ingredients."""

    def __init__(self, ingredients: Set[str]) -> None:
        self._ingredients = ingredients

    def __get__(self, method: "Method", owner: type) -> bool:
        return not self._ingredients.isdisjoint(method.needs)


@dataclass(frozen=True)
class Method:
    """A method as it was asked for: ready to be given its needs, names out of `INGREDIENTS`."""

    name: str
    function: Callable[..., Any]
    needs: tuple[str, ...]
    options: Mapping[str, Any]

    uses_layer = _Asks(ingredients.OF_THE_LAYER)  # and so makes a map for each
    uses_target = _Asks(ingredients.OF_THE_TARGET)
    uses_derivatives = _Asks(ingredients.DERIVATIVES)
    is_speckled = _Asks(ingredients.SPECKLED)

    @property
    def is_known(self) -> bool:
        """Whether it is one of camlight's own, which write to nothing that they are given."""
        return (getattr(self.function, "__module__", None) or "").startswith(f"{__package__}.")

    @property
    def is_signed(self) -> bool:
        """Whether its map tells what speaks for the target from what speaks against it."""
        return not getattr(self.function, "is_unsigned", False)

    @property
    def takes_one_run(self) -> bool:
        """Whether one forward pass shows all it needs."""
        return ingredients.SEEN_IN_ONE_RUN.issuperset(self.needs)

    @property
    def title(self) -> str:
        """What the field calls it, such as ``"Grad-CAM"``."""
        return self._summary[0]

    @property
    def sentence(self) -> str:
        """What it does, in words that begin small and end without a full stop."""
        return self._summary[1]

    @property
    def _summary(self) -> tuple[str, str]:
        first = (getattr(self.function, "__doc__", None) or "").strip().partition("\n")[0]
        title, colon, sentence = first.partition(": ")
        return (title, sentence.rstrip(".")) if colon else (self.name, first.rstrip("."))

    def fuse(self, maps: Sequence[np.ndarray]) -> np.ndarray:
        """Return one signed map from those of several layers, by the method's own rule if any."""
        rule: Callable[[Sequence[np.ndarray]], np.ndarray] = getattr(self.function, "fuse", fuse)
        return rule(maps)

    def __call__(self, provide: Callable[[str], Any]) -> np.ndarray:
        """Return the signed map, each need got from `provide`."""
        found = self.function(*map(provide, self.needs), **self.options)
        if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu":
            received = f"dtype {found.dtype}" if isinstance(found, np.ndarray) else type(found)
            raise TypeError(
                f"Expected method `{self.name}` to return a NumPy array of real numbers, the "
                f"signed map. Received: {getattr(received, '__name__', received)}."
            )
        return found.astype(np.float64, copy=False)


def read_method(method: Any = "gradcam", options: Any = None) -> Method:
    """Return the method that was asked for: a name in `METHODS`, or a function of the user's."""
    if isinstance(method, str):
        name, function = method, _named(method)
    elif callable(method) and not isinstance(method, type):
        name, function = getattr(method, "__name__", "custom method"), method
    else:
        raise TypeError(
            'Expected `method` to be a name out of `camlight.METHODS`, such as "gradcam", or a '
            f"function from what it asks for to a map. Received: {method!r} of type "
            f"{type(method).__name__}."
        )
    needs, defaults = _asked(name, function)
    return Method(name, function, needs, _checked_options(name, defaults, options))


def _named(name: str) -> Callable[..., Any]:
    if name in METHODS:
        return METHODS[name]
    close = get_close_matches(name.lower().replace("-", "").replace(" ", ""), METHODS, n=3)
    hint = f"Did you mean {' or '.join(map(repr, close))}? " if close else ""
    raise ValueError(
        f"Expected `method` to name one of `camlight.METHODS`. Received: {name!r}. "
        f"{hint}There are: {', '.join(METHODS)}."
    )


def _asked(name: str, function: Callable[..., Any]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return what a function asks for, and its options with their defaults."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Expected method `{name}` to be a function whose parameters can be read, such as "
            "`lambda activations, gradients: ...`."
        ) from error
    variadic = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    named = [p for p in parameters if p.kind not in variadic]
    needs = tuple(p.name for p in named if p.default is Parameter.empty)
    unknown = [need for need in needs if need not in ingredients.INGREDIENTS]
    if unknown or not needs:
        raise TypeError(
            f"Expected method `{name}` to ask for what it needs by the names of its parameters, "
            f"out of: {', '.join(ingredients.INGREDIENTS)}. Received: "
            f"{', '.join(unknown) or 'a function without any'}."
        )
    return needs, {p.name: p.default for p in named if p.default is not Parameter.empty}


def _checked_options(name: str, defaults: Mapping[str, Any], options: Any) -> dict[str, Any]:
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise TypeError(
            "Expected `method_options` to be a dict of options by their names. "
            f"Received: {options!r} of type {type(options).__name__}."
        )
    unknown = [str(option) for option in options if option not in defaults]
    if unknown:
        known = f"out of: {', '.join(defaults)}" if defaults else "to be left out: it has none"
        raise ValueError(
            f"Expected `method_options` of method `{name}` {known}. Received: {', '.join(unknown)}."
        )
    return dict(options)
