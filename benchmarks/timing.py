"""Contenders timed in turn, so that whatever else the machine does hits them all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from random import Random
from statistics import quantiles
from time import perf_counter, sleep
from typing import Any

__all__ = ["in_turn", "seconds_of", "summary", "turns"]

CLOSELY = 20
"""So many times as long may what is looked at closely be timed."""

PAUSE = 0.05
"""Seconds before each: OpenBLAS's threads spin for some 30 ms after the last contender's sums."""


def seconds_of(job: Callable[[], Any]) -> float:
    """Return how long the job takes."""
    start = perf_counter()
    job()
    return perf_counter() - start


def turns(names: Iterable[str], rounds: int) -> Iterator[str]:
    """Yield all names once a round, in an order drawn anew for each.

    None always comes after the same one, whose traces in the machine's memory it would pay for.
    """
    order, names = Random(0), list(names)
    for _ in range(rounds):
        yield from order.sample(names, len(names))


def in_turn(
    jobs: Mapping[str, Callable[[], Any]],
    rounds: int,
    seconds: float,
    closely: Collection[str] = (),
) -> dict[str, list[float]]:
    """Time all jobs again and again, each in turn, and return the times of each.

    All ran at least once before. One that has used up its seconds sits out; those to be looked at
    `closely` have more of them. One that takes longer for a single run is timed just once.
    """
    times = {name: _warmed_up(job, seconds) for name, job in jobs.items()}
    for name in turns(jobs, rounds):
        if sum(times[name]) < seconds * (CLOSELY if name in closely else 1):
            sleep(PAUSE)
            times[name].append(seconds_of(jobs[name]))
    return times


def _warmed_up(job: Callable[[], Any], seconds: float) -> list[float]:
    """Run a job that is new; return the time where it is so slow that it won't run again."""
    first = seconds_of(job)
    if first > seconds:
        return [first]
    job()
    return []


def summary(times: list[float]) -> dict[str, float | int]:
    """Return median, quartiles and number, in milliseconds."""
    low, middle, high = quantiles(times, method="inclusive") if len(times) > 1 else times * 3
    return {
        "median_ms": round(middle * 1e3, 3),
        "lower_quartile_ms": round(low * 1e3, 3),
        "upper_quartile_ms": round(high * 1e3, 3),
        "n": len(times),
    }
