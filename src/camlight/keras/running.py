"""Run a model as for a prediction, and leave it as it was."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import keras

from .errors import inside
from .graph import is_graph
from .head import Head, before
from .keeping import attributes_kept
from .outputs import choose_output
from .swap import Swap
from .tap import tapped, tapped_inside, without_remat

__all__ = ["Answer", "Call", "Run", "build", "calls_made", "predict", "unbuilt"]


@dataclass(frozen=True)
class Run:
    """A model, what it is run on, and the output that is asked about.

    Attributes
    ----------
    model : keras.Model
    inputs : array, or nested list, tuple or dict of arrays
        As the model takes them; each array a batch of one.
    picture : int
        Which of the flattened inputs holds the explained picture.
    output : int or str, optional
        Which of the model's outputs is explained.
    head : Head, optional
        The softmax or sigmoid before which the scores are taken.
    swap : Swap, optional
        A layer whose output is replaced. `inputs` is then a pair: what stands in for it, and
        what the model takes.
    """

    model: keras.Model
    inputs: Any
    picture: int = 0
    output: int | str | None = None
    head: Head | None = None
    swap: Swap | None = None

    @property
    def tensors(self) -> list[Any]:
        """The flattened inputs as tensors of the backend; an input left out stays None."""
        leaves = keras.tree.flatten(self.inputs)
        return [x if x is None else keras.ops.convert_to_tensor(x) for x in leaves]

    @property
    def size(self) -> tuple[int, ...]:
        """The shape of the explained picture, without its batch axis."""
        return tuple(keras.tree.flatten(self.inputs)[self.picture].shape[1:])


@dataclass(frozen=True)
class Answer:
    """What a model said.

    Attributes
    ----------
    scores : tensor or ndarray
        What is explained: the chosen output, or the scores before its softmax or sigmoid.
    output : tensor or ndarray
        The chosen output itself.
    name : str
        The chosen output's name.
    names : tuple of str
        The names of all outputs.
    """

    scores: Any
    output: Any
    name: str
    names: tuple[str, ...]

    def map(self, function: Callable[[Any], Any]) -> Answer:
        """Return the answer with its tensors turned into something else."""
        scores = function(self.scores)
        same = self.output is self.scores
        return replace(self, scores=scores, output=scores if same else function(self.output))


@dataclass(frozen=True)
class Call:
    """One call of one operation while a model ran.

    Attributes
    ----------
    operation : keras.Operation
    index : int
        How often the operation had been called before.
    given, output : tensor
        What it took first, and what it gave.
    """

    operation: keras.Operation
    index: int
    given: Any
    output: Any


def build(run: Run) -> None:
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
    return {id(layer) for layer in model._flatten_layers(include_self=False) if not layer.built}


class UnknownVariableError(ValueError):
    """A model reads a variable that isn't among its own."""


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
    run: Run, tensors: Sequence[Any], variables: Sequence[tuple[keras.Variable, Any]] = ()
) -> Answer:
    """Return what a built model says of `tensors`, the flattened inputs.

    Seeds, counters and other variables that a layer may change while it runs stay as they are,
    and so do its attributes and the losses of the model's last call. `variables` may give some of
    them other values.

    Raises
    ------
    UnknownVariableError
        If `variables` are given and others are read, whose values would become constants.
    """
    model = run.model
    scope = _Reading(state_mapping=list(variables))
    with ExitStack() as stack:
        for context in (
            inside(model, run.inputs),
            scope,
            without_remat(model),
            attributes_kept(model),
        ):
            stack.enter_context(context)
        scores_before = stack.enter_context(before(run.head))
        called, inputs = model, keras.tree.pack_sequence_as(run.inputs, tensors)
        if run.swap is not None:
            called, inputs = stack.enter_context(run.swap.made(inputs, model))
        outputs = _aside(inputs, model=called)
    if variables and scope.unknown:
        raise UnknownVariableError(
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
    scores = scores_before(choice.tensor)
    return Answer(scores, choice.tensor, choice.name, choice.names)


def calls_made(run: Run, operations: Iterable[keras.Operation]) -> tuple[list[Call], Answer]:
    """Run a built model once; return the calls that gave a tensor of their own, and the answer.

    The calls come in the order in which they finished. An operation that only passes another
    one's output on, as a model does with its last layer's, is left out.
    """
    calls: list[Call] = []
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
            calls.append(Call(operation, index, given.get(id(operation)), output))
        return output

    with ExitStack() as stack:
        for operation in operations:
            stack.enter_context(tapped_inside(operation, "call", partial(enter, operation)))
            stack.enter_context(tapped(operation, partial(leave, operation)))
        answer = predict(run, run.tensors)
    return calls, answer


class _Aside(keras.layers.Layer):  # type: ignore[misc] # keras ships no types
    """Calls a model as a part of something larger.

    A model that is called by itself first forgets the losses of its last call, which the user,
    or a training loop in another thread, may still want.
    """

    def __init__(self) -> None:
        super().__init__(dtype="float32", autocast=False, name="camlight")
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True

    def call(self, inputs: Any, model: Any) -> Any:
        return model(inputs, training=False)


_aside = _Aside()
