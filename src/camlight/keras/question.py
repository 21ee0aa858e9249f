"""What is asked of a model, whatever the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from camlight.methods.method import Method, read_method

from .fast import checked_compile
from .inputs import Inputs
from .memory import Plan
from .preprocessing import checked_mode, checked_preprocess
from .running import Run
from .targets import Targets

__all__ = ["Question"]


@dataclass(frozen=True)
class Question:
    """The arguments of `camlight.explain_prediction_keras` but for the picture's own, checked."""

    targets: Targets
    layer: Any
    call: Any
    grid: Any
    output: int | str | None
    pre_softmax: bool
    counterfactual: bool
    preprocess: Callable[[np.ndarray], Any] | None
    preprocessed: str | None
    compile: bool | None
    method: Method
    smooth: bool

    @classmethod
    def of(
        cls,
        targets: Any = None,
        layer: Any = None,
        *,
        top_targets: Any = None,
        target_names: Any = None,
        output: Any = None,
        pre_softmax: Any = False,
        counterfactual: Any = False,
        preprocess: Any = None,
        preprocessed: Any = None,
        call: Any = None,
        grid: Any = None,
        compile: Any = None,
        method: Any = "gradcam",
        method_options: Any = None,
        smooth: Any = False,
    ) -> Question:
        """Check what can be checked without the model.

        Raises
        ------
        TypeError
            If an argument is of another type than described.
        ValueError
            If arguments contradict each other, or a value isn't known.
        """
        asked = Targets(targets, top_targets, target_names)
        flags = {"pre_softmax": pre_softmax, "counterfactual": counterfactual, "smooth": smooth}
        for name, flag in flags.items():
            if not isinstance(flag, (bool, np.bool_)):
                raise TypeError(f"Expected `{name}` to be True or False. Received: {flag!r}.")
        function, mode = checked_preprocess(preprocess), checked_mode(preprocessed)
        if function is not None and mode is not None:
            raise ValueError(
                "Expected `preprocess`, for a picture as it is, or `preprocessed`, for an array "
                "as the model takes it. Received: both. Leave one of them out."
            )
        chosen = read_method(method, method_options)
        if counterfactual and not chosen.uses_target:
            raise ValueError(
                f"Expected no `counterfactual` along with method `{chosen.name}`, which knows no "
                "target that anything could speak against. Leave it out, or choose a method that "
                "does, such as `gradcam`."
            )
        if counterfactual and not chosen.is_signed:
            raise ValueError(
                f"Expected no `counterfactual` along with method `{chosen.name}`, which drops all "
                "signs: its map is the same for and against. Leave it out, or choose a method "
                "that keeps them, such as `gradient_x_input` or `gradcam`."
            )
        return cls(
            asked,
            layer,
            call,
            grid,
            output,
            bool(pre_softmax),
            bool(counterfactual),
            function,
            mode,
            checked_compile(compile),
            chosen,
            bool(smooth),
        )

    @property
    def compiles_at_once(self) -> bool:
        """Whether compiling pays in the first call: asked for, or the model runs many times."""
        return bool(self.compile) or self.smooth or not self.method.takes_one_run

    def run(self, model: keras.Model, inputs: Inputs) -> Run:
        """Return the run that is to be made on the inputs, as far as it is known yet."""
        return Run(model, inputs.values, inputs.picture, self.output)

    def planned(self, run: Run, plan: Plan) -> Run:
        """Return the run with what the model's structure says of it."""
        return replace(run, picture=plan.picture, head=plan.head if self.pre_softmax else None)
