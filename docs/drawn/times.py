"""Measure what the methods take, for their cards; ``make cards`` runs it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

import camlight
from camlight import demo
from camlight.methods.method import read_method

from .pictures import CAT, FOLDER, cat_and_cup
from .transformer import to_small, untrained


def main() -> None:
    """Measure all of it anew, on a machine that does nothing else."""
    photo, network, small = cat_and_cup(), demo.efficientnet_lite0(), untrained()
    took: dict[str, float] = {}
    for name in camlight.METHODS:
        of_tokens = "token_grid" in read_method(name, {}).needs
        model, target = (small, 0) if of_tokens else (network, CAT)
        ask = partial(
            camlight.explain_prediction,
            model,
            photo,
            targets=[target],
            method=name,
            preprocess=to_small if of_tokens else demo.preprocess_input,
            pre_softmax=True,
            compile=True,
        )
        took[name] = milliseconds(ask)
        print(f"{name}: {took[name]:.0f} ms", flush=True)
    picture = demo.preprocess_input(np.asarray(photo)[np.newaxis])
    facts = {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "network": round(milliseconds(lambda: network.predict_on_batch(picture)), 1),
        "methods": {name: round(value, 1) for name, value in took.items()},
    }
    text = json.dumps(facts, indent=2) + "\n"
    (FOLDER / "measured.json").write_text(text, encoding="utf-8")


def milliseconds(call: Callable[[], Any], enough: float = 3.0) -> float:
    """Return the least time of some calls, the first left out: it may compile; in ms."""
    times: list[float] = []
    while len(times) < 3 or (len(times) < 20 and sum(times) < enough):
        if times and times[0] > enough:  # so long that compiling hardly counts
            break
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * min(times[1:] or times)


if __name__ == "__main__":
    main()
