"""One look at a model: it is run on a picture, and its answer is seen with its layers' maps."""

from __future__ import annotations

from dataclasses import replace

from .capture import capture
from .errors import NotCalledError
from .fast import Compiled
from .ingredients import Scene
from .memory import Memory, Plan
from .planning import plan_for
from .question import Question
from .running import Run

__all__ = ["scene_of"]


def scene_of(
    run: Run,
    plan: Plan,
    memory: Memory | None,
    question: Question,
    compiled: Compiled | None = None,
) -> Scene:
    """Run the model once and return what can be asked about its answer.

    A model without a graph may go another way for each picture. Where it doesn't call the layer
    that was chosen by itself, for an earlier picture, one is chosen anew.

    Parameters
    ----------
    run : Run
        As planned.
    plan : Plan
    memory : Memory, optional
    question : Question
    compiled : Compiled, optional
        To run it with, where it can.

    Raises
    ------
    ValueError
        As `capture` does.
    """
    try:
        seen = capture(run, plan, question.targets, compiled)
    except NotCalledError:
        if question.layer is not None:
            raise
        own = plan_for(replace(run, head=None), None, question)
        if not own.layers:
            raise
        run, plan = question.planned(run, own), own
        seen = capture(run, plan, question.targets)
    return Scene(run, plan, memory, question, seen)
