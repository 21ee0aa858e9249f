"""camlight for code that says ``import eli5`` and can't be changed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Literal

_active: Installation | None = None


class Installation:
    """What `install_as_eli5` did, and the way back.

    Attributes
    ----------
    mode : {"registered", "replaced"}
        ``"registered"``: the real eli5 is there and explains Keras models with camlight.
        ``"replaced"``: it isn't, and ``import eli5`` gives camlight.
    """

    def __init__(self, mode: Literal["registered", "replaced"], undo: Callable[[], None]) -> None:
        self.mode = mode
        self._undo = undo

    def undo(self) -> None:
        """Take the installation back. A second call does nothing."""
        global _active
        if _active is self:
            _active = None
            self._undo()

    def __repr__(self) -> str:
        did = {
            "registered": "camlight explains Keras models in the installed eli5",
            "replaced": "eli5 is not installed: `import eli5` gives camlight",
        }
        return f"<{did[self.mode]}{'' if _active is self else ' (undone)'}>"


def install_as_eli5() -> Installation:
    """Make code that says ``import eli5`` explain Keras models with camlight.

    Where the real eli5 is installed, camlight's explainer of Keras models is registered in it, and
    its others stay. Where it isn't, ``import eli5`` and its submodules give camlight's.

    Returns
    -------
    Installation
        Its ``mode`` says which was done, ``undo()`` takes it back; until then it stays the same.

    Examples
    --------
    >>> installed = install_as_eli5()
    >>> installed.mode in ("registered", "replaced")
    True
    >>> installed.undo()
    """
    global _active
    if _active is None:
        if find_spec("eli5") is None:
            _active = Installation("replaced", _replace())
        else:
            _active = Installation("registered", _register())
    return _active


def _replace() -> Callable[[], None]:
    finder = _Eli5Finder()
    sys.meta_path.insert(0, finder)

    def undo() -> None:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.partition(".")[0] == "eli5"]:
            del sys.modules[name]

    return undo


class _Eli5Finder(MetaPathFinder, Loader):
    """Find ``eli5.x`` by importing ``camlight.x`` and handing out that same module."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != "eli5":
            return None
        own = _own_name(fullname)
        return None if find_spec(own) is None else ModuleSpec(fullname, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        own = importlib.import_module(_own_name(module.__name__))
        sys.modules[module.__name__] = own
        # also what it loaded: found here, the module `eli5.keras.gradcam` isn't bound to its
        # package again, where the function of the same name stands
        for name, loaded in list(sys.modules.items()):
            if name.startswith(f"{own.__name__}."):
                sys.modules[name.replace("camlight", "eli5", 1)] = loaded


def _own_name(fullname: str) -> str:
    return "camlight" + fullname.removeprefix("eli5")


def _register() -> Callable[[], None]:
    import eli5
    import keras

    from camlight.keras import explain_prediction_keras

    from .eli5_values import to_eli5

    @wraps(explain_prediction_keras)
    def explain(*args: Any, **kwargs: Any) -> Any:
        return to_eli5(explain_prediction_keras(*args, **kwargs))

    registered = eli5.explain_prediction.dispatch(keras.Model)
    name = "explain_prediction_keras"
    paths = ("eli5", "eli5.keras", "eli5.keras.explain_prediction")
    homes = [home for path in paths if hasattr(home := sys.modules.get(path), name)]

    def put(explainer: Any) -> None:
        eli5.explain_prediction.register(keras.Model, explainer)
        for home in homes:
            setattr(home, name, explainer)

    put(explain)
    return lambda: put(registered)
