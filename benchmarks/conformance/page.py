"""``docs/conformance.md``, out of what was measured."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.fresh import ROOT
from tests.conformance.case import RESULTS
from tests.conformance.evidence import EVIDENCE
from tests.conformance.pairs import PAIRS, Pair

__all__ = ["AGREEMENT", "PAGE", "PEERS", "text"]

PAGE = ROOT / "docs" / "conformance.md"
AGREEMENT, PEERS = RESULTS / "agreement.json", RESULTS / "peers.json"

TEXT = """\
# Conformance

Are these the papers' maps? Each method is held to values worked out by hand, to something that must
be true of it, and to what other libraries give for the same network with the same weights.

The network is small and made to tell methods apart: a photograph wider than high, a layer in the
middle, and more than pooling behind it, for on the last layer of most networks many methods are one
and the same. The others' maps were kept on {date} (seed {seed}) as they were before they were cut,
scaled and enlarged; the tests hold camlight's to them on TensorFlow, JAX and PyTorch without any of
the others installed. `make conformance` does it all again, and writes this page.

{versions}.

## Beside others

The largest difference of two cells, as a share of the largest value, on TensorFlow. *By hand* means
the paper's formula written out in NumPy, on the derivatives that PyTorch's autograd found.

{beside}

## Where others differ

Here camlight's map is that of the formula by hand, and the other's isn't: it is *off* by so much
once both are scaled to a largest value of 1. That what it does is what makes the difference is
shown as well: the formula with that change gives the other's map, up to the last column.

{departures}

## Without others

Tests under `tests/`, by file and name; papers by their number on arXiv.

{held}
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
        held=_table(("method", "paper", "by hand", "what must be true"), _held()),
        beside=_table(("method", "held to", "difference", "tolerance", "remark"), _beside(pairs)),
        departures=_table(
            ("method", "other", "what it does", "off", "with that change"), _departures(pairs)
        ),
    )


def _held() -> Iterator[Sequence[str]]:
    for method, evidence in EVIDENCE.items():
        yield (
            f"`{method}`",
            evidence.paper,
            f"`{evidence.by_hand}`",
            f"{evidence.says}: `{evidence.oracle}`",
        )


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
    lines, before = [heads, ["---"] * len(heads)], ""
    for first, *rest in rows:
        lines.append(("" if first == before else first, *rest))
        before = first
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
