"""``docs/conformance.md``, out of what was measured."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.fresh import ROOT
from camlight import METHODS

from .case import RESULTS
from .evidence import EVIDENCE
from .pairs import PAIRS, Pair

__all__ = ["AGREEMENT", "PAGE", "PEERS", "text"]

PAGE = ROOT / "docs" / "conformance.md"
AGREEMENT, PEERS = RESULTS / "agreement.json", RESULTS / "peers.json"
TESTS = "tests/methods/"

TEXT = """\
# Conformance

Are these the papers' maps? Each method is held to values worked out by hand, to a property that
must hold, and to implementations by others, on the same network with the same weights:
{versions}.

The network is small, and made to tell methods apart: a photograph wider than high, a layer in the
middle, and something not linear behind it, so that methods that are one and the same on the last
layer of most networks differ. What the others say was kept on {date} (seed {seed}), before they
cut, scale and enlarge it; the tests hold camlight to it on TensorFlow, JAX and PyTorch, and need
none of them. `make conformance` does it all again and writes this page.

## What holds each method

{held}

## Beside others

The largest difference of two cells, as a share of the largest value, on TensorFlow. *By hand* is
the paper's formula written out in NumPy, on activations and gradients that PyTorch's autograd
found.

{beside}

## Where others leave the paper

Here camlight's map is the paper's, by hand, and the other's is not. That the cause is the one named
is shown too: the formula with that change, by hand, gives the other's map.

{departures}
"""


def text() -> str:
    """Return the page."""
    agreement, peers = (json.loads(file.read_text(encoding="utf-8")) for file in (AGREEMENT, PEERS))
    found = {row["name"]: row for row in agreement["rows"]}
    pairs = [(pair, found[pair.name]) for pair in PAIRS if pair.name in found]
    versions = peers["versions"] | agreement["versions"]
    return TEXT.format(
        versions=", ".join(f"{name} {version}" for name, version in sorted(versions.items())),
        date=peers["date"],
        seed=peers["seed"],
        held=_table(("method", "paper", "by hand in", "what must hold"), _held()),
        beside=_table(("method", "held to", "difference", "tolerance", "remark"), _beside(pairs)),
        departures=_table(
            ("method", "who", "what it does", "off by", "explained to"), _departures(pairs)
        ),
    )


def _held() -> Iterator[Sequence[str]]:
    for method, evidence in EVIDENCE.items():
        if method in METHODS:
            oracle = f"{evidence.says}: {_test(evidence.oracle)}"
            yield f"`{method}`", evidence.paper, _test(evidence.by_hand), oracle


def _test(name: str) -> str:
    file, _, function = name.partition("::")
    return f"`{TESTS}{file}`, `{function}`"


def _beside(pairs: Sequence[tuple[Pair, dict[str, Any]]]) -> Iterator[Sequence[str]]:
    for pair, row in pairs:
        if not pair.departure:
            numbers = _number(row["difference"]), _number(pair.tolerance)
            yield f"`{pair.method}`", pair.peer, *numbers, pair.remark


def _departures(pairs: Sequence[tuple[Pair, dict[str, Any]]]) -> Iterator[Sequence[str]]:
    for pair, row in pairs:
        if pair.departure:
            numbers = _number(row["off"]), _number(row["explained"])
            yield f"`{pair.method}`", pair.peer, pair.departure, *numbers


def _number(value: float) -> str:
    return f"{value:.1g}" if value < 0.01 else f"{value:.2f}"


def _table(heads: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
