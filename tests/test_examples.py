"""The examples in the docstrings run and print what they say; every public function has one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest
from keras.config import backend

import camlight

BACKENDS = "camlight.keras.backends."
MODULES = sorted(
    name
    for _, name, _ in pkgutil.walk_packages(camlight.__path__, "camlight.")
    if not name.endswith("__main__")
    and name not in {BACKENDS + other for other in {"jax", "tensorflow", "torch"} - {backend()}}
)


TAKE_LONG = {"camlight.evaluate.faithfulness", "camlight.evaluate.report"}
"""They run a real network hundreds of times: once, on TensorFlow, is enough."""


@pytest.mark.parametrize("name", ["camlight", *MODULES])
def test_examples(name):
    if name in TAKE_LONG and backend() != "tensorflow":
        pytest.skip("the calls are the same on every backend, and take long: TensorFlow runs them")
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


PUBLIC = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in (
        camlight,
        camlight.formatters,
        camlight.formatters.image,
        camlight.keras,
        camlight.demo,
        camlight.evaluate,
    )
    for name in module.__all__
    if callable(getattr(module, name))
}


PUBLIC |= {"camlight.layers": camlight.layers, "camlight.load": camlight.load}
"""Public, though a star import leaves them out."""


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_function_shows_how_it_is_used(name):
    if not (inspect.isclass(PUBLIC[name]) and issubclass(PUBLIC[name], Warning)):
        assert ">>>" in inspect.getdoc(PUBLIC[name])
        assert "+SKIP" not in inspect.getdoc(PUBLIC[name])
