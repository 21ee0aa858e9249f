"""Names that load on first use: the door that keeps ``import camlight`` light."""

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import Any

__all__ = ["lazy"]


def lazy(
    package: str, homes: Mapping[str, str], submodules: Collection[str] = ()
) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package whose names are loaded when they are asked for.

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

    return load
