"""One target of one picture, and all that is known of the model's answer to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from camlight.keras.capture import Capture, View
from camlight.keras.memory import Memory, Plan
from camlight.keras.question import Question
from camlight.keras.running import Run
from camlight.keras.targets import Target

__all__ = ["Scene"]


@dataclass(frozen=True)
class Scene:
    """What a method may ask about.

    Attributes
    ----------
    run : Run
        The model and its inputs, as they were run.
    plan : Plan
    memory : Memory, optional
        Where compiled functions of the model are kept.
    question : Question
    seen : Capture
        What the one run showed.
    number : int
        Which of the targets is explained.
    layer : int
        Which of the layers is looked at.
    shared : dict
        What was got for one target or layer and serves the others as well.
    """

    run: Run
    plan: Plan
    memory: Memory | None
    question: Question
    seen: Capture
    number: int = 0
    layer: int = 0
    shared: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def target(self) -> Target:
        """The target that is explained."""
        return self.seen.targets[self.number]

    @property
    def view(self) -> View:
        """What the layer showed for the target."""
        return self.seen.views[self.number][self.layer]

    @property
    def sign(self) -> int:
        """1; or -1 for what speaks against the target: then the negated score is explained."""
        return -1 if self.question.counterfactual else 1

    def remembered(self, key: Any, make: Callable[[], Plan]) -> Plan:
        """Return the plan that was made for `key` before, or make it."""
        return make() if self.memory is None else self.memory.plan(key, make)

    def of_targets(self) -> Iterator[Scene]:
        """Yield the scene of each target."""
        return (replace(self, number=number) for number in range(len(self.seen.targets)))

    def of_layers(self) -> Iterator[Scene]:
        """Yield the scene of each layer."""
        return (replace(self, layer=layer) for layer in range(len(self.plan.layers)))
