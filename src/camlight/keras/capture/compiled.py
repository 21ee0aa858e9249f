"""What is kept of a model between calls: plans and compiled functions, while it stays the same."""

from __future__ import annotations

import logging
import weakref
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import keras

from camlight.base import ExplanationError
from camlight.keras.backends import Captured, Request, load_backend
from camlight.keras.graph.nodes import LayerCall, is_graph
from camlight.keras.graph.outputs import FinalActivation
from camlight.keras.graph.spatial import FeatureMapSpec
from camlight.keras.run.errors import weights_away
from camlight.keras.run.forward import ForwardPass

from .fingerprint import Fingerprint

_PLANS, _COMPILED = 64, 16  # so many are kept of a model: the latest ones

_log = logging.getLogger("camlight")


@dataclass(frozen=True)
class Plan:
    """What a model's structure says of a call."""

    layers: list[LayerCall]  # none where no layer can be explained
    picture: int  # which of the flattened inputs is drawn
    spec: FeatureMapSpec
    final_activation: FinalActivation | None = None  # as far as is known
    scores: int | None = None  # how many the explained output holds, where the graph tells


class ModelCache:
    """Plans and compiled functions of one model in one state; it doesn't keep the model alive.

    `calls` says how often the model was explained before, or the cache `before`, of another
    state. What layers' own code sets makes another state, too: calls count on until it compiles.
    """

    def __init__(
        self, model: keras.Model, calls: int = 0, before: ModelCache | None = None
    ) -> None:
        self.fingerprint = Fingerprint(model)
        self._lock = Lock()
        self._plans: OrderedDict[Any, Callable[[], Plan | None]] = OrderedDict()
        self._runners: OrderedDict[Any, Any] = OrderedDict()
        self._calls: Counter[Any] = Counter()
        self._earlier_calls = calls
        self._dropped = 0
        self._traced_anew = False
        if before is not None:
            was_compiled = bool(before._runners)
            self._earlier_calls = 0 if was_compiled else max(before._calls.values(), default=0)
            self._dropped = before._dropped + was_compiled

    def settle(self, model: keras.Model) -> None:
        """Take the fingerprint again after a trace, as a layer's code may set attributes.

        It may as well have been somebody else meanwhile: so the first time all is traced anew.
        """
        if self.fingerprint.holds():
            return
        fresh = Fingerprint(model)
        with self._lock:
            self.fingerprint = fresh
            if not self._traced_anew:
                self._traced_anew = True
                self._runners.clear()

    def plan(self, key: Any, make: Callable[[], Plan]) -> Plan:
        """Return the plan that was made for `key` before, or make it."""
        with self._lock:
            recall = self._plans.get(key)
        found = recall() if recall else None
        if found is None:
            found = make()
            with self._lock:
                self._plans[key] = _weakly(found)
                if len(self._plans) > _PLANS:
                    self._plans.popitem(last=False)
        return found

    def runner(self, key: Any, at_once: bool, calls: int = 1) -> Any:
        """Return the backend's `BatchRunner` for `key`; None before it pays, and where it failed.

        It is wanted `at_once`, or as soon as calls repeat; this one counts as so many `calls`.
        """
        backend = load_backend()
        with self._lock:
            self._calls[key] += calls + self._earlier_calls
            self._earlier_calls = 0
            # the more often one was compiled in vain, the later the next
            pays = at_once or self._calls[key] >= backend.COMPILE_AT_CALL * (1 + self._dropped)
            if key not in self._runners and not pays:
                return None
            if key in self._runners and self._runners[key] is None and not at_once:
                return None
            found = self._runners.pop(key, None) or backend.BatchRunner()
        self._keep(key, found)
        return found

    def give_up(self, key: Any) -> None:
        """Compile no more for `key`."""
        self._keep(key, None)

    def _keep(self, key: Any, runner: Any) -> None:
        with self._lock:
            self._runners[key] = runner
            if len(self._runners) > _COMPILED:
                oldest, _ = self._runners.popitem(last=False)
                del self._calls[oldest]
                self._dropped += 1


_known: dict[int, tuple[weakref.ref[keras.Model], ModelCache | None]] = {}
"""What is kept of each model, by its identity, for as long as it lives."""
_lock = Lock()


