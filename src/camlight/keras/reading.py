"""What a user's functions read, told from the names in their code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["code_of", "globals_read", "is_framework", "is_library", "names_read"]

_FRAMEWORKS = {"builtins", "jax", "jaxlib", "keras", "numpy", "tensorflow", "torch", "weakref"}
_PREDICTING = ("__call__", "call", "compute_mask", "quantized_call")


def names_read(classes: list[type]) -> set[str]:
    """Return all names in the code of the classes that runs when an operation of theirs predicts.

    That is the methods that Keras calls, and those whose names stand in them, and so on.
    """
    found: set[str] = set(_PREDICTING)
    left = list(_PREDICTING)
    while left:
        name = left.pop()
        for kind in classes:
            for code in code_of(vars(kind).get(name)):
                left.extend(new := set(_names(code)) - found)
                found |= new
    return found


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


def code_of(value: Any) -> Iterator[CodeType]:
    """Yield the code of a function or method as it stands in a class, decorated or not."""
    if isinstance(value, property):
        yield from code_of(value.fget)
    elif isinstance(value, (staticmethod, classmethod)):
        yield from code_of(value.__func__)
    elif not isinstance(value, FunctionType):
        inner = getattr(value, "python_function", None)  # of a `tf.function`
        yield from code_of(inner) if isinstance(inner, FunctionType) else ()
    else:
        yield value.__code__
        for cell in value.__closure__ or ():
            try:
                inner = cell.cell_contents
            except ValueError:  # not assigned yet
                continue
            if inner is not value and isinstance(inner, FunctionType):
                yield from code_of(inner)


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


def _is_fixed(value: Any) -> bool:
    kinds = (type, FunctionType, BuiltinFunctionType)
    return isinstance(value, kinds) and is_library(value.__module__)


def _head(module: str | None) -> str:
    return (module or "").partition(".")[0]
