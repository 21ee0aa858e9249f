"""``python -m benchmarks.run``: all studies, one after another; results, table and plot."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import distributions
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from .fresh import ProcessError, call
from .models import MODELS
from .readme import latest
from .report import write
from .timing import turns

RESULTS = Path(__file__).parent / "results"
PYTHONS = {
    "tensorflow": sys.executable,
    "jax": sys.executable,
    "torch": str(Path(__file__).parent.parent / ".bench" / "torch" / "bin" / "python"),
}
PEERS = ("eli5", "tf-keras-vis", "tf-explain", "xplique")
STUDIES = ("cold_seconds", "repeats_seconds", "peak", "soak", "drawing", "importing")
"""All but the warm figures; the model in them is always the same one, `SMALL`."""

NAMES = ("warm", *STUDIES)

SMALL = "MobileNetV2"
NOT_THERE = {("torch", "NASNetMobile")}
"""Keras itself refuses to build it."""


def main() -> None:
    """Run what the command line asks for."""
    asked = _arguments()
    measured: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "python": platform.python_version(),
        "versions": call("benchmarks.run:versions")
        | call("benchmarks.run:versions", python=PYTHONS["torch"], backend="torch"),
        "seed": 0,
        "rounds": asked.rounds,
        "seconds": asked.seconds,
    }
    earlier = latest() if asked.again else None
    folder = RESULTS / "quick" if asked.quick else RESULTS
    for name, study in _studies(asked):
        if name not in asked.studies:
            continue
        print(f"{name} ...", flush=True)
        found = study()
        measured[name] = measured.get(name, []) + found if name == "warm" else found
        write(measured if earlier is None else onto(earlier, measured), folder)
    print(f"written to {folder.name}/")


def onto(earlier: dict[str, Any], measured: dict[str, Any]) -> dict[str, Any]:
    """Return earlier results with what was measured anew in its place.

    What is left of the earlier ones keeps its date, in ``dates``: of warm figures by backend and
    model.
    """
    timed = measured.get("warm", [])
    anew = {_name(entry) for entry in timed}
    kept = [entry for entry in earlier["warm"] if _name(entry) not in anew]
    left = [name for name in STUDIES if name in earlier and name not in measured]
    known = earlier.get("dates", {})
    dates = {name: known.get(name, earlier["date"]) for name in [*left, *map(_name, kept)]}
    dates = {name: date for name, date in dates.items() if date != measured["date"]}
    warm = sorted(timed + kept, key=_place)
    return earlier | measured | {"warm": warm, "dates": dates}


def _name(entry: dict[str, Any]) -> str:
    return f"{entry['model']} on {entry['backend']}"


def _place(entry: dict[str, Any]) -> tuple[int, int]:
    return list(PYTHONS).index(entry["backend"]), list(MODELS).index(entry["model"])


def machine() -> dict[str, Any]:
    """Return what class of machine this is."""
    return {
        "cpus": os.cpu_count(),
        "architecture": platform.machine(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
    }


def versions() -> dict[str, str]:
    """Return the versions of what matters here, by name."""
    known = (
        *("camlight", "keras", "numpy", "pillow", "tensorflow", "jax", "torch", "eli5"),
        *("tf-keras-vis", "tf-explain", "xplique", "grad-cam", "torchcam", "captum"),
    )
    found = {one.metadata["Name"].lower(): one.version for one in distributions()}
    return {name: found[name] for name in known if name in found}


def _studies(asked: argparse.Namespace) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the name of each study and what runs it: the warm one for each backend and model."""
    quick = asked.quick
    fresh = 1 if quick else 9
    counts = [1, 2, 5] if quick else [1, 2, 5, 20, 100]
    for backend in asked.backends:
        for model in asked.models:
            if (backend, model) not in NOT_THERE:
                yield "warm", partial(_study, backend, model, asked)
    yield "cold_seconds", lambda: _cold(SMALL, fresh)
    yield "repeats_seconds", lambda: _repeats(SMALL, counts, fresh)
    yield (
        "peak",
        lambda: {
            contender: call(
                "benchmarks.memory:peak",
                model=SMALL,
                pictures=64 if quick else 256,
                batch_size=16,
                contender=contender,
            )
            for contender in ("predict", "camlight")
        },
    )
    yield (
        "soak",
        lambda: {
            contender: call(
                "benchmarks.memory:soak",
                model=SMALL,
                calls=400 if quick else 2000,
                contender=contender,
            )
            for contender in ("model", "camlight")
        },
    )
    yield (
        "drawing",
        lambda: call(
            "benchmarks.drawing:drawing", width=4000, height=3000, rounds=3 if quick else 40
        ),
    )
    yield "importing", lambda: call("benchmarks.drawing:importing", rounds=5 if quick else 25)


def _study(backend: str, model: str, asked: argparse.Namespace) -> list[dict[str, Any]]:
    print(f"  {model} on {backend}", flush=True)
    try:
        return call(
            "benchmarks.speed:study",
            python=PYTHONS[backend],
            backend=backend,
            model=model,
            rounds=asked.rounds,
            seconds=asked.seconds,
        )
    except ProcessError as error:
        return [{"backend": backend, "model": model, "error": str(error)}]


def _cold(model: str, times: int) -> dict[str, Any]:
    """Time first calls in fresh processes, the contenders in turn.

    What fails once is not called again; its error is what was found.
    """
    contenders = ("model", "camlight", *PEERS)
    found: dict[str, Any] = {name: [] for name in contenders}
    for name in turns(contenders, times):
        if isinstance(found[name], list):
            try:
                found[name].append(call("benchmarks.cold:first_call", model=model, contender=name))
            except ProcessError as error:
                found[name] = str(error)
    return {
        name: calls
        if isinstance(calls, str)
        else {part: round(median(one[part] for one in calls), 3) for part in calls[0]}
        for name, calls in found.items()
    }


def _repeats(model: str, counts: list[int], times: int) -> list[dict[str, Any]]:
    found = call("benchmarks.cold:repeated", model=model, counts=counts, rounds=times)
    totals = {name: list(map(median, zip(*rounds, strict=True))) for name, rounds in found.items()}
    rows = []
    for i, calls in enumerate(counts):
        row: dict[str, Any] = {name: round(of_one[i], 3) for name, of_one in totals.items()}
        ratio = round(row["by itself"] / min(row["plain"], row["compiled"]), 3)
        rows.append({"calls": calls, **row, "ratio": ratio})
    return rows


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one model, few rounds")
    parser.add_argument(
        "--again", action="store_true", help="keep the latest results of what isn't measured"
    )
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--backends", nargs="+", choices=PYTHONS, default=list(PYTHONS))
    parser.add_argument("--studies", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--rounds", type=int, default=100, help="at most, for each contender")
    parser.add_argument("--seconds", type=float, default=3, help="at most, for each peer")
    asked = parser.parse_args()
    if len(asked.studies) < len(NAMES) and not asked.again:
        parser.error("--studies: some of the studies alone go along with --again")
    if asked.quick:
        asked.models, asked.rounds, asked.seconds = asked.models[:1], 5, 1
    return asked


if __name__ == "__main__":
    main()
