"""The JAX backend; the package's docstring says what each function promises."""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from camlight.keras.graph.nodes import LayerCall
from camlight.keras.run.errors import inside
from camlight.keras.run.forward import ForwardPass, Output, predict
from camlight.keras.run.restore import restored

from . import Captured, Choose, Request, Score
from .recorder import batch, captured, floating, recording

COMPILE_AT_CALL = 1
"""Eager JAX compiles each operation by itself, which takes longer than all of them at once."""

_log = logging.getLogger("camlight")


def capture(run: ForwardPass, layers: Sequence[LayerCall], choose: Choose) -> Captured:
    """Catch activations, output and gradients in one forward pass.

    A switch that changes nothing is put behind the operations. Differentiating by it records
    only what comes behind; going back, the gradients of their outputs pass through.
    """
    recorded: list[tuple[list[_Spy], Output]] = []

    def forward(switch: jax.Array) -> tuple[jax.Array, jax.Array]:
        spies, output = _spied(run, layers, switch, run.tensors)
        recorded.append((spies, output))
        return output.scores, output.values

    with restored(run.model, _is_symbolic):
        traced, pull_back, values = jax.vjp(forward, jnp.zeros(()), has_aux=True)
    spies, output = recorded[-1]
    output = replace(output, scores=traced, values=values)
    scores, gradients = [], []
    for score in choose(output.map(to_numpy)):
        value, back = jax.vjp(score, output.scores)
        scores.append(value)
        with inside(run.model, run.inputs, "differentiated"):
            gradients.append(_gradients(spies, pull_back, *back(jnp.ones_like(value))))
    return captured(to_numpy, output, [spy.value for spy in spies], scores, gradients)


def _spied(
    run: ForwardPass,
    layers: Sequence[LayerCall],
    switch: jax.Array,
    tensors: Sequence[Any],
    variables: Sequence[tuple[keras.Variable, Any]] = (),
) -> tuple[list[_Spy], Output]:
    """Run the model with a spy behind each layer."""

    def catch(output: jax.Array) -> tuple[_Spy, jax.Array]:
        spy = _Spy()
        return spy, spy(output, switch)

    with recording(run, layers, catch) as recorder:
        output = predict(run, recorder.inputs(tensors), variables)
    return recorder.kept, output


def _gradients(
    spies: Sequence[_Spy], pull_back: Callable[[jax.Array], Any], direction: jax.Array
) -> list[jax.Array | None]:
    for spy in spies:
        spy.gradient = None
    pull_back(direction)
    return [spy.gradient for spy in spies]


class _Spy:
    """Passes an array on, and keeps it, and the gradient that comes back through it if one does."""

    def __init__(self) -> None:
        self.value: jax.Array | None = None
        self.gradient: jax.Array | None = None

    def __call__(self, array: jax.Array, switch: jax.Array) -> jax.Array:
        @jax.custom_vjp  # type: ignore[untyped-decorator] # JAX is not read here
        def pass_on(array: jax.Array, switch: jax.Array) -> jax.Array:
            return array

        def forward(array: jax.Array, switch: jax.Array) -> tuple[jax.Array, None]:
            self.value = array
            return array, None

        def backward(_: None, gradient: jax.Array) -> tuple[jax.Array, jax.Array]:
            self.gradient = gradient
            return gradient, jnp.zeros(())

        pass_on.defvjp(forward, backward)
        passed: jax.Array = pass_on(array, switch)
        return passed


def outlined(model: keras.Model, function: Callable[[], Any]) -> Any:
    """Trace the function instead of running it; a model that looks at values has to be run."""
    returned: list[Any] = []
    try:
        with restored(model, _is_symbolic):
            jax.eval_shape(lambda: returned.append(function()))
    except Exception as error:
        _log.debug("Model `%s` is run, as it can't be traced: %s", model.name, error)
        return function()
    return returned[-1]


def all_paths_cross(run: ForwardPass, layer: LayerCall) -> bool:
    """Say whether cutting the operation's output cuts the model's output from its input."""

    def without_layer() -> bool:
        spy = _Spy()
        tensors = run.tensors
        picture = floating(tensors[run.picture])

        def forward(switch: jax.Array) -> jax.Array:
            tensors[run.picture] = spy(picture, switch)
            with recording(run, [layer], lambda output: (None, jax.lax.stop_gradient(output))):
                return predict(run, tensors).scores

        scores, pull_back = jax.vjp(forward, jnp.zeros(()))
        return _gradients([spy], pull_back, jnp.ones_like(scores)) == [None]

    crossed: bool = outlined(run.model, without_layer)
    return crossed


