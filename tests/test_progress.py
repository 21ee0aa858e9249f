"""The line that says how far a long calculation is."""

import io
import sys

import pytest

from camlight.progress import progress, show_progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("camlight.progress.monotonic", clock)
    return clock


def in_a_terminal(monkeypatch):
    """From within a test: pytest puts its own stderr in place after the fixtures."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


def work(clock, seconds=4.0, total=4):
    with progress("RISE", total) as done:
        for _ in range(4):
            clock.now += seconds / 4
            done(1)


def test_a_terminal_is_told_after_two_seconds_and_cleared(clock, monkeypatch):
    terminal = in_a_terminal(monkeypatch)
    work(clock)
    first, *others = terminal.getvalue().strip("\r").split("\r")
    assert first == "RISE: 2 of 4 forward passes, about 2 s left"
    assert others[0] == "RISE: 3 of 4 forward passes, about 1 s left"
    assert others[-1] == " " * len(first)


def test_what_is_quick_says_nothing(clock, monkeypatch):
    terminal = in_a_terminal(monkeypatch)
    work(clock, seconds=1.9)
    assert terminal.getvalue() == ""


def test_where_nobody_waits_nothing_is_said(clock, monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    work(clock)
    assert sys.stderr.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", None)  # as under pythonw
    work(clock)


def test_a_notebook_is_told(clock, monkeypatch):
    stream = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})()
    monkeypatch.setattr(sys, "stderr", stream)
    work(clock)
    assert "2 of 4 forward passes" in stream.getvalue()


def test_it_can_be_forced_on_and_off(clock, monkeypatch):
    terminal = in_a_terminal(monkeypatch)
    with show_progress(False):
        work(clock)
    assert terminal.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with show_progress():
        work(clock, seconds=0)
    assert sys.stderr.getvalue().startswith("\rRISE: 0 of 4 forward passes\r")
    work(clock)
    assert sys.stderr.getvalue().count("RISE") == 1


def test_the_outermost_one_speaks(clock, monkeypatch):
    terminal = in_a_terminal(monkeypatch)
    with progress("Report", 8) as done:
        for _ in range(2):
            work(clock)
            done(4)
    assert "RISE" not in terminal.getvalue()
    assert "Report: 4 of 8 forward passes, about 4 s left" in terminal.getvalue()
    work(clock)
    assert "RISE" in terminal.getvalue()


def test_without_a_total_it_counts(clock, monkeypatch):
    terminal = in_a_terminal(monkeypatch)
    work(clock, total=None)
    assert terminal.getvalue().startswith("\rRISE: 2 forward passes\r")


def test_the_line_goes_away_after_an_error(clock, monkeypatch):
    terminal = in_a_terminal(monkeypatch)

    def fail():
        with progress("RISE", 9) as done:
            clock.now += 3
            done(1)
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        fail()
    assert terminal.getvalue().endswith(" \r")
    work(clock)
    assert terminal.getvalue().count("RISE") > 1
