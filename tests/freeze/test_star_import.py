"""`from camlight import *` brings functions and classes, and shadows nobody's names."""

from types import ModuleType

import pytest

import camlight
from tests.test_light import fresh

SUBMODULES = {
    "base",
    "demo",
    "evaluate",
    "explain",
    "formatters",
    "ipython",
    "keras",
    "methods",
}


def test_keras_stays_the_users():
    code = (
        "import keras; mine = keras; from camlight import *;"
        "print(keras is mine, callable(explain_prediction), 'demo' in globals())"
    )
    assert fresh(code) == "True True False"


def test_the_layers_of_keras_stay_the_users():
    code = (
        "from keras import layers; mine = layers; from camlight import *;"
        "print(layers is mine, 'load' in globals())"
    )
    assert fresh(code) == "True False"


@pytest.mark.parametrize("name", ["layers", "load"])
def test_what_is_not_brought_is_found_all_the_same(name):
    code = f"import camlight; from camlight import {name}; print('{name}' in dir(camlight))"
    assert fresh(code) == "True"
    assert callable(getattr(camlight, name))


def test_no_module_is_brought():
    values = [getattr(camlight, name) for name in camlight.__all__]
    assert not [value for value in values if isinstance(value, ModuleType)]


def test_submodules_are_found_all_the_same():
    assert set(dir(camlight)) >= SUBMODULES
    assert all(isinstance(getattr(camlight, name), ModuleType) for name in SUBMODULES)
