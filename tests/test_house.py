"""What the walls are measured with, by graphs whose floors and circles are known."""

from tests.house import ROOT, arrows, circles, floors, imported, modules


def test_floors_are_the_longest_chain():
    assert floors({"a": set()}) == 1
    assert floors({"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": {"c"}}) == 3


def test_a_circle_is_found_and_is_one_floor():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert circles(graph) == [["b", "c"]]
    assert floors(graph) == 3
    assert circles({"a": {"b"}, "b": set()}) == []


def test_imports_are_read_as_python_reads_them():
    """Relative ones, ones for type checkers, modules out of packages; not those of functions."""
    name, path = "camlight.ipython", ROOT / "ipython.py"
    found = imported(name, path) & modules().keys()
    assert found == {
        "camlight.base",
        "camlight.explain",
        "camlight.formatters.fields",
        "camlight.formatters.html",
        "camlight.formatters.image",
    }
    assert arrows()["camlight.base"] == set()


def test_a_family_can_be_one_room():
    as_one = arrows("keras", as_one=["camlight.keras.backends"])
    assert "camlight.keras.backends.torch" in arrows("keras")
    assert "camlight.keras.backends.torch" not in as_one
    assert "camlight.keras.backends" not in as_one["camlight.keras.backends"]
