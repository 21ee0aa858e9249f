"""One forward pass, and what it showed of each layer and target."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .backends import Captured, load_backend
from .fast import Compiled
from .maps import Maps
from .memory import Plan
from .places import Place, places
from .running import Answer, Run, calls_made
from .search import candidates
from .targets import Target, Targets
from .tokens import Grid, find_grid, possible_grids

__all__ = ["Capture", "Layout", "View", "capture", "caught", "grid_of", "laid_out"]


@dataclass(frozen=True)
class View:
    """What one layer showed for one target.

    Attributes
    ----------
    place : Place
    activations : ndarray, shape (H, W, K)
        The layer's output: ``(L, K)`` for a signal, ``(D, H, W, K)`` for a volume.
    gradients : ndarray, of the same shape
        Derivatives of the target's score with respect to `activations`.
    connected : bool
        Whether the score depends on the layer at all; if not, `gradients` are 0.
    layout : Layout
        How the arrays lie in the layer's own tensor.
    """

    place: Place
    activations: np.ndarray
    gradients: np.ndarray
    connected: bool
    layout: Layout


@dataclass(frozen=True)
class Capture:
    """What one run of a model on one picture showed.

    Attributes
    ----------
    answer : Answer
        What the model said, in arrays.
    targets : list of Target
    scores : list of float
        The score of each target.
    views : list of list of View
        For each target, what each layer showed.
    """

    answer: Answer
    targets: list[Target]
    scores: list[float]
    views: list[list[View]]


def capture(run: Run, plan: Plan, targets: Targets, compiled: Compiled | None = None) -> Capture:
    """Run the model once and return what its layers showed.

    Parameters
    ----------
    run : Run
    plan : Plan
    targets : Targets
    compiled : Compiled, optional
        To run it with, where it can.

    Raises
    ------
    ValueError
        If a target doesn't fit the model's output, or the layer's output is no spatial map.
    """
    return laid_out(run, plan, *caught(run, plan, targets, compiled))


def caught(
    run: Run, plan: Plan, targets: Targets, compiled: Compiled | None = None
) -> tuple[Captured, list[Target]]:
    """Run the model once and return what its layers gave, as it came, and the targets.

    The parameters are those of `capture`.
    """
    fast = None if compiled is None else compiled.capture(run, plan, targets)
    if fast is not None:
        return fast
    found: list[Target] = []

    def choose(answer: Answer) -> list[object]:
        found.extend(targets.of(answer, run.model))
        return [target.score for target in found]

    return load_backend().capture(run, plan.layers, choose), found


def laid_out(run: Run, plan: Plan, seen: Captured, found: list[Target]) -> Capture:
    """Return what was captured as maps, one for each target and layer."""
    spatial = [
        Layout(run, plan.maps, place, a.shape)
        for place, a in zip(plan.layers, seen.activations, strict=True)
    ]
    views = [
        [
            View(
                layout.place,
                layout.of(activations),
                layout.of(np.zeros_like(activations) if gradient is None else gradient),
                gradient is not None,
                layout,
            )
            for layout, activations, gradient in zip(spatial, seen.activations, row, strict=True)
        ]
        for row in seen.gradients
    ]
    return Capture(seen.answer, found, seen.scores, views)


class Layout:
    """How the output of a layer lies in the picture."""

    def __init__(self, run: Run, maps: Maps, place: Place, shape: tuple[int, ...]) -> None:
        self.place = place
        self._maps = maps
        self._shape = shape
        self._grid: Grid | None = None
        if len(shape) == 3 and (maps.rank != 1 or place.grid):
            self._grid = grid_of(run, maps, f"layer `{place.path}`", shape[1], place.grid)
        elif len(shape) != maps.rank + 2:
            raise ValueError(
                f"Expected a layer with a spatial map, output shape `{_SHAPES[maps.rank]}`. "
                f"Received: layer `{place.path}` with output shape {shape}. "
                "Choose a convolution, or an activation or a pooling layer behind one; "
                "`camlight.layers(model)` lists them."
            )

    def of(self, array: np.ndarray) -> np.ndarray:
        """Return a tensor of the layer without its batch axis, the channels last."""
        if self._grid is not None:
            patches = array[0, -math.prod(self._grid) :]  # others stand in front of them
            return patches.reshape(*self._grid, -1)
        spatial: np.ndarray = self._maps.channels_last(array)[0]
        return spatial

    def back(self, spatial: np.ndarray) -> np.ndarray:
        """Return an array that `of` would give as a tensor of the layer; tokens left out are 0."""
        if self._grid is not None:
            tokens = np.zeros(self._shape, spatial.dtype)
            tokens[0, -math.prod(self._grid) :] = spatial.reshape(-1, spatial.shape[-1])
            return tokens
        return self._maps.as_own(spatial[np.newaxis])


_SHAPES = {
    1: "(1, length, channels)",
    2: "(1, height, width, channels)",
    3: "(1, depth, height, width, channels)",
}


def grid_of(run: Run, maps: Maps, what: str, count: int, grid: Grid | None) -> Grid:
    """Return how tokens lie in the picture.

    What patches could cut the picture so tells mostly; where it doesn't, the maps do that the
    model makes on its way.

    Parameters
    ----------
    run : Run
    maps : Maps
    what : str
        Whose tokens they are, in words.
    count : int
        How many there are.
    grid : tuple of int, optional
        What the user says.

    Raises
    ------
    ValueError
        If the grid of the user has too many cells, or none can be found.
    """
    if grid is not None:
        if math.prod(grid) > count:
            raise ValueError(
                f"Expected `grid` with no more cells than {what} has tokens, {count}. "
                f"Received: {grid}, which has {math.prod(grid)}."
            )
        return grid
    size = maps.size(run.size)
    possible = possible_grids(count, size)
    if len(possible) == 1:
        return possible[0]
    calls, _ = calls_made(run, [inner.operation for inner in places(run.model)])
    seen = [call.output.shape for call, grid in candidates(calls, run, maps, None) if not grid]
    found = find_grid(count, size, [maps.cells(tuple(shape)) for shape in seen])
    if found is None:
        raise ValueError(
            f"Expected a layer whose tokens are patches of the picture. Received: {what} "
            f"with {count} tokens, which no square patches of a picture of "
            f"{' x '.join(map(str, size))} pixels give. If they lie in a grid, say which: "
            "`grid=(rows, columns)`."
        )
    return found
