"""The walls of the house: which part may import which. One test a folder."""

import ast
from functools import cache
from pathlib import Path

import pytest

import camlight

ROOT = Path(camlight.__file__).parent
FILES = {path.relative_to(ROOT).as_posix(): path for path in sorted(ROOT.rglob("*.py"))}
FRAMEWORKS = {"keras", "tensorflow", "jax", "torch"}
DRAWING = {"PIL", "matplotlib", "IPython"}
MOST_LINES = 300


def module_of(name):
    """Return the module of a file, such as ``"camlight.keras"`` of ``"keras/__init__.py"``."""
    parts = Path("camlight", name).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(name): name for name in FILES}


@cache
def imports_of(name, inside=ast.walk):
    """Return every module that a file imports, in functions and for type checkers too."""
    return frozenset(_imports_of(name, inside))


def _imports_of(name, inside):
    package = module_of(name).split(".")
    if not name.endswith("__init__.py"):
        package.pop()
    for node in inside(ast.parse(FILES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            home = ".".join([*above, *([node.module] if node.module else [])])
            parts = [f"{home}.{alias.name}" for alias in node.names]
            yield from (part if part in MODULES else home for part in parts)


def outside_functions(node):
    """Yield what runs when a file is loaded."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from outside_functions(child)


def offenders(folder, *forbidden, but=()):
    """Return who in a folder, or a file, imports what it must not, with what it imports."""
    return {
        (name, module)
        for name in FILES
        if name.startswith(folder) and not name.startswith(but or "-")
        for module in imports_of(name)
        if any(f"{module}.".startswith(f"{one}.") for one in forbidden)
    }


def test_there_is_something_to_check():
    assert "keras/backends/tensorflow.py" in FILES
    assert "tensorflow" in imports_of("keras/backends/tensorflow.py")
    assert "camlight.base" in imports_of("saving.py")


def test_values_load_nothing_of_ours():
    assert not offenders("base.py", *FRAMEWORKS, "matplotlib", "IPython")
    loaded = imports_of("base.py", outside_functions)
    assert not [module for module in loaded if module.startswith("camlight")]


def test_methods_know_numpy_alone():
    assert not offenders("methods/", *FRAMEWORKS, *DRAWING, "camlight.keras", "camlight.formatters")


def test_formatters_know_no_model():
    ours = {"camlight.keras", "camlight.demo", "camlight.evaluate", "camlight.methods"}
    assert not offenders("formatters/", *FRAMEWORKS, *ours)


def test_measures_know_the_hook_by_one_door():
    assert not offenders("evaluate/", *FRAMEWORKS)
    hook = {module for _, module in offenders("evaluate/", "camlight.keras")}
    assert hook <= {"camlight.keras.measuring"}


def test_the_keras_hook_draws_nothing():
    assert not offenders("keras/", "camlight.formatters", "camlight.evaluate", "matplotlib")


@pytest.mark.parametrize("framework", sorted(FRAMEWORKS - {"keras"}))
def test_only_its_backend_imports_a_framework(framework):
    assert not offenders("", framework, but=f"keras/backends/{framework}.py")


def test_keras_stays_in_its_rooms():
    assert not offenders("", "keras", but=("keras/", "demo/", "integrations/"))


def test_files_are_read_at_one_sitting():
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in FILES.items()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_no_circle_of_imports():
    """Imports for type checkers count: readers follow them as well."""
    graph = {
        module: imports_of(name, outside_functions) & MODULES.keys() - {module, "camlight"}
        for module, name in MODULES.items()
    }
    while free := {module for module, needs in graph.items() if not needs & graph.keys()}:
        graph = {module: needs for module, needs in graph.items() if module not in free}
    assert graph == {}, "a circle"
