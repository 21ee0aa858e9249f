"""The maps and tokens that a model makes on its way, found by running it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np

from camlight.keras.backends import load_backend
from camlight.keras.graph.layers import all_layers
from camlight.keras.graph.nodes import LayerCall
from camlight.keras.graph.spatial import FeatureMapSpec, Grid, find_grid, possible_grids
from camlight.keras.run.forward import (
    CallMade,
    ForwardPass,
    Output,
    calls_made,
    final_activation_seen,
    unbuilt,
)

Candidate = tuple[CallMade, Grid | None]  # a call that gave a map, or tokens in a grid


def finds_features(operation: keras.Operation) -> bool:
    """Say whether an operation pools or has weights, other than a `Normalization` of the input."""
    if isinstance(operation, keras.layers.Normalization):
        return False
    return hasattr(operation, "pool_size") or bool(getattr(operation, "weights", None))


def cuts_patches(operation: keras.Operation) -> bool:
    """Say whether an operation is a convolution whose windows lie side by side."""
    window = tuple(getattr(operation, "kernel_size", ()))
    return max(window, default=1) > 1 and window == tuple(getattr(operation, "strides", ()))


def layer_from_run(run: ForwardPass, spec: FeatureMapSpec, grid: Grid | None) -> LayerCall | None:
    """Run the model, and return the last map that came by and that every path crosses.

    The rules are those of `camlight.keras.capture.auto_layer`.
    """
    every = {id(layer.operation): layer for layer in all_layers(run.model)}
    made, output = outline(run, [layer.operation for layer in every.values()])
    calls = _before_the_output(made, output) if spec.is_spatial(output.values.shape) else made
    counts = {key: sum(id(call.operation) == key for call in made) for key in every}
    found = [
        replace(
            every[id(call.operation)],
            call=call.index if counts[id(call.operation)] > 1 else -1,
            grid=tokens,
        )
        for call, tokens in _without_patch_embeddings(
            candidates(calls, run, spec, grid), spec, calls
        )
    ]
    final = final_activation_seen(made, output)
    with_a_say = _with_a_say(replace(run, final_activation=final), found)
    backend = load_backend()
    return next((layer for layer in with_a_say[::-1] if backend.all_paths_cross(run, layer)), None)


def outline(
    run: ForwardPass, operations: Iterable[keras.Operation]
) -> tuple[list[CallMade], Output]:
    """Return what `calls_made` does, of tensors that may have no values.

    A model is actually run where a layer is yet to be built.
    """
    look = partial(calls_made, run, operations)
    return look() if unbuilt(run.model) else load_backend().outlined(run.model, look)


def _before_the_output(calls: Sequence[CallMade], output: Output) -> list[CallMade]:
    """Leave out what makes the output: the last layer with weights, and what follows it."""
    left_out: list[CallMade] = []
    tensor = output.values
    while True:
        maker = next((call for call in calls if call.output is tensor), None)
        if maker is None:
            break
        left_out.append(maker)
        if getattr(maker.operation, "weights", None):
            break
        tensor = maker.given
    return [call for call in calls if not any(call is other for other in left_out)]


def candidates(
    calls: Sequence[CallMade], run: ForwardPass, spec: FeatureMapSpec, grid: Grid | None
) -> list[Candidate]:
    """Return the calls that gave a map or tokens that lie in a grid, in the order they were made.

    Only once something was learned of the picture; and not attention's tensors, which have as
    many axes as a map.
    """
    learned, found = False, list[Candidate]()
    for call in calls:
        learned = learned or finds_features(call.operation)
        shape = tuple(call.output.shape)
        dtype = keras.backend.standardize_dtype(call.output.dtype)
        if not (learned and keras.backend.is_float_dtype(dtype)):
            continue
        if spec.is_spatial(shape):
            if not any(tokens for _, tokens in found) or _like(spec.cells(shape), run, spec):
                found.append((call, None))
        elif len(shape) == 3 and spec.rank == 2 and shape[1] > 1:
            sizes = [spec.cells(tuple(c.output.shape)) for c, tokens in found if not tokens]
            tokens = grid or find_grid(shape[1], spec.size(run.size), sizes)
            known = [*sizes, *(earlier for _, earlier in found if earlier)]
            # tokens of no patch join those of a grid that is known; as many as any small grid has,
            # and some more, may as well be the latent ones of cross-attention
            plausible = not known or tokens in known or math.prod(tokens or ()) == shape[1]
            if tokens and (grid or plausible):
                found.append((call, tokens))
    return found


def _without_patch_embeddings(
    found: Sequence[Candidate], spec: FeatureMapSpec, calls: Sequence[CallMade]
) -> list[Candidate]:
    """Leave out the maps that the model goes on with as tokens, not as a map.

    And those tokens themselves, where none of the tokens that the model learns of them are found.
    """
    position = {id(call): number for number, call in enumerate(calls)}
    learned = [number for number, call in enumerate(calls) if finds_features(call.operation)]

    def is_embedding(call: CallMade) -> bool:
        return len([i for i in learned if i <= position[id(call)]]) <= 1 < len(learned)

    only_embeddings = all(is_embedding(call) for call, tokens in found if tokens)

    def goes_on_as_tokens(number: int, call: CallMade) -> bool:
        later = [tokens for _, tokens in found[number + 1 :]]
        if spec.cells(tuple(call.output.shape)) in later:
            return True
        behind = [calls[i] for i in learned if i > position[id(call)]]
        sequences = any(len(other.output.shape) == 3 for other in behind)
        return spec.rank == 2 and sequences and cuts_patches(call.operation)

    return [
        (call, tokens)
        for number, (call, tokens) in enumerate(found)
        if (not only_embeddings if tokens else not goes_on_as_tokens(number, call))
    ]


def _like(cells: tuple[int, ...], run: ForwardPass, spec: FeatureMapSpec) -> bool:
    """Say whether a map has the picture's proportions, as attention's tensors rarely have."""
    height, width = spec.size(run.size)
    return 0.5 <= (cells[0] * width) / (cells[1] * height) <= 2


def _with_a_say(run: ForwardPass, found: list[LayerCall]) -> list[LayerCall]:
    """Leave out tokens whose patches the output no longer depends on, only on a class token."""
    if not any(layer.grid for layer in found):
        return found
    [gradients] = load_backend().capture(run, found, _any_direction).gradients
    return [
        layer
        for layer, gradient in zip(found, gradients, strict=True)
        if not layer.grid or (gradient is not None and gradient[:, -math.prod(layer.grid) :].any())
    ]


def _any_direction(output: Output) -> list[Any]:
    weights = np.random.default_rng(0).normal(size=output.scores.shape)
    weights = weights.astype(output.scores.dtype)
    return [lambda scores: keras.ops.sum(keras.ops.multiply(scores, weights))]


def grid_of(
    run: ForwardPass, spec: FeatureMapSpec, what: str, count: int, grid: Grid | None
) -> Grid:
    """Return how so many tokens lie in the picture; `what` says in words whose they are.

    What patches could cut the picture so tells mostly; where it doesn't, the maps do that the
    model makes on its way. The `grid` of the user is checked.
    """
    if grid is not None:
        if math.prod(grid) > count:
            raise ValueError(
                f"Expected `grid` with no more cells than {what} has tokens, {count}. "
                f"Received: {grid}, which has {math.prod(grid)}."
            )
        return grid
    size = spec.size(run.size)
    possible = possible_grids(count, size)
    if len(possible) == 1:
        return possible[0]
    calls, _ = calls_made(run, [layer.operation for layer in all_layers(run.model)])
    seen = [call.output.shape for call, tokens in candidates(calls, run, spec, None) if not tokens]
    found = find_grid(count, size, [spec.cells(tuple(shape)) for shape in seen])
    if found is None:
        raise ValueError(
            f"Expected a layer whose tokens are patches of the picture. Received: {what} "
            f"with {count} tokens, which no square patches of a picture of "
            f"{' x '.join(map(str, size))} pixels give. If they lie in a grid, say which: "
            "`grid=(rows, columns)`."
        )
    return found
