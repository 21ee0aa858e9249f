"""The names of a model's classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np

__all__ = ["Names"]


class Names:
    """The names of the model's outputs, and the way back from a name to its index.

    Parameters
    ----------
    given : list, dict, callable or None
        Names in the order of the outputs, or by index; or the function from index to name.

    Raises
    ------
    TypeError
        If `given` is something else.
    """

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
        """Return which of `count` outputs has `name`; a different case is forgiven.

        Raises
        ------
        ValueError
            If none has, or several have, or there are no names.
        """
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
