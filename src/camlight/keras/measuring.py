"""What is asked of a model by whoever measures maps: scores of variants, and its weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import keras
import numpy as np

from camlight.methods.method import read_method

from .capture.capture import capture
from .capture.compiled import cache_of
from .capture.plan import plan_for, planned
from .graph.layers import all_layers
from .graph.nodes import LayerCall, is_graph, operations_behind, output_structure
from .graph.outputs import choose_output
from .inputs import read_inputs
from .options import read_options
from .preprocessing import checked_preprocess
from .quantities.rescore import Scoring
from .run.forward import ForwardPass, build, calls_made
from .run.hooks import finish

__all__ = ["Scoring", "WeightGroup", "kept", "scoring_of", "shuffle", "weight_groups"]


def scoring_of(model: keras.Model, doc: Any, targets: Any = None, **same: Any) -> Scoring:
    """Return the picture and the targets that an explanation has, and a function to score more.

    Parameters
    ----------
    model, doc, targets
        As in `camlight.explain_prediction_keras`.
    **same
        All its other arguments but `image`.

    Raises
    ------
    TypeError, ValueError, ExplanationError
        As `camlight.explain_prediction_keras` does.

    Examples
    --------
    >>> from camlight import demo
    >>> scoring = scoring_of(
    ...     demo.efficientnet_lite0(),
    ...     demo.photo("chelsea"),
    ...     targets=[285, 967],
    ...     preprocess=demo.preprocess_input,
    ... )
    >>> scoring.picture.shape
    (224, 224, 3)
    >>> scoring.score([scoring.picture, scoring.picture * 0]).shape
    (2, 2)
    """
    options = read_options(targets, **same)
    inputs = read_inputs(model, doc, options.preprocess, options.preprocessed)
    run = ForwardPass(model, inputs.values, inputs.picture, options.output)
    build(run)
    cache = cache_of(model, options.compile, at_once=True)
    plan = plan_for(run, cache, options)
    if not plan.layers:
        without_layer = replace(
            options, layer=None, call=None, grid=None, method=read_method("occlusion")
        )
        plan = plan_for(run, cache, without_layer)
    plan = replace(plan, layers=[])
    return Scoring(capture(planned(run, plan, options), plan, cache, options))


@dataclass(frozen=True)
class WeightGroup:
    """Layers that are changed together.

    Attributes
    ----------
    layers : tuple of str
        Their paths, the nearest to the output first.
    variables : tuple of keras.Variable
        All their weights, statistics such as BatchNorm's among them.
    """

    layers: tuple[str, ...]
    variables: tuple[keras.Variable, ...]


def weight_groups(
    model: keras.Model,
    doc: Any,
    most: int | None,
    preprocess: Any = None,
    output: int | str | None = None,
) -> list[WeightGroup]:
    """Return the layers with weights in groups, those nearest to the output first.

    Parameters
    ----------
    model : keras.Model
        Built.
    doc, preprocess
        As in `camlight.explain_prediction_keras`: what to run the model on, where only a run
        tells the order of its layers.
    most : int, optional
        How many groups at most: the first is the last layer alone, the rest shares the others
        evenly. None for a group for each layer.
    output : int or str, optional
        The output that is explained: of a graph, layers that it doesn't come from are left out.
    """
    layers = _layers_with_weights(model, doc, preprocess, output)[::-1]
    if most is None or most >= len(layers):
        parts = [[layer] for layer in layers]
    elif most == 1:
        parts = [layers]
    else:
        cuts = np.linspace(1, len(layers), most).round().astype(int)
        parts = [layers[:1], *(layers[a:b] for a, b in pairwise(cuts))]
    return [
        WeightGroup(
            tuple(path for path, _ in part),
            tuple(variable for _, variables in part for variable in variables),
        )
        for part in parts
    ]


@contextmanager
def kept(variables: Iterable[keras.Variable]) -> Iterator[None]:
    """Give variables back the bits they have now, whatever happens inside.

    A Ctrl-C while they are put back waits until all of them are.
    """
    saved = [(variable, _bits(variable)) for variable in variables]
    try:
        yield
    finally:
        finish(saved, lambda pair: pair[0].assign(pair[1]))


def shuffle(variables: Iterable[keras.Variable], rng: np.random.Generator) -> None:
    """Put the numbers inside each variable into a random order.

    What was learned is gone; how large the numbers are, and so about how strongly a layer
    answers, stays.
    """
    for variable in variables:
        bits = _bits(variable)
        variable.assign(rng.permutation(bits.ravel()).reshape(bits.shape))


def _bits(variable: keras.Variable) -> np.ndarray:
    # a copy: on some backends the array looks into the variable's own memory
    return np.array(keras.ops.convert_to_numpy(variable.value), copy=True)


def _layers_with_weights(
    model: keras.Model, doc: Any, preprocess: Any, output: int | str | None
) -> list[tuple[str, list[keras.Variable]]]:
    """Return the layers that have weights of their own, in the order in which they run."""
    every = list(all_layers(model))
    if not is_graph(model):
        every = _as_they_run(model, doc, preprocess, every)
    owners: dict[int, tuple[keras.Variable, str]] = {}
    for layer in every:
        for variable in getattr(layer.operation, "weights", ()):
            _, path = owners.get(id(variable), (None, ""))
            # of a layer and those inside it, the innermost
            if not path or layer.path.startswith(f"{path}/"):
                owners[id(variable)] = (variable, layer.path)
    alone = [(v, model.name) for v in model.weights if id(v) not in owners]
    owned: dict[str, list[keras.Variable]] = {model.name: [], **{p.path: [] for p in every}}
    for variable, path in (*alone, *owners.values()):
        owned[path].append(variable)
    if is_graph(model):
        owned = _behind_the_output(model, output, every, owned)
    return [(path, variables) for path, variables in owned.items() if variables]


def _behind_the_output(
    model: keras.Model,
    output: int | str | None,
    every: list[LayerCall],
    owned: dict[str, list[keras.Variable]],
) -> dict[str, list[keras.Variable]]:
    """Leave out the layers of a graph that an output doesn't come from."""
    end = choose_output(model, output_structure(model), output).tensor
    found = operations_behind(end)
    used = [layer for layer in every if id(layer.operation) in found]
    # a layer without a graph may use all that is inside it
    whole = tuple(f"{layer.path}/" for layer in used if not is_graph(layer.operation))
    known = {model.name, *(layer.path for layer in used)}
    return {p: v for p, v in owned.items() if p in known or p.startswith(whole)}


def _as_they_run(
    model: keras.Model, doc: Any, preprocess: Any, every: list[LayerCall]
) -> list[LayerCall]:
    inputs = read_inputs(model, doc, checked_preprocess(preprocess))
    run = ForwardPass(model, inputs.values, inputs.picture)
    moments: dict[int, int] = {}
    for moment, call in enumerate(calls_made(run, [layer.operation for layer in every])[0]):
        moments.setdefault(id(call.operation), moment)
    return sorted(every, key=lambda layer: moments.get(id(layer.operation), -1))
