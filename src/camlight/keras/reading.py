"""What a user's functions read, run and write, told from their code."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partialmethod
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

__all__ = [
    "around",
    "functions_in",
    "globals_read",
    "is_framework",
    "is_library",
    "module_of",
    "names_read",
    "names_written",
]

_FRAMEWORKS = {"builtins", "jax", "jaxlib", "keras", "numpy", "tensorflow", "torch", "weakref"}
_NOT_PREDICTING = {
    *("__init__", "__new__", "__init_subclass__", "__repr__", "__reduce__", "__setattr__"),
    *("build", "build_from_config", "compile", "compute_loss", "compute_metrics"),
    *("compute_output_shape", "compute_output_spec", "evaluate", "fit", "from_config"),
    *("get_build_config", "get_compile_config", "get_config", "load_own_variables", "predict"),
    *("predict_step", "save", "save_own_variables", "summary", "test_step", "train_step"),
}
"""Methods of Keras that users override, and that don't run when an operation predicts."""
_BY_NAME = {
    *("__dict__", "__getattribute__", "__setattr__", "attrgetter", "eval", "exec", "getattr"),
    *("globals", "locals", "methodcaller", "setattr", "vars"),
}
"""Code with one of these names may reach any attribute, method or global variable."""
_IN_PLACE = {
    *("add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "fill", "insert"),
    *("pop", "popitem", "popleft", "put", "remove", "resize", "reverse", "setdefault", "sort"),
    "update",
}


def names_read(classes: Iterable[type], held: Iterable[FunctionType] = ()) -> set[str]:
    """Return all names in the code that runs when an operation of the classes predicts.

    And the names of the methods that run. Functions that the operation may have `held` run too.
    """
    names, functions = _run_by(classes, held)
    return names.union(*(_steps(one.__code__).names for one in functions))


def names_written(classes: Iterable[type]) -> tuple[set[str], bool]:
    """Return the attributes that code sets when an operation of the classes predicts.

    And whether it may change a list, a dict, a set or an array.
    """
    steps = [_steps(one.__code__) for one in _run_by(classes)[1]]
    return set().union(*(one.written for one in steps)), any(one.in_place for one in steps)


def globals_read(function: FunctionType) -> Iterator[Any]:
    """Yield what the global variables hold that a function reads, unless it is of a library.

    Functions and classes of libraries are left out; of a module what the function names of it
    is taken.
    """
    if is_library(module_of(function)):
        return
    steps = _steps(function.__code__)
    spaces: list[tuple[dict[str, Any], Iterable[str]]] = [(function.__globals__, steps.globals)]
    spaces += [(sys.modules, steps.imported)]
    seen = set[int]()
    while spaces:
        space, names = spaces.pop()
        for value in (space[name] for name in names if name in space):
            if isinstance(value, ModuleType):
                if not is_library(value.__name__) and id(value) not in seen:
                    seen.add(id(value))
                    spaces.append((vars(value), steps.names))
            elif not _is_fixed(value):
                yield value


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
    if type(value) is FunctionType:
        yield value
    elif type(value) is property:
        yield from functions_in(value.fget)
        yield from functions_in(value.fset)
    elif type(value) in (staticmethod, classmethod):
        yield from functions_in(value.__func__)
    elif type(value) is partialmethod:
        yield from functions_in(value.func)
    elif is_framework(type(value)) and hasattr(value, "python_function"):  # a `tf.function`
        yield from functions_in(value.python_function)


def module_of(one: Any) -> str:
    """Return where a class was made, or a function, whatever it is wrapped to look like.

    A class made outside of any module comes from "".
    """
    if isinstance(one, FunctionType):
        return str(one.__globals__.get("__name__", ""))
    module = one.__module__
    if module == "builtins" and isinstance(one, type) and one.__flags__ & _MADE_AT_RUN_TIME:
        return ""
    return module if isinstance(module, str) else ""


_MADE_AT_RUN_TIME = 1 << 9


def is_framework(one: Any) -> bool:
    """Say whether a class or function comes from Keras or what it runs on."""
    return module_of(one).partition(".")[0] in _FRAMEWORKS


@lru_cache(maxsize=4096)
def is_library(module: str) -> bool:
    """Say whether a module is installed rather than the user's own."""
    head = module.partition(".")[0]
    if head in _FRAMEWORKS or head in sys.stdlib_module_names or head == "camlight":
        return True
    file = getattr(sys.modules.get(head), "__file__", None)
    return not {"site-packages", "dist-packages"}.isdisjoint(Path(file or "").parts)


def _run_by(
    classes: Iterable[type], held: Iterable[FunctionType] = ()
) -> tuple[set[str], list[FunctionType]]:
    """Return the names of methods, and the functions, that run when an operation predicts.

    That is the methods that Keras calls; those whose names stand in them, and the user's global
    functions; and so on.
    """
    spaces = [vars(kind) for kind in classes]
    names = {name for kind in classes for name in _called_by_keras(kind)}
    found = dict[int, FunctionType]()
    left = [f for name in names for space in spaces for f in functions_in(space.get(name))]
    left.extend(held)
    while left:
        function = left.pop()
        if id(function) in found:
            continue
        found[id(function)] = function
        left.extend(f for value in around(function) for f in functions_in(value))
        steps = _steps(function.__code__)
        if not is_library(module_of(function)):
            called = [function.__globals__.get(name) for name in steps.globals]
            left.extend(f for f in called if type(f) is FunctionType and not _is_fixed(f))
        reached = set(steps.names)
        if not reached.isdisjoint(_BY_NAME):
            reached |= {name for space in spaces for name in space} - _NOT_PREDICTING
        for name in reached - names:
            left.extend(f for space in spaces for f in functions_in(space.get(name)))
        names |= reached
    return names, list(found.values())


def _called_by_keras(kind: type) -> set[str]:
    """Return the names of methods that Keras, or Python, calls by itself for a prediction."""
    bases = [vars(one) for one in kind.__mro__ if is_framework(one)]
    found = {name for name in vars(kind) if any(name in base for base in bases)}
    found |= {name for name in vars(kind) if name.startswith("__") and name.endswith("__")}
    found |= {name for name, value in vars(kind).items() if type(value) is property}
    return {"call"} | found - _NOT_PREDICTING


@dataclass(frozen=True)
class _Steps:
    """What a function's code does, with the functions that are written inside of it.

    Attributes
    ----------
    names : tuple of str
        All names of attributes, methods and global variables, and strings that may be some.
    globals : tuple of str
        The global variables that are read.
    imported : tuple of str
        The modules that are imported as it runs.
    written : frozenset of str
        The attributes that are set; of code that sets them by name, all that it names.
    in_place : bool
        Whether it may change what is in a container.
    """

    names: tuple[str, ...]
    globals: tuple[str, ...]
    imported: tuple[str, ...]
    written: frozenset[str]
    in_place: bool


@lru_cache(maxsize=4096)
def _steps(code: CodeType) -> _Steps:
    done: dict[str, set[str]] = {}
    for step in dis.get_instructions(code):
        done.setdefault(step.opname, set()).add(str(step.argval))
    inner = [_steps(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    names = {*code.co_names}.union(*(one.names for one in inner))
    names |= {one for one in code.co_consts if isinstance(one, str) and one.isidentifier()}
    read = {*done.get("LOAD_GLOBAL", ()), *done.get("LOAD_NAME", ())}
    written = {*done.get("STORE_ATTR", ()), *done.get("DELETE_ATTR", ())}
    changes = "STORE_SUBSCR" in done or "DELETE_SUBSCR" in done or "STORE_SLICE" in done
    by_name = not names.isdisjoint(_BY_NAME)
    return _Steps(
        tuple(sorted(names)),
        tuple(sorted(names if by_name else read.union(*(one.globals for one in inner)))),
        tuple(sorted(done.get("IMPORT_NAME", set()).union(*(one.imported for one in inner)))),
        frozenset(names if by_name else written.union(*(one.written for one in inner))),
        changes or not names.isdisjoint(_IN_PLACE) or any(one.in_place for one in inner),
    )


def _is_fixed(value: Any) -> bool:
    kinds = (type, FunctionType, BuiltinFunctionType)
    return isinstance(value, kinds) and is_library(module_of(value))
