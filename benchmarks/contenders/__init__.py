"""Who is timed: one module for each backend, each with a list `CONTENDERS`."""

from __future__ import annotations

from importlib import import_module

from .contender import Case, Contender

__all__ = ["BASE", "Case", "Contender", "load"]

BASE = {"tensorflow": "compiled forward", "jax": "compiled forward", "torch": "forward"}
"""What the others' times are divided by."""


def load(backend: str) -> list[Contender]:
    """Return the contenders of a backend."""
    return list(import_module(f"benchmarks.contenders.on_{backend}").CONTENDERS)
