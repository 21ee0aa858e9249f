"""The walls of the house: which part may import which."""

import ast
from pathlib import Path

import pytest

import camlight

ROOT = Path(camlight.__file__).parent
FILES = {path.relative_to(ROOT).as_posix(): path for path in ROOT.rglob("*.py")}
FRAMEWORKS = {"keras", "tensorflow", "jax", "torch"}


def imports_of(path):
    """Every module that a file imports, at its top or inside a function; not for type checkers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = "." * node.level
            yield package + (node.module or "")


def packages_of(name):
    return {module.partition(".")[0] for module in imports_of(FILES[name])}


def test_there_is_something_to_check():
    assert "keras/backends/tensorflow.py" in FILES
    assert "tensorflow" in packages_of("keras/backends/tensorflow.py")


@pytest.mark.parametrize("name", [n for n in FILES if n.split("/")[0] in ("methods", "base.py")])
def test_values_and_methods_know_numpy_alone(name):
    assert not packages_of(name) & {*FRAMEWORKS, "PIL", "matplotlib", "IPython"}


def test_values_load_nothing_of_ours():
    assert not [module for module in imports_at_top(FILES["base.py"]) if "camlight" in module]


@pytest.mark.parametrize("name", [n for n in FILES if n.startswith("formatters/")])
def test_formatters_know_no_model(name):
    assert not packages_of(name) & FRAMEWORKS
    assert not any(
        m.startswith(("camlight.keras", "camlight.demo")) for m in imports_of(FILES[name])
    )


@pytest.mark.parametrize("name", [n for n in FILES if n.startswith("evaluate/")])
def test_measures_know_no_framework(name):
    assert not packages_of(name) & FRAMEWORKS
    door = "camlight.keras.measuring"
    assert {m for m in imports_of(FILES[name]) if m.startswith("camlight.keras")} <= {door}


@pytest.mark.parametrize("name", FILES)
def test_only_its_backend_module_imports_a_framework(name):
    allowed = {Path(name).stem} if name.startswith("keras/backends/") else set()
    assert packages_of(name) & {"tensorflow", "jax", "torch"} <= allowed


@pytest.mark.parametrize("name", FILES)
def test_keras_stays_in_its_rooms(name):
    if not name.startswith(("keras/", "demo/", "integrations/")):
        assert "keras" not in packages_of(name)


@pytest.mark.parametrize("name", [n for n in FILES if n.startswith("keras/")])
def test_the_keras_hook_draws_nothing(name):
    assert not any(module.startswith("camlight.formatters") for module in imports_of(FILES[name]))
    assert "matplotlib" not in packages_of(name)


@pytest.mark.parametrize("name", FILES)
def test_files_are_read_at_one_sitting(name):
    assert len(FILES[name].read_text(encoding="utf-8").splitlines()) <= 300


def test_no_circle_of_imports():
    def module_of(name):
        return "camlight." + name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    modules = {module_of(name): name for name in FILES if name != "__init__.py"}
    graph = {
        module: {m for m in imports_at_top(FILES[name]) if m in modules and m != module}
        for module, name in modules.items()
    }
    while graph:
        free = {module for module, needs in graph.items() if not needs & graph.keys()}
        assert free, f"a circle among {sorted(graph)}"
        graph = {module: needs for module, needs in graph.items() if module not in free}


def imports_at_top(path):
    """What a file imports when it is loaded."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
