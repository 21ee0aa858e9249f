"""The optional packages of the demo: imported when they are needed, not before."""

from importlib import import_module
from types import ModuleType


def require(module: str) -> ModuleType:
    """Import an optional package; the ImportError names the command that installs it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"camlight.demo expected the module {module!r} to be installed, "
            f"received {type(error).__name__}: {error}. "
            'Install what the demo needs with: pip install "camlight[demo]"',
            name=module,
        ) from error
