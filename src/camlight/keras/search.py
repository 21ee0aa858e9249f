"""The layer that suits a model whose graph doesn't tell, found by running it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np

from .backends import load_backend
from .graph import cuts_patches, finds_features, is_graph, structure_of
from .head import Head, ending, head_of, passes_on
from .maps import Maps
from .outputs import choose_output
from .places import Place, places
from .running import Answer, Call, Run, calls_made, unbuilt
from .tokens import Grid, find_grid

__all__ = ["candidates", "find_head", "last_seen", "outline", "required_head"]

Candidate = tuple[Call, Grid | None]
"""A call that gave a map, and the grid of its tokens if it gave tokens."""


def last_seen(run: Run, maps: Maps, grid: Grid | None) -> Place | None:
    """Run the model, and return the last map that came by and that every path crosses.

    Parameters
    ----------
    run : Run
        Of a built model.
    maps : Maps
    grid : tuple of int, optional
        How the tokens of a vision transformer lie in the picture, where the user says so.
    """
    every = {id(place.operation): place for place in places(run.model)}
    made, answer = outline(run, [place.operation for place in every.values()])
    calls = _before_the_output(made, answer) if maps.is_spatial(answer.output.shape) else made
    counts = {key: sum(id(call.operation) == key for call in made) for key in every}
    found = [
        replace(
            every[id(call.operation)],
            call=call.index if counts[id(call.operation)] > 1 else -1,
            grid=tokens,
        )
        for call, tokens in _without_patch_embeddings(
            candidates(calls, run, maps, grid), maps, calls
        )
    ]
    backend = load_backend()
    for place in reversed(_with_a_say(replace(run, head=_head_seen(made, answer)), found)):
        if backend.all_paths_cross(run, place):
            return place
    return None


def outline(run: Run, operations: Iterable[keras.Operation]) -> tuple[list[Call], Answer]:
    """Return what `calls_made` does, of tensors that may have no values.

    A model is run in earnest where a layer is yet to be built.
    """
    look = partial(calls_made, run, operations)
    return look() if unbuilt(run.model) else load_backend().outlined(look)


def find_head(run: Run) -> Head | None:
    """Return the softmax or sigmoid that the explained output comes from, if the graph shows it."""
    if not is_graph(run.model):
        return None
    symbols = structure_of(run.model)
    return head_of(run.model, choose_output(run.model, symbols, run.output).tensor)


def required_head(run: Run) -> Head:
    """Return the softmax or sigmoid that the explained output comes from; run the model for it.

    Raises
    ------
    ValueError
        If the output comes from something else.
    """
    found = find_head(run)
    if found is not None:
        return found
    calls, answer = outline(run, [place.operation for place in places(run.model)])
    found = _head_seen(calls, answer)
    if found is not None:
        return found
    last = next((call.operation for call in calls if call.output is answer.output), None)
    source = "outside of any layer" if last is None else f"in layer `{last.name}`"
    raise ValueError(
        "Expected a model that ends in a softmax or sigmoid, along with `pre_softmax`. Received: "
        f"model `{run.model.name}`, whose output is made {source}"
        f"{'' if last is None else f' ({type(last).__name__})'}. If these are scores already, "
        "leave `pre_softmax` out."
    )


def _head_seen(calls: Sequence[Call], answer: Answer) -> Head | None:
    """Return the softmax or sigmoid that gave the explained output; None if it was none."""
    tensor = answer.output
    while True:
        call = next((call for call in calls if call.output is tensor), None)
        if call is None:
            return None
        found = ending(call.operation)
        if found is not None:
            return replace(found, call=call.index)
        if not passes_on(call.operation):
            return None
        tensor = call.given


def _before_the_output(calls: Sequence[Call], answer: Answer) -> list[Call]:
    """Leave out what makes the output: the last layer with weights, and what follows it."""
    left_out: list[Call] = []
    tensor = answer.output
    while True:
        maker = next((call for call in calls if call.output is tensor), None)
        if maker is None:
            break
        left_out.append(maker)
        if getattr(maker.operation, "weights", None):
            break
        tensor = maker.given
    return [call for call in calls if not any(call is other for other in left_out)]


def candidates(calls: Sequence[Call], run: Run, maps: Maps, grid: Grid | None) -> list[Candidate]:
    """Return the calls that gave a map or tokens that lie in a grid, in the order they were made.

    Only once something was learned of the picture; and not attention's tensors, which have as
    many axes as a map.
    """
    learned, found = False, list[Candidate]()
    for call in calls:
        learned = learned or finds_features(call.operation)
        shape = tuple(call.output.shape)
        if not (learned and keras.backend.is_float_dtype(_dtype(call.output))):
            continue
        if maps.is_spatial(shape):
            if not any(tokens for _, tokens in found) or _like(maps.cells(shape), run, maps):
                found.append((call, None))
        elif len(shape) == 3 and maps.rank == 2 and shape[1] > 1:
            sizes = [maps.cells(tuple(c.output.shape)) for c, tokens in found if not tokens]
            tokens = grid or find_grid(shape[1], maps.size(run.size), sizes)
            known = [*sizes, *(earlier for _, earlier in found if earlier)]
            if tokens and (grid or _plausible(tokens, shape[1], known)):
                found.append((call, tokens))
    return found


def _without_patch_embeddings(
    found: Sequence[Candidate], maps: Maps, calls: Sequence[Call]
) -> list[Candidate]:
    """Leave out the maps that the model goes on with as tokens, not as a map.

    And those tokens themselves, where none of the tokens that the model learns of them are found.
    """
    learned = [i for i, call in enumerate(calls) if finds_features(call.operation)]

    def is_embedding(call: Call) -> bool:
        number = next(i for i, other in enumerate(calls) if other is call)
        return len([i for i in learned if i <= number]) <= 1 < len(learned)

    only_embeddings = all(is_embedding(call) for call, tokens in found if tokens)

    def goes_on_as_tokens(number: int, call: Call) -> bool:
        later = [tokens for _, tokens in found[number + 1 :]]
        if maps.cells(tuple(call.output.shape)) in later:
            return True
        behind = calls[next(i for i, other in enumerate(calls) if other is call) + 1 :]
        learned = [other for other in behind if finds_features(other.operation)]
        sequences = any(len(other.output.shape) == 3 for other in learned)
        return maps.rank == 2 and sequences and cuts_patches(call.operation)

    return [
        (call, tokens)
        for number, (call, tokens) in enumerate(found)
        if (not only_embeddings if tokens else not goes_on_as_tokens(number, call))
    ]


def _plausible(grid: Grid, count: int, known: Sequence[Grid]) -> bool:
    """Say whether as many tokens lie in `grid`, after the maps and tokens that came before.

    Tokens of no patch join those of a grid that is known; as many tokens as any small grid has,
    and some more, may as well be the latent ones of cross-attention.
    """
    return math.prod(grid) == count or not known or grid in known


def _like(cells: tuple[int, ...], run: Run, maps: Maps) -> bool:
    """Say whether a map has the picture's proportions, as attention's tensors rarely have."""
    height, width = maps.size(run.size)
    return 0.5 <= (cells[0] * width) / (cells[1] * height) <= 2


def _with_a_say(run: Run, found: list[Place]) -> list[Place]:
    """Leave out tokens whose patches the output no longer depends on, only on a class token."""
    if not any(place.grid for place in found):
        return found
    [gradients] = load_backend().capture(run, found, _any_direction).gradients
    return [
        place
        for place, gradient in zip(found, gradients, strict=True)
        if not place.grid or (gradient is not None and gradient[:, -math.prod(place.grid) :].any())
    ]


def _any_direction(answer: Answer) -> list[Any]:
    weights = np.random.default_rng(0).normal(size=answer.scores.shape)
    weights = weights.astype(answer.scores.dtype)
    return [lambda scores: keras.ops.sum(keras.ops.multiply(scores, weights))]


def _dtype(tensor: Any) -> str:
    return str(keras.backend.standardize_dtype(tensor.dtype))
