"""Names that load on first use: the door that keeps ``import camlight`` light."""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib import import_module
from typing import Any


def lazy(
    package: str, homes: Mapping[str, str], submodules: Collection[str] = ()
) -> Callable[[str], Any]:
    """Make a package load names from their `homes`, its submodules; return its ``__getattr__``."""

    def load(name: str) -> Any:
        if name in submodules:
            return import_module(f"{package}.{name}")
        if name in homes:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    module = sys.modules[package]
    names = sorted({*module.__all__, *homes, *submodules})
    # set where type checkers don't see it: they would take any name for one of the module's
    vars(module).update(__getattr__=load, __dir__=lambda: names)
    return load


class LazyTable(Mapping[str, Any]):
    """A table of names whose values, such as ``"module.function"``, load when asked for."""

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
