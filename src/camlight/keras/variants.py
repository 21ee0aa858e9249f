"""Run a model on many variants of what it takes or makes, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import keras
import numpy as np

from camlight.base import ExplanationError
from camlight.methods.ingredients import portion

from .backends import load_backend
from .fast import compiled_for
from .memory import Memory, Plan
from .running import Run
from .targets import Targets

__all__ = ["AT_ONCE", "Ask", "Way", "answers", "asking", "at_once"]

AT_ONCE = 64
"""No more variants than these go through the model at once."""

Way = Callable[[np.ndarray], Iterable[Run]]
"""How to run the model on variants: on all in one run, or on each in a run of its own."""

Ask = Callable[[Run], np.ndarray]
"""Runs the model and returns the explained output."""

_WHICHEVER = Targets([0])


def at_once(shape: Sequence[int]) -> int:
    """Return how many variants of a shape go through the model at once."""
    return portion(shape, AT_ONCE)


def asking(memory: Memory | None, plan: Plan, compile: bool | None) -> Ask:
    """Return the function that runs a model, compiled where it pays."""
    plan = replace(plan, layers=[])

    def ask(run: Run) -> np.ndarray:
        leaves = keras.tree.flatten(run.inputs)
        rows = next(len(leaf) for leaf in leaves if leaf is not None)
        compiled = compiled_for(run, memory, plan, compile, rows)
        batch = None if compiled is None else compiled.run(run, plan, _WHICHEVER, leaves)
        shown = load_backend().capture(run, [], lambda _: []) if batch is None else batch
        scores: np.ndarray = shown.answer.scores
        return scores

    return ask


def answers(
    variants: Iterable[np.ndarray], like: np.ndarray, ways: Sequence[Way], ask: Ask
) -> Iterator[list[np.ndarray]]:
    """Yield, for a few variants after the other, what the model says of each, a batch of one.

    Parameters
    ----------
    variants : iterable of ndarray
        No more than go through the model at once are taken before they are needed.
    like : ndarray
        What they are variants of: of the same shape, and sent in its dtype.
    ways : sequence of Way
        From the quickest to the surest. The next one is taken where one fails, or doesn't give
        a row for each variant; the last must make a run for each.
    ask : Ask

    Raises
    ------
    ValueError
        If a variant has another shape.
    ExplanationError
        If the model fails on them in every way.
    """
    left = list(ways)
    for chunk, count in _chunks(variants, like):
        yield _answered(chunk, left, ask)[:count]


def _answered(chunk: np.ndarray, ways: list[Way], ask: Ask) -> list[np.ndarray]:
    while True:
        try:
            found = [ask(run) for run in ways[0](chunk)]
        except ExplanationError:
            if len(ways) == 1:
                raise
        else:
            if len(found) == len(chunk):
                return found
            if found[0].ndim and len(found[0]) == len(chunk):
                return [found[0][i : i + 1] for i in range(len(chunk))]
        ways.pop(0)


def _chunks(variants: Iterable[np.ndarray], like: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
    """Yield the variants, a few at a time and filled up, and how many they were before that.

    They are filled up to the number of the first ones, or, where all are few, to a power of 2:
    for each number that is new a model is compiled.
    """
    size, left, rows = at_once(like.shape), iter(variants), 0
    while True:
        chunk = np.empty((rows or size, *like.shape), like.dtype)
        count = 0
        for count, variant in enumerate(islice(left, size), 1):
            chunk[count - 1] = _checked(variant, like)
        if not count:
            return
        rows = rows or min(size, 1 << (count - 1).bit_length())
        chunk[count:] = chunk[count - 1]
        yield chunk[:rows], count


def _checked(variant: np.ndarray, like: np.ndarray) -> np.ndarray:
    array = np.asarray(variant)
    if array.shape != like.shape:
        raise ValueError(
            f"Expected variants of shape {('N', *like.shape)}, one like the other. "
            f"Received: one of shape {array.shape}."
        )
    return array
