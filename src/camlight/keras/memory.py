"""What was learned of a model in earlier calls, for as long as it stays what it was."""

from __future__ import annotations

import weakref
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import keras

from .backends import load_backend
from .graph import is_graph
from .head import Head
from .maps import Maps
from .places import Place
from .state import State

__all__ = ["Memory", "Plan", "memory_of"]

_PLANS = 64
_COMPILED = 16
"""So many plans, and so many compiled models, are kept for a model: the latest ones."""


@dataclass(frozen=True)
class Plan:
    """What a model's structure says of a call.

    Attributes
    ----------
    layers : list of Place
        Empty where no layer can be explained.
    picture : int
        Which of the flattened inputs is drawn.
    maps : Maps
        What the model's feature maps look like.
    head : Head, optional
        The softmax or sigmoid that the model ends in, as far as is known.
    scores : int, optional
        How many scores the explained output holds, where the graph tells.
    """

    layers: list[Place]
    picture: int
    maps: Maps
    head: Head | None = None
    scores: int | None = None


class Memory:
    """Plans and compiled functions of one model in one state; it doesn't keep the model alive.

    Parameters
    ----------
    model : keras.Model
    calls : int
        How often the model was explained before.
    """

    def __init__(self, model: keras.Model, calls: int = 0) -> None:
        self.state = State(model)
        self._lock = Lock()
        self._plans: OrderedDict[Any, Callable[[], Plan | None]] = OrderedDict()
        self._compiled: OrderedDict[Any, Any] = OrderedDict()
        self._calls: Counter[Any] = Counter()
        self._dropped = 0
        self._earlier_calls = calls

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

    def compiled(self, key: Any, at_once: bool, calls: int = 1) -> Any:
        """Return the compiled model for `key`; None before it pays, and where it failed.

        Parameters
        ----------
        key : hashable
        at_once : bool
            Whether it is wanted already at the first call.
        calls : int
            As how many calls this one counts.
        """
        backend = load_backend()
        with self._lock:
            self._calls[key] += calls + self._earlier_calls
            self._earlier_calls = 0
            # the more often one was compiled in vain, the later the next
            pays = at_once or self._calls[key] >= backend.COMPILE_AT_CALL * (1 + self._dropped)
            if key not in self._compiled and not pays:
                return None
            failed = key in self._compiled and self._compiled[key] is None
            if failed and not at_once:
                return None
            found = self._compiled.pop(key, None) or backend.Compiled()
        self._keep_compiled(key, found)
        return found

    def give_up(self, key: Any) -> None:
        """Compile no more for `key`."""
        self._keep_compiled(key, None)

    def _keep_compiled(self, key: Any, function: Any) -> None:
        with self._lock:
            self._compiled[key] = function
            if len(self._compiled) > _COMPILED:
                oldest, _ = self._compiled.popitem(last=False)
                del self._calls[oldest]
                self._dropped += 1


class _Memories:
    """What is known of each model, by its identity, for as long as it lives."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[keras.Model], Memory | None]] = {}

    def __contains__(self, model: keras.Model) -> bool:
        return id(model) in self._known

    def get(self, model: keras.Model) -> Memory | None:
        return self._known[id(model)][1] if model in self else None

    def put(self, model: keras.Model, memory: Memory | None) -> None:
        key = id(model)
        gone = weakref.ref(model, lambda _: self._known.pop(key, None))
        self._known[key] = (gone, memory)


_memories = _Memories()
_lock = Lock()


def memory_of(model: keras.Model, at_once: bool = False) -> Memory | None:
    """Return what is known of a model that is as it was; an empty memory where it has changed.

    At the first call there is none yet, unless it is wanted `at_once` or the model has no graph,
    so that it had to be run to be planned: to make one takes time, and most models are explained
    once. There never is one of a model that can't be looked at,
    because what it holds fails when it is.
    """
    with _lock:
        seen, known = model in _memories, _memories.get(model)
        if not seen:
            _memories.put(model, None)
    try:
        if known is not None and known.state.holds():
            return known
        if not (seen or at_once or not is_graph(model) or load_backend().COMPILE_AT_CALL == 1):
            return None
        fresh = Memory(model, calls=int(seen and known is None))
    except Exception:
        return None
    with _lock:
        _memories.put(model, fresh)
    return fresh


def _weakly(plan: Plan) -> Callable[[], Plan | None]:
    """Return a function that returns the plan, as long as its operations live."""
    operations = [place.operation for place in plan.layers]
    operations += [plan.head.operation] if plan.head else []
    references = [weakref.ref(operation) for operation in operations]
    bare = replace(
        plan,
        layers=[replace(place, operation=None) for place in plan.layers],
        head=replace(plan.head, operation=None) if plan.head else None,
    )

    def recall() -> Plan | None:
        alive = [reference() for reference in references]
        if any(operation is None for operation in alive):
            return None
        return replace(
            bare,
            layers=[replace(p, operation=o) for p, o in zip(bare.layers, alive, strict=False)],
            head=replace(bare.head, operation=alive[-1]) if bare.head else None,
        )

    return recall
