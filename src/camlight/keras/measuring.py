"""What is asked of a model by whoever measures maps: scores of variants, and its weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import keras
import numpy as np

from .graph import is_graph, operations_behind, structure_of
from .inputs import read_inputs
from .outputs import choose_output
from .places import Place, places
from .preprocessing import checked_preprocess
from .running import Run, calls_made
from .scoring import Scoring, scoring_of

__all__ = ["Scoring", "WeightGroup", "kept", "scoring_of", "shuffle", "weight_groups"]


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
        _put_back(saved)


def shuffle(variables: Iterable[keras.Variable], rng: np.random.Generator) -> None:
    """Put the numbers inside each variable into a random order.

    What was learned is gone; how large the numbers are, and so about how strongly a layer
    answers, stays.
    """
    for variable in variables:
        bits = _bits(variable)
        variable.assign(rng.permutation(bits.ravel()).reshape(bits.shape))


def _put_back(saved: list[tuple[keras.Variable, np.ndarray]]) -> None:
    interrupt = None
    while saved:
        try:
            while saved:
                variable, bits = saved[-1]
                variable.assign(bits)
                saved.pop()
        except KeyboardInterrupt as error:
            interrupt = error
    if interrupt is not None:
        raise interrupt


def _bits(variable: keras.Variable) -> np.ndarray:
    # a copy: on some backends the array looks into the variable's own memory
    return np.array(keras.ops.convert_to_numpy(variable.value), copy=True)


def _layers_with_weights(
    model: keras.Model, doc: Any, preprocess: Any, output: int | str | None
) -> list[tuple[str, list[keras.Variable]]]:
    """Return the layers that have weights of their own, in the order in which they run."""
    every = list(places(model))
    if not is_graph(model):
        every = _as_they_run(model, doc, preprocess, every)
    owners: dict[int, tuple[keras.Variable, str]] = {}
    for place in every:
        for variable in getattr(place.operation, "weights", ()):
            _, path = owners.get(id(variable), (None, ""))
            # of a layer and those inside it, the innermost
            if not path or place.path.startswith(f"{path}/"):
                owners[id(variable)] = (variable, place.path)
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
    every: list[Place],
    owned: dict[str, list[keras.Variable]],
) -> dict[str, list[keras.Variable]]:
    """Leave out the layers of a graph that an output doesn't come from."""
    end = choose_output(model, structure_of(model), output).tensor
    found = operations_behind(end)
    used = [place for place in every if id(place.operation) in found]
    # a layer without a graph may use all that is inside it
    whole = tuple(f"{place.path}/" for place in used if not is_graph(place.operation))
    known = {model.name, *(place.path for place in used)}
    return {p: v for p, v in owned.items() if p in known or p.startswith(whole)}


def _as_they_run(model: keras.Model, doc: Any, preprocess: Any, every: list[Place]) -> list[Place]:
    inputs = read_inputs(model, doc, checked_preprocess(preprocess))
    run = Run(model, inputs.values, inputs.picture)
    moments: dict[int, int] = {}
    for moment, call in enumerate(calls_made(run, [place.operation for place in every])[0]):
        moments.setdefault(id(call.operation), moment)
    return sorted(every, key=lambda place: moments.get(id(place.operation), -1))
