"""How far a long calculation is: one line on stderr, where somebody sits and waits."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any

_AFTER, _EVERY = 2.0, 0.2  # seconds until the line appears, and between two of its states

_wanted: ContextVar[bool | None] = ContextVar("camlight_progress", default=None)
_busy: ContextVar[bool] = ContextVar("camlight_busy", default=False)
_listener: ContextVar[Callable[[int], Any] | None] = ContextVar("camlight_listener", default=None)


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
    with _set(_wanted, shown):
        yield


@contextmanager
def heard(listener: Callable[[int], Any]) -> Iterator[None]:
    """Tell `listener` how many forward passes the outermost `progress` made, shown or not."""
    with _set(_listener, listener):
        yield


@contextmanager
def progress(
    title: str, total: int | None = None, *, at_once: bool = False
) -> Iterator[Callable[[int], Any]]:
    """Count forward passes, of `total` if known; yields the function to tell that more are done."""
    wanted, tell = _wanted.get(), _listener.get() or (lambda count: None)
    with _set(_listener, None):
        # inside of another, nothing is shown: the outermost one knows how long it all takes
        if _busy.get() or not (_somebody_waits() if wanted is None else wanted):
            yield tell
            return
        line = _Line(title, total, at_once or bool(wanted), tell)
        with _set(_busy, True):
            try:
                yield line.add
            finally:
                line.clear()


@contextmanager
def _set(variable: ContextVar[Any], value: Any) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


class _Line:
    def __init__(
        self, title: str, total: int | None, at_once: bool, tell: Callable[[int], Any]
    ) -> None:
        self._title, self._total, self._tell = title, total, tell
        self._done = self._width = 0
        self._start = monotonic()
        self._next = self._start + _AFTER
        if at_once:
            self._write()

    def add(self, count: int) -> None:
        self._tell(count)
        self._done += count
        if monotonic() >= self._next:
            self._write()

    def clear(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()

    def _write(self) -> None:
        now = monotonic()
        of = "" if self._total is None else f"of {self._total} "
        text = f"{self._title}: {self._done} {of}forward passes"
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
