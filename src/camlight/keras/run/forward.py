"""Run a model as for a prediction, and leave it as it was."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import keras

from camlight.keras.graph.nodes import inner_layers, is_graph
from camlight.keras.graph.outputs import (
    FinalActivation,
    as_final_activation,
    choose_output,
    passes_on,
)

from .errors import inside
from .hooks import called_aside, hooked, input_hook, output_hook, plain_call_hooks
from .substitute import Substitute


@dataclass(frozen=True)
class ForwardPass:
    """A model, what it is run on, and the output that is asked about."""

    model: keras.Model
    inputs: Any  # as the model takes them, each array a batch of one
    picture: int = 0  # which of the flattened inputs is explained
    output: int | str | None = None  # which of the model's outputs is
    final_activation: FinalActivation | None = None  # before which the scores are taken
    substitute: Substitute | None = None  # for a layer; inputs are then (its values, others)

    @property
    def tensors(self) -> list[Any]:
        """The flattened inputs as tensors of the backend; an input left out stays None."""
        leaves = keras.tree.flatten(self.inputs)
        return [x if x is None else keras.ops.convert_to_tensor(x) for x in leaves]

    @property
    def size(self) -> tuple[int, ...]:
        """The shape of the explained picture, without its batch axis."""
        return tuple(keras.tree.flatten(self.inputs)[self.picture].shape[1:])

    def seeing(self, sources: Sequence[int]) -> ForwardPass:
        """Return the run with a picture that is among the inputs `sources` of a graph.

        That is its own one, or else the first.
        """
        symbols = self.model.inputs
        rank = len(symbols[self.picture].shape)
        pictures = [i for i in sources if len(symbols[i].shape) == rank]
        elsewhere = pictures and self.picture not in pictures
        return replace(self, picture=pictures[0]) if elsewhere else self


@dataclass(frozen=True)
class Output:
    """What a model gave, in tensors or arrays."""

    scores: Any  # what is explained: `values`, or the scores before their softmax or sigmoid
    values: Any  # the chosen output
    name: str
    names: tuple[str, ...]  # of all outputs

    def map(self, function: Callable[[Any], Any]) -> Output:
        """Return the output with its tensors turned into something else."""
        scores = function(self.scores)
        same = self.values is self.scores
        return replace(self, scores=scores, values=scores if same else function(self.values))


@dataclass(frozen=True)
class CallMade:
    """One call of one operation while a model ran."""

    operation: keras.Operation
    index: int  # how often the operation had been called before
    given: Any  # what it took first
    output: Any


def build(run: ForwardPass) -> None:
    """Build the model, if it isn't yet, by calling it on its inputs, as any prediction would.

    A subclassed model may say that it is built and have layers that aren't. Those that stay so,
    because it doesn't call them, are no reason to call it again.
    """
    model = run.model
    if (model.layers and not model.built) or unbuilt(model) - _not_called.get(id(model), set()):
        with inside(model, run.inputs):
            model(run.inputs, training=False)
        _not_called[id(model)] = unbuilt(model)
        weakref.finalize(model, _not_called.pop, id(model), None)


_not_called: dict[int, set[int]] = {}
"""The layers, by identity, that stayed unbuilt as the model, by identity, was called."""


def unbuilt(model: keras.Model) -> set[int]:
    """Return the layers, by identity, that aren't built."""
    if is_graph(model):
        return set()
    return {id(layer) for layer in inner_layers(model) if not layer.built}


class _Reading(keras.StatelessScope):  # type: ignore[misc] # Keras is untyped
    """Notes which variables are read that have no value given."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.unknown: list[str] = []

    def get_current_value(self, variable: keras.Variable) -> Any:
        value = super().get_current_value(variable)
        if value is None:
            self.unknown.append(variable.path)
        return value


def predict(
    run: ForwardPass, tensors: Sequence[Any], variables: Sequence[tuple[keras.Variable, Any]] = ()
) -> Output:
    """Return what a built model gives of `tensors`, the flattened inputs.

    Seeds, counters and other variables that a layer may change while it runs stay as they are,
    and so do the losses of the model's last call. `variables` may give some of them other values;
    then others must not be read, as these would become constants.
    """
    model, final = run.model, run.final_activation
    scores: list[Any] = []
    hooks = list(plain_call_hooks(model))
    if final is not None:
        hooks.append(input_hook(final.operation, final.attribute, partial(_noted, scores)))
    inputs = keras.tree.pack_sequence_as(run.inputs, tensors)
    called: AbstractContextManager[tuple[Any, Any]] = nullcontext((model, inputs))
    if run.substitute is not None:
        called = run.substitute.put(inputs, model)
    scope = _Reading(state_mapping=list(variables))
    with inside(model, run.inputs), scope, hooked(hooks), called as (part, given):
        outputs = called_aside(given, model=part)
    if variables and scope.unknown:
        raise ValueError(
            f"Expected model `{model.name}` to read variables of its own alone. Received: "
            f"`{scope.unknown[0]}`, which it doesn't know of. Assign the layer that holds it to an "
            "attribute of one of the model's layers."
        )
    choice = choose_output(model, outputs, run.output)
    if not keras.ops.is_tensor(choice.tensor):
        raise ValueError(
            f"Expected model `{model.name}` to return tensors. Received: "
            f"{type(choice.tensor).__name__}{f' as output {choice.name}' if choice.name else ''}. "
            "Return what its last layer gives, or choose another output with `output`."
        )
    values = choice.tensor
    before = values if final is None else keras.ops.reshape(scores[final.call], values.shape)
    return Output(before, values, choice.name, choice.names)


def _noted(notes: list[Any], value: Any) -> Any:
    notes.append(value)
    return value


def calls_made(
    run: ForwardPass, operations: Iterable[keras.Operation]
) -> tuple[list[CallMade], Output]:
    """Run a built model once; return the calls that gave a tensor of their own, and the output.

    The calls come in the order in which they finished. An operation that only passes another
    one's output on, as a model does with its last layer's, is left out.
    """
    calls: list[CallMade] = []
    given: dict[int, Any] = {}
    counts: dict[int, int] = {}

    def enter(operation: keras.Operation, inputs: Any) -> Any:
        given[id(operation)] = inputs
        return inputs

    def leave(operation: keras.Operation, output: Any) -> Any:
        index = counts.get(id(operation), 0)
        counts[id(operation)] = index + 1
        passed_on = any(output is earlier.output for earlier in calls)
        if keras.ops.is_tensor(output) and not passed_on:
            calls.append(CallMade(operation, index, given.get(id(operation)), output))
        return output

    hooks = []
    for operation in operations:
        hooks.append(input_hook(operation, "call", partial(enter, operation)))
        hooks.append(output_hook(operation, partial(leave, operation)))
    with hooked(hooks):
        output = predict(run, run.tensors)
    return calls, output


def final_activation_seen(calls: Sequence[CallMade], output: Output) -> FinalActivation | None:
    """Return the softmax or sigmoid that gave the explained output; None if it was none."""
    tensor = output.values
    while True:
        call = next((call for call in calls if call.output is tensor), None)
        if call is None:
            return None
        found = as_final_activation(call.operation)
        if found is not None:
            return replace(found, call=call.index)
        if not passes_on(call.operation):
            return None
        tensor = call.given
