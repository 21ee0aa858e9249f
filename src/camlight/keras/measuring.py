"""What is asked of a model by whoever measures maps: scores of variants, and its weights."""

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
from .graph.nodes import is_graph, operations_behind, output_structure
from .graph.outputs import choose_output
from .inputs import read_inputs
from .options import read_options
from .preprocessing import checked_preprocess
from .quantities.rescore import Scoring as Scoring
from .run.forward import ForwardPass, build, calls_made
from .run.hooks import finish


def scoring_of(model: keras.Model, doc: Any, targets: Any = None, **same: Any) -> Scoring:
    """Return the picture and the targets that an explanation has, and a function to score more.

    It takes all arguments of `camlight.explain_prediction_keras` but `image`.

    Examples
    --------
    >>> from camlight import demo
    >>> model, photo = demo.efficientnet_lite0(), demo.photo("chelsea")
    >>> scoring = scoring_of(model, photo, targets=[285, 967], preprocess=demo.preprocess_input)
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
    """Layers that are changed together: their paths, and all their weights and statistics."""

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

    Of so many groups at `most`, the first is the last layer alone, and the rest shares the others
    evenly; None is for a group for each layer. Layers of a graph that its `output` doesn't come
    from are left out. The model is run on `doc` where only a run tells the order of its layers.
    """
    layers = _layers_with_weights(model, doc, preprocess, output)[::-1]
    count = len(layers) if most is None else min(most, len(layers))
    inner = [len(layers)] if count == 1 else np.linspace(1, len(layers), count).round().astype(int)
    return [
        WeightGroup(
            tuple(path for path, _ in layers[start:end]),
            tuple(variable for _, variables in layers[start:end] for variable in variables),
        )
        for start, end in pairwise([0, *inner])
    ]


@contextmanager
def kept(variables: Iterable[keras.Variable]) -> Iterator[None]:
    """Give variables back the bits they have now, whatever happens inside, a Ctrl-C included."""
    saved = [(variable, _bits(variable)) for variable in variables]
    try:
        yield
    finally:
        finish(saved, lambda pair: pair[0].assign(pair[1]))


def shuffle(variables: Iterable[keras.Variable], rng: np.random.Generator) -> None:
    """Put the numbers inside each variable into a random order: what was learned is gone."""
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
        inputs = read_inputs(model, doc, checked_preprocess(preprocess))
        run = ForwardPass(model, inputs.values, inputs.picture)
        calls, _ = calls_made(run, [layer.operation for layer in every])
        first = {id(call.operation): moment for moment, call in reversed([*enumerate(calls)])}
        every.sort(key=lambda layer: first.get(id(layer.operation), -1))
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
    known, whole = set(owned), tuple[str, ...]()
    if is_graph(model):
        found = operations_behind(choose_output(model, output_structure(model), output).tensor)
        used = [layer for layer in every if id(layer.operation) in found]
        known = {model.name, *(layer.path for layer in used)}
        # a layer without a graph may use all that is inside it
        whole = tuple(f"{layer.path}/" for layer in used if not is_graph(layer.operation))
    return [(p, v) for p, v in owned.items() if v and (p in known or p.startswith(whole))]
