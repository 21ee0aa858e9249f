"""``python -m benchmarks.conformance.run``: have the peers explain, measure, and write the page."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

from benchmarks.fresh import ROOT, call
from camlight import demo
from tests.conformance.case import SEED, SIZE, draw, save
from tests.conformance.measuring import difference, ours, paper, reproduced, theirs
from tests.conformance.pairs import PAIRS, Pair

from .page import AGREEMENT, PAGE, PEERS, text


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", action="store_true", help="keep the peers' maps as they are")
    if not parser.parse_args().ours:
        _write(PEERS, _have_the_peers_explain())
    _write(AGREEMENT, _measured())
    PAGE.write_text(text(), encoding="utf-8")
    print(f"written to {PAGE.relative_to(ROOT)}")


def _have_the_peers_explain() -> dict[str, Any]:
    photo = demo.photo("chelsea").resize(SIZE[::-1], Image.Resampling.BICUBIC)
    save(draw(np.asarray(photo)))
    versions: dict[str, str] = {}
    for backend in ("torch", "tensorflow"):
        python = str(ROOT / ".bench" / backend / "bin" / "python")
        name = f"benchmarks.conformance.on_{backend}:explain"
        versions |= call(name, python=python, backend=backend)
    return {"date": datetime.now(UTC).date().isoformat(), "seed": SEED, "versions": versions}


def _measured() -> dict[str, Any]:
    return {
        "versions": {
            name: version(name) for name in ("camlight", "keras", keras.backend.backend())
        },
        "rows": [_row(pair) for pair in PAIRS],
    }


def _row(pair: Pair) -> dict[str, Any]:
    found, said = pair.ours(ours(pair)), pair.theirs(theirs(pair))
    if not pair.departure:
        return {"name": pair.name, "difference": difference(found, said)}
    right = paper(pair)
    return {
        "name": pair.name,
        "difference": difference(found, pair.ours(right)),
        "off": difference(said, pair.theirs(right)),
        "explained": difference(pair.theirs(reproduced(pair)), said),
    }


def _write(file: Path, what: Any) -> None:
    file.write_text(json.dumps(what, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
