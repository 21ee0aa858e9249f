"""``python -m benchmarks.guard``: fails where camlight costs far more than the model itself."""

from __future__ import annotations

import sys
from statistics import median

import keras

from . import models
from .contenders import BASE, Case, Contender, load
from .speed import CASES, question
from .timing import in_turn

LIMIT = 1.5
"""So many times as long as the model alone an explanation may take."""

TRIES = 3
"""A machine that is busy with something else gets another chance."""


def main() -> None:
    """Compare both in one process, in turn; exit with 1 if a ratio is past the limit.

    At an early layer the way back is as long as the way there: what one can write by hand is the
    measure then.
    """
    forward = BASE[keras.config.backend()]
    known = {one.name: one for one in load(keras.config.backend())}
    model = models.build("MobileNetV2")
    dear = []
    for case in CASES:
        base = forward if case["layer"] == "last" else "optimum by hand"
        asked = Case(model, **question("MobileNetV2", model, **case))
        ratio = min(_ratio(asked, known[base], known["camlight"]) for _ in range(TRIES))
        print(f"{ratio:.2f} x the {base}: {case}", flush=True)
        dear += [case] if ratio > LIMIT else []
    sys.exit(f"Expected at most {LIMIT}." if dear else 0)


def _ratio(asked: Case, base: Contender, ours: Contender) -> float:
    times = in_turn({"base": base.begin(asked), "ours": ours.begin(asked)}, rounds=30, seconds=4)
    return median(times["ours"]) / median(times["base"])


if __name__ == "__main__":
    main()