class BatchRunner:
    """A model compiled to functions: activations, output and gradients of a batch in one call.

    There is one for each shape of inputs and number of scores; where there are many, one that is
    asked for often takes the place of the one that wasn't for longest. Weights are arguments, read
    anew at each call; nothing here keeps the model alive.
    """

    def __init__(self) -> None:
        self.traces = 0
        self._functions: OrderedDict[Any, _Function] = OrderedDict()
        self._asked: Counter[Any] = Counter()
        self._lock = Lock()

    def __call__(
        self,
        run: ForwardPass,
        layers: Sequence[LayerCall],
        request: Request,
        required: bool = False,
    ) -> Captured | None:
        """Return what the model shows of a batch of pictures; None where compiling doesn't pay."""
        shapes = tuple((array.shape, array.dtype.str) for array in request.given)
        key = (shapes, len(request.indices), request.top)
        with self._lock:
            if not (required or key in self._functions or self._pays(key)):
                return None
            function = self._functions.pop(key, None)
            if function is None:
                function = _Function(run, layers, request)
                self.traces += 1
            self._functions[key] = function
            while len(self._functions) > _KEPT:
                self._functions.popitem(last=False)
        return function(request)

    def _pays(self, key: Any) -> bool:
        if len(self._functions) < _KEPT:
            return True
        self._asked[key] += 1
        pays = self._asked[key] >= _OFTEN
        if pays or len(self._asked) > _NOTED:
            self._asked.clear()
        return pays


_KEPT, _OFTEN, _NOTED = 8, 20, 1000
"""So many compiled functions of a model are kept; to compile one takes about as long as so many
plain runs; of no more that aren't compiled it is noted how often they came."""


class _Function:
    """One compiled function, and what was found out as it was traced."""

    def __init__(self, run: ForwardPass, layers: Sequence[LayerCall], request: Request) -> None:
        self._variables = list(run.model.variables)
        self._names: tuple[str, tuple[str, ...]] = ("", ())
        self._connected: list[bool] = []
        traced = partial(self._traced, run, layers, request)
        with restored(run.model, _is_symbolic):
            lowered = jax.jit(traced).lower(*self._given(request))
        self._call = lowered.compile()

    def __call__(self, request: Request) -> Captured:
        scores, values, indices, chosen, activations, found = jax.tree.map(
            to_numpy, self._call(*self._given(request))
        )
        left = iter(found)
        gradients = [next(left) if reached else None for reached in self._connected]
        return batch(Output(scores, values, *self._names), activations, indices, chosen, gradients)

    def _given(self, request: Request) -> tuple[Any, ...]:
        indices = np.asarray(request.indices, "int32")
        return [variable.value for variable in self._variables], request.given, indices

    def _traced(
        self,
        run: ForwardPass,
        layers: Sequence[LayerCall],
        request: Request,
        weights: Sequence[jax.Array],
        arrays: Sequence[jax.Array],
        given: jax.Array,
    ) -> Any:
        variables = list(zip(self._variables, weights, strict=True))
        recorded: list[list[_Spy]] = []

        def forward(switch: jax.Array) -> tuple[jax.Array, Any]:
            spies, output = _spied(run, layers, switch, request.packed(arrays), variables)
            recorded.append(spies)
            self._names = output.name, output.names
            rows = jnp.reshape(output.scores, (len(arrays[0]), -1))
            indices = _chosen(jax.lax.stop_gradient(rows), given, request.top)
            chosen = jnp.take_along_axis(rows, indices, axis=1)
            activations = [spy.value for spy in spies]
            return chosen.sum(axis=0), (output.scores, output.values, indices, chosen, activations)

        totals, pull_back, shown = jax.vjp(forward, jnp.zeros(()), has_aux=True)

        def gradients(direction: jax.Array) -> list[jax.Array]:
            found = _gradients(recorded[-1], pull_back, direction)
            self._connected = [gradient is not None for gradient in found]
            return [gradient for gradient in found if gradient is not None]

        return (*shown, jax.vmap(gradients)(jnp.eye(len(totals), dtype=totals.dtype)))


def _chosen(rows: jax.Array, given: jax.Array, top: int) -> jax.Array:
    """Return the indices of the given and of the highest scores of each row."""
    asked = jnp.tile(jnp.clip(given, 0, rows.shape[1] - 1)[None], (len(rows), 1))
    highest = jax.lax.top_k(rows, min(top, rows.shape[1]))[1]
    return jnp.concatenate([asked, highest], axis=1)


def hessian_product(
    run: ForwardPass, layer: LayerCall, score: Score, direction: np.ndarray
) -> np.ndarray:
    """Differentiate the gradient by a shift of the output, along a direction."""
    way = jnp.asarray(direction)

    def value(shift: jax.Array) -> jax.Array:
        def catch(output: jax.Array) -> tuple[None, jax.Array]:
            return None, output + shift.astype(output.dtype)

        with recording(run, [layer], catch) as recorder:
            return score(predict(run, recorder.inputs()).scores)

    with inside(run.model, run.inputs, "differentiated"), restored(run.model, _is_symbolic):
        _, product = jax.jvp(jax.grad(value), (jnp.zeros_like(way),), (way,))
    return to_numpy(product)


def to_numpy(array: Any) -> np.ndarray:
    """Return the array as NumPy's; half precision becomes float32."""
    half = array.dtype in (jnp.float16, jnp.bfloat16)
    return np.asarray(array.astype("float32") if half else array)


def _is_symbolic(value: Any) -> bool:
    return isinstance(value, jax.core.Tracer)
