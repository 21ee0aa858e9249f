"""What of the output to explain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from numbers import Integral
from typing import Any

import keras
import numpy as np

from camlight.base import ExplanationError
from camlight.keras.run.forward import Output


@dataclass(frozen=True)
class Target:
    """One score that is explained."""

    label: int | str  # the output's index; for a function its name
    score: Callable[[Any], Any]  # from the explained output, a tensor, to a tensor of shape ()
    name: str | None = None  # of the output
    index: int | None = None  # of the output; None for a function


class Targets:
    """What was asked for: checked in form at once, against the output when it is known."""

    def __init__(self, targets: Any = None, top_targets: Any = None, target_names: Any = None):
        self._names = Names(target_names)
        self._top = 1 if top_targets is None else _checked_top(top_targets)
        if targets is not None and top_targets is not None:
            raise ValueError(
                "Expected `targets` or `top_targets`. Received: both. Leave one of them out."
            )
        if isinstance(targets, np.ndarray) and targets.ndim == 1:
            targets = list(targets)
        if not (targets is None or isinstance(targets, Sequence)) or isinstance(targets, str):
            raise TypeError(
                "Expected `targets` to be a list of class indices, names or functions, such as "
                f"`[243]`, or None. Received: {targets!r} of type {type(targets).__name__}."
            )
        if targets is not None and not len(targets):
            raise ValueError(
                f"Expected `targets` to hold at least one target. Received: {targets!r}."
            )
        self._asked = None if targets is None else [_checked_form(target) for target in targets]

    @property
    def has_functions(self) -> bool:
        """Whether one of the targets is a function."""
        return self._asked is not None and any(map(callable, self._asked))

    def wanted(self, count: int | None) -> tuple[tuple[int, ...], int] | None:
        """Return the indices asked for, and of how many of the highest scores.

        None where these can't be known before the model runs: of functions, and of names where
        the `count` of scores isn't known.
        """
        if self._asked is None:
            return (), self._top
        if self.has_functions:
            return None
        if any(isinstance(target, str) for target in self._asked):
            if count is None:
                return None
            names = self._names
            return tuple(names.index(t, count) if isinstance(t, str) else t for t in self._asked), 0
        return tuple(self._asked), 0

    def again(self, found: Sequence[Target]) -> Targets:
        """Return the same targets, to be asked for whatever the model gives."""
        return Targets([t.score if t.index is None else t.index for t in found])

    def of(self, output: Output, model: keras.Model) -> list[Target]:
        """Return the targets in the order asked for, or the highest scores first."""
        asked = self._asked
        if asked is None or not all(callable(target) for target in asked):
            _check_output(output.scores, model)
            self._names.check(output.scores.size)
        if asked is None:
            asked = self._highest(output.scores)
        return [self._target(target, output.scores) for target in asked]

    def _highest(self, scores: np.ndarray) -> list[int]:
        if self._top > scores.size:
            raise ValueError(
                f"Expected `top_targets` of at most {scores.size}, the number of the model's "
                f"outputs. Received: {self._top}."
            )
        order = np.argsort(-scores.ravel(), kind="stable")
        return [int(index) for index in order[: self._top]]

    def _target(self, asked: Any, scores: np.ndarray) -> Target:
        if callable(asked):
            return Target(_title(asked), partial(_scored_by, asked))
        named = isinstance(asked, str)
        index = self._names.index(asked, scores.size) if named else _in_range(asked, scores.size)
        return Target(index, lambda tensor: _flat(tensor)[index], self._names.of(index), index)


def _checked_form(target: Any) -> Any:
    if isinstance(target, Integral) and not isinstance(target, (bool, np.bool_)):
        return int(target)
    if isinstance(target, str) or (callable(target) and not isinstance(target, type)):
        return target
    raise TypeError(
        "Expected each of `targets` to be an integer, the class's index in the model's output, "
        "a name out of `target_names`, or a function from the output to a score. "
        f"Received: {target!r} of type {type(target).__name__}."
    )


def _checked_top(top: Any) -> int:
    if not isinstance(top, Integral) or isinstance(top, (bool, np.bool_)):
        raise TypeError(
            "Expected `top_targets` to be an integer, how many of the highest scores to explain. "
            f"Received: {top!r} of type {type(top).__name__}."
        )
    if top < 1:
        raise ValueError(f"Expected `top_targets` of 1 or more. Received: {top}.")
    return int(top)


def _check_output(scores: np.ndarray, model: keras.Model) -> None:
    if scores.ndim not in (1, 2):
        raise ValueError(
            "Expected a model whose output holds one score for each class, shape "
            f"`(1, classes)`. Received: model `{model.name}` with output shape {scores.shape}. "
            "Say what to explain of it with a function: "
            "`targets=[lambda output: keras.ops.mean(output[..., 0])]` for the first class of a "
            "segmentation, or choose another output with `output`."
        )


def _in_range(target: int, count: int) -> int:
    if not 0 <= target < count:
        raise ValueError(
            f"Expected a target between 0 and {count - 1}: the model has {count} "
            f"output{'s' if count > 1 else ''}. Received: {target}."
        )
    return target


def _flat(tensor: Any) -> Any:
    return keras.ops.reshape(tensor, (-1,))


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _title(function: Any) -> str:
    name = getattr(function, "__name__", "<lambda>")
    return "custom score" if name == "<lambda>" else str(name)


def _scored_by(function: Callable[[Any], Any], output: Any) -> Any:
    """Return the score that a target function gives, checked to be one number."""
    title = _title(function)
    try:
        score = function(output)
    except Exception as error:
        raise ExplanationError(
            f"Expected target `{title}` to return a score for an output of shape "
            f"{tuple(output.shape)}. Received: {type(error).__name__}: {_sentence(error)} "
            "It is given a tensor of the backend: compute with `keras.ops`."
        ) from error
    if not keras.ops.is_tensor(score):
        raise TypeError(
            f"Expected target `{title}` to return a tensor, computed from the output with "
            f"`keras.ops`. Received: {type(score).__name__}."
        )
    if any(length != 1 for length in score.shape):
        raise ValueError(
            f"Expected target `{title}` to return one score for each sample, shape `(1,)`. "
            f"Received: shape {tuple(score.shape)}. Take the mean or the sum of what matters."
        )
    return _flat(score)[0]


class Names:
    """The names of the model's outputs, and the way back from a name to its index."""

    def __init__(self, given: Any = None) -> None:
        if isinstance(given, np.ndarray):
            given = given.tolist()
        known = given is None or isinstance(given, (list, tuple, Mapping)) or callable(given)
        if not known:
            raise TypeError(
                "Expected `target_names` to be a list of names in the order of the model's "
                "outputs, a dict from index to name, or a function from index to name. "
                f"Received: {given!r} of type {type(given).__name__}."
            )
        self._given: list[Any] | Mapping[int, Any] | Callable[[int], Any] | None = given

    def check(self, count: int) -> None:
        """Raise ValueError unless a list of names has one for each of `count` outputs."""
        if isinstance(self._given, (list, tuple)) and len(self._given) != count:
            raise ValueError(
                f"Expected `target_names` to hold a name for each of the model's {count} "
                f"output{'s' if count > 1 else ''}. Received: {len(self._given)} names. "
                "For some of them, give a dict from index to name."
            )

    def of(self, index: int) -> str | None:
        """Return the name of an output; None where none was given."""
        if self._given is None:
            return None
        if callable(self._given):
            name = self._given(index)
        elif isinstance(self._given, Mapping):
            name = self._given.get(index)
        else:
            name = self._given[index]
        return None if name is None else str(name)

    def index(self, name: str, count: int) -> int:
        """Return which of `count` outputs has `name`; a different case is forgiven."""
        if self._given is None:
            raise ValueError(
                "Expected `target_names` along with a target's name. "
                f"Received: target {name!r} and no names. Pass them, or the class's index."
            )
        given = {i: self.of(i) for i in range(count)}
        every = {i: known for i, known in given.items() if known is not None}
        same = [i for i, known in every.items() if known == name]
        alike = [i for i, known in every.items() if known.casefold() == name.casefold()]
        found = same or alike
        if len(found) == 1:
            return found[0]
        if found:
            raise ValueError(
                f"Expected a target's name that one output has. Received: {name!r}, the name of "
                f"{', '.join(map(str, found))}. Give the index."
            )
        close = get_close_matches(name, every.values(), n=3)
        hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise ValueError(f"Expected a target's name from `target_names`. Received: {name!r}.{hint}")
