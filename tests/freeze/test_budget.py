"""How much there is to read: of one explanation, and of the whole package. It only goes down."""

import sys
from inspect import CO_OPTIMIZED

import pytest

import camlight
from tests.freeze.cases import NETWORKS
from tests.house import ROOT, modules

ONE_CALL = {
    # files, functions and lines of camlight that a call enters
    "cold": (28, 239, 680),
    "warm": (28, 239, 680),
}
PACKAGE = {"files": 96, "lines": 14_500}


def entered(call):
    """Return the functions, by file and first line, and the lines of ours that a call runs."""
    functions, lines = set(), set()
    ours = f"{ROOT}/"

    def trace(frame, event, argument):
        code = frame.f_code
        if not code.co_filename.startswith(ours) or not code.co_flags & CO_OPTIMIZED:
            return None  # another's, or a module or class that is being loaded
        functions.add((code.co_filename, code.co_firstlineno, code.co_name))

        def line(frame, event, argument):
            lines.add((code.co_filename, frame.f_lineno))
            return line

        return line

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return functions, lines


def spent(functions, lines):
    return len({file for file, *_ in functions}), len(functions), len(lines)


@pytest.fixture
def calls():
    build, doc = NETWORKS["cnn"]
    model, data = build(), doc()

    def call():
        camlight.explain_prediction(model, data, compile=False)

    cold, _, warm = entered(call), call(), entered(call)
    return {"cold": cold, "warm": warm}


def test_one_explanation(calls):
    found = {name: spent(*call) for name, call in calls.items()}
    over = {
        name: found[name]
        for name, limits in ONE_CALL.items()
        if any(map(int.__gt__, found[name], limits))
    }
    assert not over, f"files, functions, lines: {found} of at most {ONE_CALL}"


def test_the_package():
    files = modules().values()
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    assert len(files) <= PACKAGE["files"]
    assert lines <= PACKAGE["lines"]
