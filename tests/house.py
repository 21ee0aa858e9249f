"""The house as a graph: its rooms are modules, its arrows imports, its floors the longest chain."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import camlight

ROOT = Path(camlight.__file__).parent


def modules(folder=""):
    """Return the files of a folder of camlight's by their modules' names."""
    return {
        ".".join(["camlight", *_parts(path)]): path
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def _parts(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def arrows(folder="", as_one=()):
    """Return for each module those of the same folder that it imports as it loads.

    What a file imports for type checkers counts, what a function imports when it is called
    doesn't. Packages named in `as_one`, whose files are members of one family, are one room each.
    """
    rooms = modules(folder)
    graph = {}
    for name, path in rooms.items():
        needs = {_room(other, as_one) for other in imported(name, path) & rooms.keys()}
        graph.setdefault(_room(name, as_one), set()).update(needs - {_room(name, as_one)})
    return graph


def _room(name, as_one):
    return next((one for one in as_one if f"{name}.".startswith(f"{one}.")), name)


def outside_functions(node):
    """Yield all nodes but those inside functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield child
            yield from outside_functions(child)


def imported(name, path, inside=outside_functions):
    """Return the names of all modules that a file may import, and of what it takes from them.

    With ``inside=ast.walk`` also those that its functions import when they are called.
    """
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    found = set()
    for node in inside(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            home = ".".join([*above, *([node.module] if node.module else [])])
            parts = {f"{home}.{alias.name}" for alias in node.names}
            taken = parts & modules().keys()
            found |= taken if len(taken) == len(parts) else {home} | taken
    return found


def floors(graph):
    """Return the length of the longest chain of imports; the modules of a circle are on one."""
    circle_of = {name: frozenset({name}) for name in graph}
    for circle in circles(graph):
        circle_of |= dict.fromkeys(circle, frozenset(circle))
    needs = {circle: set() for circle in circle_of.values()}
    for name in graph:
        needs[circle_of[name]] |= {circle_of[other] for other in graph[name]} - {circle_of[name]}
    height = {}
    for circle in TopologicalSorter(needs).static_order():
        height[circle] = 1 + max((height[below] for below in needs[circle]), default=0)
    return max(height.values())


def circles(graph):
    """Return the sets of modules that import each other, directly or by others."""
    reach = {name: reached(graph, name) for name in graph}
    groups = {
        frozenset(other for other in reach[name] if name in reach[other])
        for name in graph
        if name in reach[name]
    }
    return sorted(map(sorted, groups))


def reached(graph, start):
    """Return all that can be reached along one arrow or more."""
    found, open_ = set(), [start]
    while open_:
        new = graph[open_.pop()] - found
        found |= new
        open_ += new
    return found
