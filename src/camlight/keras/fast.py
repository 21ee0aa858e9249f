"""The fast way to run a model: compiled, where this gives what the plain way gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from camlight.base import ExplanationError

from .backends import Captured
from .backends.compiled import Batch, Request
from .errors import weights_away
from .memory import Memory, Plan
from .places import Place
from .running import Run
from .targets import Target, Targets

__all__ = ["Compiled", "checked_compile", "compiled_for"]


def checked_compile(compile: Any) -> bool | None:
    """Return `compile`, or raise TypeError unless it is None, True or False."""
    if compile is None or isinstance(compile, bool):
        return compile
    raise TypeError(
        "Expected `compile` to be True or False, or None to compile when calls repeat. "
        f"Received: {compile!r}."
    )


class Compiled:
    """A compiled model, and what to do where it can't answer.

    Parameters
    ----------
    memory : Memory
    key : hashable
        What it stands under in the memory.
    function : callable
        The backend's.
    required : bool
        Whether the user asked for it: then it must not fail.
    """

    def __init__(self, memory: Memory, key: Any, function: Any, required: bool) -> None:
        self._memory = memory
        self._key = key
        self._function = function
        self._required = required

    def capture(
        self, run: Run, plan: Plan, targets: Targets
    ) -> tuple[Captured, list[Target]] | None:
        """Return what one picture showed; None where the model must be run the plain way."""
        batch = self.run(run, plan, targets, keras.tree.flatten(run.inputs))
        return None if batch is None else row_of(batch, 0, run, targets)

    def run(
        self,
        run: Run,
        plan: Plan,
        targets: Targets,
        arrays: list[Any],
        disposable: bool = False,
    ) -> Batch | None:
        """Return what a batch of pictures showed; None where it can't be compiled.

        Arrays that are `disposable` belong to nobody else, and may be read in place.
        """
        wanted = targets.wanted(plan.scores)
        if wanted is None:
            return None
        return self.ask(run, plan.layers, Request(arrays, *wanted, disposable))

    def ask(self, run: Run, places: Sequence[Place], request: Request) -> Batch | None:
        """Return what the places showed; None where the model isn't compiled."""
        try:
            batch: Batch | None = self._function(run, places, request, self._required)
        except Exception as error:
            away = weights_away(run.model, error)
            if away is not None:
                raise away from error
            if self._required:
                raise ExplanationError(
                    f"Expected model `{run.model.name}` to compile, along with `compile=True`. "
                    f"Received: {type(error).__name__}: {' '.join(str(error).split())[:300]} "
                    "Leave `compile` out: the model then runs as it is."
                ) from error
            self._memory.give_up(self._key)
            return None
        return batch


def row_of(
    batch: Batch, number: int, run: Run, targets: Targets
) -> tuple[Captured, list[Target]] | None:
    """Return what one picture of a batch showed; None where the targets chosen are in doubt.

    Raises
    ------
    ValueError
        As `Targets.of` does.
    """
    captured, indices = batch.row(number)
    found = targets.of(captured.answer, run.model)
    return (captured, found) if [target.index for target in found] == indices else None


def compiled_for(
    run: Run,
    memory: Memory | None,
    plan: Plan,
    compile: bool | None,
    pictures: int = 1,
    changed: str = "",
) -> Compiled | None:
    """Return the compiled model if it pays by now, for so many pictures, or was asked for.

    One that runs differently from how it is written stands under what was `changed`.
    """
    if memory is None or compile is False:
        return None
    leaves = keras.tree.flatten(run.inputs)
    key = (
        changed,
        tuple((place.path, place.call, place.inside) for place in plan.layers),
        run.output,
        run.picture,
        run.head is not None,
        _swapped(run, leaves),
        tuple(leaf is None for leaf in leaves),
        "" if len(leaves) == 1 else str(keras.tree.map_structure(lambda _: 0, run.inputs)),
    )
    function = memory.compiled(key, at_once=bool(compile), calls=pictures)
    return None if function is None else Compiled(memory, key, function, bool(compile))


def _swapped(run: Run, leaves: list[Any]) -> Any:
    """Return which layer's output is replaced, and whether what lies before it runs once."""
    if run.swap is None:
        return None
    once = all(leaf is None or len(leaf) == 1 for leaf in leaves[1:])
    return run.swap.place.path, run.swap.place.call, once
