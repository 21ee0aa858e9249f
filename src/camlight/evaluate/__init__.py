"""How far can a map be trusted? Measures of maps, each beside maps that know nothing.

A measure is a pure function of a map and of a function that scores pictures. Each name loads on
first use; no file is called as what it defines.
"""

from typing import TYPE_CHECKING

from camlight._lazy import lazy

if TYPE_CHECKING:
    from .controls import centre_map, random_map

_HOMES = {
    "centre_map": "controls",
    "random_map": "controls",
}

__all__ = [
    "centre_map",
    "random_map",
]


__getattr__ = lazy(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
