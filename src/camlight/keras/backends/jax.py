"""The JAX backend; the package's docstring says what each function promises."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from camlight.keras.errors import inside
from camlight.keras.places import Place
from camlight.keras.running import Answer, Run, predict

from . import Captured, Choose, Score
from .compiled import Batch, Request
from .listening import floating, listening

__all__ = [
    "COMPILE_AT_CALL",
    "Compiled",
    "all_paths_cross",
    "capture",
    "hessian_product",
    "outlined",
    "to_numpy",
]

COMPILE_AT_CALL = 1
"""Eager JAX compiles each operation by itself, which takes longer than all of them at once."""


def capture(run: Run, places: Sequence[Place], choose: Choose) -> Captured:
    """Catch activations, answer and gradients in one forward pass.

    A switch that changes nothing is put behind the operations. Differentiating by it records
    only what comes behind; going back, the gradients of their outputs pass through.
    """
    heard: list[tuple[list[_Spy], Answer]] = []

    def forward(switch: jax.Array) -> tuple[jax.Array, jax.Array]:
        def catch(output: jax.Array) -> tuple[_Spy, jax.Array]:
            spy = _Spy()
            return spy, spy(output, switch)

        with listening(run, places, catch) as ears:
            answer = predict(run, ears.inputs())
        heard.append((ears.kept, answer))
        return answer.scores, answer.output

    traced, pull_back, output = jax.vjp(forward, jnp.zeros(()), has_aux=True)
    spies, answer = heard[-1]
    answer = replace(answer, scores=traced, output=output)
    scores, gradients = [], []
    for score in choose(answer.map(to_numpy)):
        value, back = jax.vjp(score, answer.scores)
        scores.append(value)
        for spy in spies:
            spy.gradient = None
        with inside(run.model, run.inputs, "differentiated"):
            pull_back(*back(jnp.ones_like(value)))
        gradients.append([spy.gradient for spy in spies])
    return Captured.of(to_numpy, answer, [spy.value for spy in spies], scores, gradients)


def outlined(function: Callable[[], Any]) -> Any:
    """Trace the function instead of running it; a model that looks at values has to be run."""
    returned: list[Any] = []
    try:
        jax.eval_shape(lambda: returned.append(function()))
    except Exception:
        return function()
    return returned[-1]


def all_paths_cross(run: Run, place: Place) -> bool:
    """Say whether cutting the operation's output cuts the model's output from its input."""

    def without_place() -> bool:
        spy = _Spy()
        tensors = run.tensors
        picture = floating(tensors[run.picture])

        def forward(switch: jax.Array) -> jax.Array:
            tensors[run.picture] = spy(picture, switch)
            with listening(run, [place], lambda output: (None, jax.lax.stop_gradient(output))):
                return predict(run, tensors).scores

        scores, pull_back = jax.vjp(forward, jnp.zeros(()))
        pull_back(jnp.ones_like(scores))
        return spy.gradient is None

    crossed: bool = outlined(without_place)
    return crossed


class Compiled:
    """A model compiled to functions: activations, answer and gradients of a batch in one call.

    There is one for each shape of inputs and number of scores; where there are many, one that is
    asked for often takes the place of the one that wasn't for longest. Weights are arguments, read
    anew at each call; nothing here keeps the model alive.
    """

    def __init__(self) -> None:
        self._functions: OrderedDict[Any, _Function] = OrderedDict()
        self._asked: Counter[Any] = Counter()
        self._lock = Lock()

    def __call__(
        self, run: Run, places: Sequence[Place], request: Request, required: bool = False
    ) -> Batch | None:
        """Return what the model shows of a batch of pictures; None where compiling doesn't pay."""
        shapes = tuple((array.shape, array.dtype.str) for array in request.given)
        key = (shapes, len(request.indices), request.top)
        with self._lock:
            if not (required or key in self._functions or self._pays(key)):
                return None
            function = self._functions.pop(key, None) or _Function(run, places, request)
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


_KEPT = 8
"""So many compiled functions of a model are kept."""

_OFTEN = 20
"""To compile one takes about as long as to run it so many times as it is."""