def cache_of(model: keras.Model, compile: bool | None, at_once: bool = False) -> ModelCache | None:
    """Return what is kept of a model that is as it was; an empty cache where it has changed.

    At the first call there is none yet, unless it is wanted `at_once` or the model has no graph,
    so that it had to be run to be planned: most models are explained once. There never is one
    with ``compile=False``.
    """
    if compile is False:
        return None
    seen, known = id(model) in _known, _known.get(id(model), (None, None))[1]
    if not seen:
        _put(model, None)
    try:
        if known is not None and known.fingerprint.holds():
            return known
        if not (seen or at_once or not is_graph(model) or load_backend().COMPILE_AT_CALL == 1):
            return None
        fresh = ModelCache(model, int(seen), known)
    except Exception as error:  # from inside what the user's layers hold
        if compile:
            raise _not_compiled(model, error) from error
        _log.debug("Nothing is kept of model `%s`: %r", model.name, error)
        return None
    _put(model, fresh)
    return fresh


def forget(model: keras.Model) -> None:
    """Drop all that camlight keeps of a model, such as what it compiled.

    For a change that the next explanation doesn't see by itself, nor Keras's own ``predict``: of
    what a layer's code reads elsewhere, such as a global variable, a file or the environment.

    Parameters
    ----------
    model : keras.Model

    Raises
    ------
    TypeError
        If `model` is no Keras model.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)])
    >>> forget(model)
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"Expected `model` to be a Keras model. Received: {type(model).__name__}.")
    with _lock:
        _known.pop(id(model), None)


def _put(model: keras.Model, cache: ModelCache | None) -> None:
    key = id(model)
    with _lock:
        _known[key] = (weakref.ref(model, lambda _: _known.pop(key, None)), cache)


@dataclass(frozen=True)
class Compiled:
    """A model compiled for some layers, and what to do where it can't be."""

    cache: ModelCache
    key: Any  # in the cache
    runner: Any  # the backend's `BatchRunner`
    required: bool  # by the user: then it must not fail

    def __call__(
        self, run: ForwardPass, layers: Sequence[LayerCall], request: Request
    ) -> Captured | None:
        """Return what the layers showed of a batch; None where the model isn't compiled."""
        try:
            traces = self.runner.traces
            found: Captured | None = self.runner(run, layers, request, self.required)
            if self.runner.traces > traces:
                self.cache.settle(run.model)
        except Exception as error:
            away = weights_away(run.model, error)
            if away is not None:
                raise away from error
            if self.required:
                raise _not_compiled(run.model, error) from error
            _log.debug("Model `%s` is not compiled: %r", run.model.name, error)
            self.cache.give_up(self.key)
            return None
        return found


def compiled_for(
    run: ForwardPass,
    cache: ModelCache | None,
    layers: Sequence[LayerCall],
    compile: bool | None,
    pictures: int = 1,
    changed: str = "",
) -> Compiled | None:
    """Return the compiled model if it pays by now, for so many pictures, or was asked for.

    One that runs differently from how it is written stands under what was `changed`.
    """
    if cache is None:
        return None
    leaves = keras.tree.flatten(run.inputs)
    key = (
        changed,
        tuple((layer.path, layer.call, layer.inside) for layer in layers),
        run.output,
        run.picture,
        run.final_activation is not None,
        _substituted(run, leaves),
        tuple(leaf is None for leaf in leaves),
        "" if len(leaves) == 1 else str(keras.tree.map_structure(lambda _: 0, run.inputs)),
    )
    runner = cache.runner(key, at_once=bool(compile), calls=pictures)
    return None if runner is None else Compiled(cache, key, runner, bool(compile))


def _substituted(run: ForwardPass, leaves: list[Any]) -> Any:
    """Return which layer's output is replaced, and whether what lies before it runs once."""
    if run.substitute is None:
        return None
    once = all(leaf is None or len(leaf) == 1 for leaf in leaves[1:])
    return run.substitute.layer.path, run.substitute.layer.call, once


def _not_compiled(model: keras.Model, error: Exception) -> ExplanationError:
    return ExplanationError(
        f"Expected model `{model.name}` to compile, along with `compile=True`. "
        f"Received: {type(error).__name__}: {' '.join(str(error).split())[:300]} "
        "Leave `compile` out: the model then runs as it is."
    )


def _weakly(plan: Plan) -> Callable[[], Plan | None]:
    """Return a function that returns the plan, as long as its operations live."""
    final = plan.final_activation is not None
    calls: list[Any] = [*plan.layers, *([plan.final_activation] if final else [])]
    references = [weakref.ref(call.operation) for call in calls]
    bare: list[Any] = [replace(call, operation=None) for call in calls]
    without = replace(plan, layers=[], final_activation=None)

    def recall() -> Plan | None:
        alive = [reference() for reference in references]
        if any(operation is None for operation in alive):
            return None
        found = [replace(call, operation=one) for call, one in zip(bare, alive, strict=True)]
        last = found.pop() if final else None
        return replace(without, layers=found, final_activation=last)

    return recall
