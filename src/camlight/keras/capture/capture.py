"""One forward pass, and what it showed of each layer and target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np

from camlight.keras.backends import Captured, Request, load_backend
from camlight.keras.graph.nodes import LayerCall
from camlight.keras.graph.spatial import Grid, LayerView, Layout
from camlight.keras.run.forward import ForwardPass, Output
from camlight.methods.method import Method

from .compiled import Compiled, ModelCache, Plan, compiled_for
from .from_run import grid_of
from .targets import Target, Targets


@dataclass(frozen=True)
class Options:
    """The arguments of `camlight.explain_prediction_keras` but for the picture's own, checked."""

    targets: Targets
    layer: Any
    call: int | None
    grid: Grid | None
    output: int | str | None
    pre_softmax: bool
    counterfactual: bool
    preprocess: Callable[[np.ndarray], Any] | None
    preprocessed: str | None
    compile: bool | None
    method: Method
    smooth: bool

    @property
    def compiles_at_once(self) -> bool:
        """Whether compiling pays in the first call: asked for, or the model runs many times."""
        return bool(self.compile) or self.smooth or not self.method.takes_one_run


@dataclass(frozen=True)
class Context:
    """What one forward pass on one picture showed: what a method may ask about."""

    run: ForwardPass
    plan: Plan
    cache: ModelCache | None
    options: Options
    output: Output  # in arrays
    targets: list[Target]
    scores: list[float]  # of each target
    views: list[list[LayerView]]  # for each target, what each layer showed
    number: int = 0  # which of the targets is explained
    layer: int = 0  # which of the layers is looked at
    shared: dict[Any, Any] = field(default_factory=dict, repr=False)  # serves all targets

    @property
    def target(self) -> Target:
        """The target that is explained."""
        return self.targets[self.number]

    @property
    def view(self) -> LayerView:
        """What the layer showed for the target."""
        return self.views[self.number][self.layer]

    @property
    def sign(self) -> int:
        """1; or -1 for what speaks against the target: then the negated score is explained."""
        return -1 if self.options.counterfactual else 1

    def planned(self, key: Any, make: Callable[[], Plan]) -> Plan:
        """Return the plan that was made for `key` before, or make it."""
        return make() if self.cache is None else self.cache.plan(key, make)

    def of_targets(self) -> Iterator[Context]:
        """Yield the context of each target."""
        return (replace(self, number=number) for number in range(len(self.targets)))

    def of_layers(self) -> Iterator[Context]:
        """Yield the context of each layer."""
        return (replace(self, layer=layer) for layer in range(len(self.plan.layers)))


def capture(
    run: ForwardPass,
    plan: Plan,
    cache: ModelCache | None,
    options: Options,
    targets: Targets | None = None,
) -> Context:
    """Run the model once, compiled where it pays, and return what its layers showed.

    The targets are by default those of the options.
    """
    targets = options.targets if targets is None else targets
    compiled = compiled_for(run, cache, plan.layers, options.compile)
    raw, found = captured(run, plan, targets, compiled)
    return in_context(run, plan, cache, options, raw, found)


def captured(
    run: ForwardPass, plan: Plan, targets: Targets, compiled: Compiled | None
) -> tuple[Captured, list[Target]]:
    """Run the model once and return what came of it, raw, and the targets."""
    if compiled is not None:
        raw = run_batch(run, plan, targets, compiled, keras.tree.flatten(run.inputs))
        found = None if raw is None else targets_of(raw, run, targets)
        if raw is not None and found is not None:
            return raw, found
    chosen: list[Target] = []

    def choose(output: Output) -> list[object]:
        chosen.extend(targets.of(output, run.model))
        return [target.score for target in chosen]

    return load_backend().capture(run, plan.layers, choose), chosen


def run_batch(
    run: ForwardPass,
    plan: Plan,
    targets: Targets,
    compiled: Compiled,
    arrays: list[Any],
    disposable: bool = False,
) -> Captured | None:
    """Return what a batch of pictures showed; None where it can't be compiled.

    Arrays that are `disposable` belong to nobody else, and may be read in place.
    """
    wanted = targets.wanted(plan.scores)
    if wanted is None:
        return None
    return compiled(run, plan.layers, Request(arrays, *wanted, disposable))


def targets_of(raw: Captured, run: ForwardPass, targets: Targets) -> list[Target] | None:
    """Return the targets of a picture that a compiled function ran on; None if it took others."""
    found = targets.of(raw.output, run.model)
    taken = [] if raw.indices is None else [int(index) for index in raw.indices[0]]
    return found if [target.index for target in found] == taken else None


def in_context(
    run: ForwardPass,
    plan: Plan,
    cache: ModelCache | None,
    options: Options,
    raw: Captured,
    targets: list[Target],
) -> Context:
    """Return what was captured of one picture as maps, one for each target and layer."""
    layouts = [
        _layout(run, plan, layer, array.shape, options)
        for layer, array in zip(plan.layers, raw.activations, strict=True)
    ]
    views = [
        [
            LayerView(
                layer,
                layout,
                layout.to_map(activations),
                layout.to_map(np.zeros_like(activations) if gradient is None else gradient),
                gradient is not None,
            )
            for layer, layout, activations, gradient in zip(
                plan.layers, layouts, raw.activations, row, strict=True
            )
        ]
        for row in raw.gradients
    ]
    scores = [float(score) for score in raw.scores[0]]
    return Context(run, plan, cache, options, raw.output, targets, scores, views)


def _layout(
    run: ForwardPass, plan: Plan, layer: LayerCall, shape: tuple[int, ...], options: Options
) -> Layout:
    spec = plan.spec
    if len(shape) == 3 and (spec.rank != 1 or layer.grid):
        grid = grid_of(run, spec, f"layer `{layer.path}`", shape[1], layer.grid)
        return Layout(spec, shape, grid)
    if len(shape) != spec.rank + 2:
        raise ValueError(
            f"Expected a layer with a spatial map, output shape `(1, {_AXES[spec.rank]}channels)`. "
            f"Received: layer `{layer.path}` with output shape {shape}. "
            "Choose a convolution, or an activation or a pooling layer behind one; "
            "`camlight.layers(model)` lists them."
        )
    if options.grid is not None:
        raise ValueError(
            f"Expected a layer that gives tokens, along with `grid`. Received: layer "
            f"`{layer.path}`, which gives a map, output shape {shape}. Leave `grid` out."
        )
    return Layout(spec, shape)


_AXES = {1: "length, ", 2: "height, width, ", 3: "depth, height, width, "}
