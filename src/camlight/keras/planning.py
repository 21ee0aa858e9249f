"""What to look at in a model: found out once, and remembered for as long as the model stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras

from .graph import is_graph, structure_of
from .layers import drawn_input, find_layers
from .maps import maps_of
from .memory import Memory, Plan
from .outputs import choose_output
from .places import Place
from .question import Question
from .running import Run
from .search import find_head, required_head

__all__ = ["plan_for"]


def plan_for(run: Run, memory: Memory | None, question: Question) -> Plan:
    """Return the layers to explain, the picture they see, and the head that the model ends in.

    Parameters
    ----------
    run : Run
        Of a built model.
    memory : Memory, optional
        Of the same model.
    question : Question

    Raises
    ------
    TypeError, ValueError
        As `find_layers` and, with `pre_softmax`, `required_head` do; and if a layer is named
        for a method that looks at none.
    """

    def make() -> Plan:
        layers = _layers(run, question)
        if not layers and question.method.uses_layer:
            return Plan([], run.picture, maps_of(run.model, run.size))
        seeing = replace(run, picture=drawn_input(run, layers[-1])) if layers else run
        return Plan(
            layers,
            seeing.picture,
            maps_of(run.model, seeing.size),
            (required_head if question.pre_softmax else find_head)(seeing),
            _scores(seeing),
        )

    key = _key(run, question)
    return make() if memory is None or key is None else memory.plan(key, make)


def _layers(run: Run, question: Question) -> list[Place]:
    if question.method.uses_layer:
        return find_layers(run, question.layer, question.call, question.grid)
    if question.layer is not None:
        raise ValueError(
            f"Expected no `layer` along with method `{question.method.name}`, which looks at no "
            f"single layer. Received: {question.layer!r}. Leave it out."
        )
    return []


def _scores(run: Run) -> int | None:
    if not is_graph(run.model):
        return None
    shape = choose_output(run.model, structure_of(run.model), run.output).tensor.shape
    return int(shape[-1]) if len(shape) == 2 and shape[-1] is not None else None


def _key(run: Run, question: Question) -> Any:
    """Return what the plan depends on; None for what isn't worth remembering."""
    leaves = keras.tree.flatten(run.inputs)
    shapes = [None if leaf is None else (leaf.shape, leaf.dtype.str) for leaf in leaves]
    asked = (
        question.layer,
        question.call,
        question.grid,
        question.pre_softmax,
        question.method.uses_layer,
    )
    key = (_structure(run.inputs), tuple(shapes), run.picture, run.output, *map(_hashable, asked))
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _structure(inputs: Any) -> str:
    if hasattr(inputs, "shape"):
        return ""
    return str(keras.tree.map_structure(lambda _: 0, inputs))


def _hashable(value: Any) -> Any:
    if isinstance(value, keras.Operation):
        return ("operation", id(value))
    if isinstance(value, (list, tuple)):
        return (type(value), *map(_hashable, value))
    return (type(value), value)
