"""How far a long calculation is: one line on stderr, where somebody sits and waits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

__all__ = ["progress", "show_progress"]

_AFTER = 2.0
_EVERY = 0.2
"""Seconds until the line appears, and between two of its states."""

_wanted: ContextVar[bool | None] = ContextVar("camlight_progress", default=None)
_busy: ContextVar[bool] = ContextVar("camlight_busy", default=False)


@contextmanager
def show_progress(shown: bool | None = True) -> Iterator[None]:
    """Say whether progress is shown while the context lasts, in this thread.

    Parameters
    ----------
    shown : bool or None
        True shows it at once and anywhere, False never. None, as without this context: when it
        takes more than two seconds, in a terminal or a notebook.

    Examples
    --------
    >>> with show_progress(False):
    ...     pass  # explain, evaluate ...
    """
    token = _wanted.set(shown)
    try:
        yield
    finally:
        _wanted.reset(token)


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Count forward passes; yields the function that is told how many more are done.

    The line says how many there will be, and goes away at the end. Inside of another `progress`
    nothing is shown: the outermost one knows how long it all takes.

    Parameters
    ----------
    title : str
        What runs the model.
    total : int, optional
        How many forward passes there will be, where that is known.

    Examples
    --------
    >>> with progress("Occlusion", total=2) as done:
    ...     done(1)
    ...     done(1)
    """
    wanted = _wanted.get()
    if _busy.get() or not (_somebody_waits() if wanted is None else wanted):
        yield lambda count: None
        return
    line = _Line(title, total, at_once=bool(wanted))
    token = _busy.set(True)
    try:
        yield line.add
    finally:
        _busy.reset(token)
        line.clear()


class _Line:
    def __init__(self, title: str, total: int | None, at_once: bool) -> None:
        self._title = title
        self._total = total
        self._done = 0
        self._width = 0
        self._start = monotonic()
        self._next = self._start + _AFTER
        if at_once:
            self._write()

    def add(self, count: int) -> None:
        self._done += count
        if monotonic() >= self._next:
            self._write()

    def clear(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()

    def _write(self) -> None:
        now = monotonic()
        of = "" if self._total is None else f"{self._total} "
        text = f"{self._title}: {self._done} {'of ' if of else ''}{of}forward passes"
        if self._total and self._done:
            left = (now - self._start) * (self._total - self._done) / self._done
            text += f", about {left:.0f} s left"
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)
        self._next = now + _EVERY


def _somebody_waits() -> bool:
    stream = sys.stderr
    in_notebook = type(stream).__module__.startswith("ipykernel")
    return in_notebook or bool(stream is not None and stream.isatty())
