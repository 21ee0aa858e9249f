"""Names that load on first use: the door that keeps ``import camlight`` light."""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib import import_module
from typing import Any

__all__ = ["LazyTable", "lazy"]


def lazy(
    package: str, homes: Mapping[str, str], submodules: Collection[str] = ()
) -> Callable[[str], Any]:
    """Make a package load its names when they are asked for; return its ``__getattr__``.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    homes : mapping of str to str
        Public names, each with the submodule that defines it.
    submodules : collection of str
        Submodules that are reached without an import of their own.
    """

    def load(name: str) -> Any:
        if name in submodules:
            return import_module(f"{package}.{name}")
        if name in homes:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    module = sys.modules[package]
    names = sorted({*module.__all__, *submodules})
    # set where type checkers don't see it: they would take any name for one of the module's
    vars(module).update(__getattr__=load, __dir__=lambda: names)
    return load


class LazyTable(Mapping[str, Any]):
    """A table of names whose values are loaded when they are asked for.

    Parameters
    ----------
    package : str
        The package that the values are in.
    homes : mapping of str to str
        For each name the value's place inside the package, such as ``"module.function"``.
    """

    def __init__(self, package: str, homes: Mapping[str, str]) -> None:
        self._package = package
        self._homes = dict(homes)

    def __getitem__(self, name: str) -> Any:
        module, _, attribute = self._homes[name].rpartition(".")
        return getattr(import_module(f"{self._package}.{module}"), attribute)

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)

    def __repr__(self) -> str:
        return f"<{len(self)} in {self._package}: {', '.join(self)}>"
