"""What a user's functions read and write, told from the names in their code."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

__all__ = [
    "around",
    "functions_in",
    "globals_read",
    "is_framework",
    "is_library",
    "names_read",
    "names_written",
]

_FRAMEWORKS = {"builtins", "jax", "jaxlib", "keras", "numpy", "tensorflow", "torch", "weakref"}
_PREDICTING = {"__call__", "call", "compute_mask", "quantized_call"}
_BY_NAME = {"__dict__", "__setattr__", "setattr", "vars"}
_IN_PLACE = {
    *("add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "fill", "insert"),
    *("pop", "popitem", "popleft", "put", "remove", "reverse", "setdefault", "sort", "update"),
}


def names_read(classes: Iterable[type]) -> set[str]:
    """Return all names in the code that runs when an operation of the classes predicts."""
    return _PREDICTING.union(*(_names(one.__code__) for one in _run_by(classes)))


def names_written(classes: Iterable[type]) -> tuple[set[str], bool]:
    """Return the attributes that code sets when an operation of the classes predicts.

    And whether it may change a list, a dict, a set or an array.
    """
    written, in_place = set[str](), False
    for function in _run_by(classes):
        names, subscripts = _written(function.__code__)
        written |= names
        in_place |= subscripts
    return written, in_place


def _run_by(classes: Iterable[type]) -> list[FunctionType]:
    """Return the functions that run when an operation of the classes predicts.

    That is the methods that Keras calls; those whose names stand in them, and the user's global
    functions; and so on.
    """
    classes = list(classes)
    names, found = set(_PREDICTING), dict[int, FunctionType]()
    left = [f for name in names for kind in classes for f in functions_in(vars(kind).get(name))]
    while left:
        function = left.pop()
        if id(function) in found:
            continue
        found[id(function)] = function
        left.extend(f for value in around(function) for f in functions_in(value))
        space = {} if is_library(function.__module__) else function.__globals__
        for name in _names(function.__code__):
            called = space.get(name)
            if isinstance(called, FunctionType) and not is_library(called.__module__):
                left.append(called)
            if name not in names:
                names.add(name)
                for kind in classes:
                    left.extend(functions_in(vars(kind).get(name)))
    return list(found.values())


def globals_read(function: FunctionType) -> Iterator[Any]:
    """Yield what the global variables hold that a function reads, unless it is of a library.

    Functions and classes of libraries are left out; of a module what the function names of it
    is taken.
    """
    if is_library(function.__module__):
        return
    names = _names(function.__code__)
    spaces, seen = [function.__globals__], set[int]()
    while spaces:
        space = spaces.pop()
        seen.add(id(space))
        for value in (space[name] for name in names if name in space):
            if not isinstance(value, ModuleType):
                if not _is_fixed(value):
                    yield value
            elif not is_library(value.__name__) and id(vars(value)) not in seen:
                spaces.append(vars(value))


def around(function: FunctionType) -> Iterator[Any]:
    """Yield what a function has from the functions around it.

    But for the class that `super` looks into: that stays what it is.
    """
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if name == "__class__":
            continue
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue


def functions_in(value: Any) -> Iterator[FunctionType]:
    """Yield what a function or method runs, as it stands in a class."""
    if isinstance(value, FunctionType):
        yield value
    elif isinstance(value, property):
        yield from functions_in(value.fget)
    elif isinstance(value, (staticmethod, classmethod)):
        yield from functions_in(value.__func__)
    elif is_framework(type(value)) and hasattr(value, "python_function"):  # a `tf.function`
        yield from functions_in(value.python_function)


def is_framework(one: Any) -> bool:
    """Say whether a class or function comes from Keras or what it runs on."""
    return _head(one.__module__) in _FRAMEWORKS


@lru_cache(maxsize=4096)
def is_library(module: str | None) -> bool:
    """Say whether a module is installed rather than the user's own."""
    head = _head(module)
    if head in _FRAMEWORKS or head in sys.stdlib_module_names or head == "camlight":
        return True
    file = getattr(sys.modules.get(head), "__file__", None)
    return not {"site-packages", "dist-packages"}.isdisjoint(Path(file or "").parts)


@lru_cache(maxsize=4096)
def _names(code: CodeType) -> tuple[str, ...]:
    """Return the names of globals, attributes and methods in the code, and its strings."""
    found = {*code.co_names}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found.update(_names(constant))
        elif isinstance(constant, str) and constant.isidentifier():
            found.add(constant)
    return tuple(sorted(found))


@lru_cache(maxsize=4096)
def _written(code: CodeType) -> tuple[set[str], bool]:
    """Return the attributes that the code sets, and whether it may change what is in a container.

    Code that sets attributes by name may set any that it names.
    """
    steps = list(dis.get_instructions(code))
    written = {step.argval for step in steps if step.opname in ("STORE_ATTR", "DELETE_ATTR")}
    names = set(_names(code))
    in_place = not names.isdisjoint(_IN_PLACE)
    in_place |= any(step.opname in ("STORE_SUBSCR", "DELETE_SUBSCR") for step in steps)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            more, changes = _written(inner)
            written |= more
            in_place |= changes
    return (names if not names.isdisjoint(_BY_NAME) else written), in_place


def _is_fixed(value: Any) -> bool:
    kinds = (type, FunctionType, BuiltinFunctionType)
    return isinstance(value, kinds) and is_library(value.__module__)


def _head(module: str | None) -> str:
    return (module or "").partition(".")[0]