_NOTED = 1000
"""Of no more that aren't compiled it is noted how often they came."""


class _Function:
    """One compiled function, and what was found out as it was traced."""

    def __init__(self, run: Run, places: Sequence[Place], request: Request) -> None:
        self._variables = list(run.model.variables)
        self._answers: list[Answer] = []
        self._connected: list[bool] = []
        lowered = jax.jit(partial(self._traced, run, places, request)).lower(*self._given(request))
        self._call = lowered.compile()

    def __call__(self, request: Request) -> Batch:
        scores, output, indices, values, activations, found = jax.tree.map(
            to_numpy, self._call(*self._given(request))
        )
        gradients = iter(found)
        return Batch(
            Answer(scores, output, self._answers[0].name, self._answers[0].names),
            activations,
            indices,
            values,
            [next(gradients) if reached else None for reached in self._connected],
        )

    def _given(self, request: Request) -> tuple[Any, ...]:
        indices = np.asarray(request.indices, "int32")
        return [variable.value for variable in self._variables], request.given, indices

    def _traced(
        self,
        run: Run,
        places: Sequence[Place],
        request: Request,
        weights: Sequence[jax.Array],
        arrays: Sequence[jax.Array],
        given: jax.Array,
    ) -> Any:
        variables = list(zip(self._variables, weights, strict=True))
        tensors = request.packed(arrays)
        heard: list[tuple[list[_Spy], Answer]] = []

        def forward(switch: jax.Array) -> tuple[jax.Array, Any]:
            def catch(output: jax.Array) -> tuple[_Spy, jax.Array]:
                spy = _Spy()
                return spy, spy(output, switch)

            with listening(run, places, catch) as ears:
                answer = predict(run, ears.inputs(tensors), variables)
            heard.append((ears.kept, answer))
            rows = jnp.reshape(answer.scores, (len(arrays[0]), -1))
            indices = _chosen(jax.lax.stop_gradient(rows), given, request.top)
            values = jnp.take_along_axis(rows, indices, axis=1)
            shown = (answer.scores, answer.output, indices, values, [s.value for s in ears.kept])
            return values.sum(axis=0), shown

        totals, pull_back, shown = jax.vjp(forward, jnp.zeros(()), has_aux=True)
        spies, answer = heard[-1]

        def gradients(direction: jax.Array) -> list[jax.Array]:
            for spy in spies:
                spy.gradient = None
            pull_back(direction)
            self._connected = [spy.gradient is not None for spy in spies]
            return [spy.gradient for spy in spies if spy.gradient is not None]

        found = jax.vmap(gradients)(jnp.eye(len(totals), dtype=totals.dtype))
        self._answers = [Answer(None, None, answer.name, answer.names)]
        return (*shown, found)


def _chosen(rows: jax.Array, given: jax.Array, top: int) -> jax.Array:
    """Return the indices of the given and of the highest scores of each row."""
    asked = jnp.tile(jnp.clip(given, 0, rows.shape[1] - 1)[None], (len(rows), 1))
    highest = jax.lax.top_k(rows, min(top, rows.shape[1]))[1]
    return jnp.concatenate([asked, highest], axis=1)


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


def hessian_product(run: Run, place: Place, score: Score, direction: np.ndarray) -> np.ndarray:
    """Differentiate the gradient by a shift of the output, along a direction."""
    way = jnp.asarray(direction)

    def value(shift: jax.Array) -> jax.Array:
        def catch(output: jax.Array) -> tuple[None, jax.Array]:
            return None, output + shift.astype(output.dtype)

        with listening(run, [place], catch) as ears:
            return score(predict(run, ears.inputs()).scores)

    with inside(run.model, run.inputs, "differentiated"):
        _, product = jax.jvp(jax.grad(value), (jnp.zeros_like(way),), (way,))
    return to_numpy(product)


def to_numpy(array: Any) -> np.ndarray:
    """Return the array as NumPy's; half precision becomes float32."""
    half = array.dtype in (jnp.float16, jnp.bfloat16)
    return np.asarray(array.astype("float32") if half else array)
