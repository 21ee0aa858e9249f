"""``python -m benchmarks.guard``: fails where camlight has become slower beside the model itself.

It compares with the ratios in ``results/guard.json``, which ``--keep`` measures anew: on a machine
that does nothing else, where a change makes it faster, or slower on purpose.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import keras

import camlight

from . import models
from .contenders import BASE, Case, Contender, load
from .speed import CASES, question
from .timing import in_turn

KEPT = Path(__file__).parent / "results" / "guard.json"
MODEL = "MobileNetV2"
MARGIN = 1.15
"""So many times its own kept ratio may an explanation take."""
KEPT_FROM = 5
"""What is kept is the median of so many ratios."""


def main() -> None:
    """Compare with what was kept, or keep what is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help=f"measure {KEPT.name} anew")
    warnings.simplefilter("ignore", camlight.ExplanationWarning)
    (keep if parser.parse_args().keep else compare)()


def keep() -> None:
    """Measure all ratios and write them down, with what they were measured on."""
    ratios = {
        case: round(median(pair.ratio() for _ in range(KEPT_FROM)), 3)
        for case, pair in _pairs().items()
    }
    backend = keras.config.backend()
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} CPUs ({platform.machine()})",
        "versions": {name: version(name) for name in ("camlight", "keras", backend, "numpy")},
    }
    KEPT.write_text(json.dumps(about | {"ratios": ratios}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(ratios, indent=1))


def compare() -> None:
    """Exit with 1 if a ratio is past its limit, twice: a busy machine gets a second chance."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))["ratios"]
    slower = []
    for case, pair in _pairs().items():
        limit = MARGIN * kept[case]
        ratio = pair.ratio()
        if ratio > limit:
            ratio = min(ratio, pair.ratio())
        print(f"{case}: {ratio:.2f}, at most {limit:.2f}", flush=True)
        slower += [case] if ratio > limit else []
    sys.exit(f"Expected at most {MARGIN} times what {KEPT} says." if slower else 0)


class _Pair:
    """An explanation, and the part of it that nobody can do without."""

    def __init__(self, base: Contender, ours: Contender, asked: Case) -> None:
        self._jobs = {"base": base.begin(asked), "ours": ours.begin(asked)}

    def ratio(self) -> float:
        """Time both in turn, and return the ratio of their medians."""
        times = in_turn(self._jobs, rounds=40, seconds=6)
        return median(times["ours"]) / median(times["base"])


def _pairs() -> dict[str, _Pair]:
    """Return what is compared, all of one model in one process.

    At an early layer the way back is as long as the way there: what one can write by hand is the
    measure then, and the compiled model alone everywhere else.
    """
    known = {one.name: one for one in load(keras.config.backend())}
    model = models.build(MODEL)
    pairs = {}
    for case in CASES:
        by_hand = case["layer"] == "early"
        base = known["optimum by hand" if by_hand else BASE[keras.config.backend()]]
        asked = Case(model, **question(MODEL, model, **case))
        pairs[_name(case)] = _Pair(base, known["camlight"], asked)
    return pairs


def _name(case: dict[str, Any]) -> str:
    return "{layer} layer, pictures: {pictures}, targets: {targets}".format(**case)


if __name__ == "__main__":
    main()
