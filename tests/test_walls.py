"""The walls of the house: which part may import which. One test a folder."""

import ast
import re

import pytest

from tests.house import ROOT, arrows, circles, floors, imported, modules

FRAMEWORKS = {"keras", "tensorflow", "jax", "torch"}
DRAWING = {"PIL", "matplotlib", "IPython"}
MOST_LINES = 300
IMPORTS = {
    path.relative_to(ROOT).as_posix(): imported(name, path, ast.walk)
    for name, path in modules().items()
}
"""What each file imports, also in functions and for type checkers."""


def offenders(folder, *forbidden, but="-"):
    """Return who in a folder, or a file, imports what it must not, with what it imports."""
    return {
        (name, module)
        for name, found in IMPORTS.items()
        if name.startswith(folder) and not name.startswith(but)
        for module in found
        if any(f"{module}.".startswith(f"{one}.") for one in forbidden)
    }


def test_there_is_something_to_check():
    assert "tensorflow" in IMPORTS["keras/backends/tensorflow.py"]
    assert "camlight.base" in IMPORTS["saving.py"]


def test_values_load_nothing_of_ours():
    assert not offenders("base.py", *FRAMEWORKS, "matplotlib", "IPython")
    loaded = imported("camlight.base", ROOT / "base.py")
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
    lines = {name: len((ROOT / name).read_text("utf-8").splitlines()) for name in IMPORTS}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_no_circle_of_imports():
    """Imports for type checkers count: readers follow them as well."""
    assert circles(arrows()) == []


FLOORS = ["graph", "run", "backends", "capture", "quantities"]
"""The folders of the hook, from the ground up."""


@pytest.mark.parametrize("folder", FLOORS)
def test_no_arrow_up_in_the_hook(folder):
    higher = [f"camlight.keras.{one}" for one in FLOORS[FLOORS.index(folder) + 1 :]]
    below = {f"camlight.keras.{one}" for one in FLOORS} - {*higher}
    top = {
        module
        for _, module in offenders(f"keras/{folder}/", "camlight.keras")
        if not any(f"{module}.".startswith(f"{one}.") for one in below)
    }
    assert top == set()


def test_the_hook_has_few_rooms_on_few_floors():
    """Backends are one room, and quantities; a door, a package's own file, is none."""
    families = ("camlight.keras.backends", "camlight.keras.quantities")
    doors = {"camlight.keras", *(f"camlight.keras.{one}" for one in ("graph", "run", "capture"))}
    graph = {
        room: needs - doors
        for room, needs in arrows("keras", as_one=families).items()
        if room not in doors
    }
    assert len(graph) <= 30
    assert floors(graph) <= 8


def test_private_names_of_keras_stand_in_two_files():
    private = re.compile(
        r"\._(?:keras_history|inbound_nodes|nodes_by_depth|functional|flatten_layers)|keras\.src"
    )
    found = {name for name in IMPORTS if private.search((ROOT / name).read_text("utf-8"))}
    assert found == {"keras/graph/nodes.py", "keras/run/hooks.py"}
