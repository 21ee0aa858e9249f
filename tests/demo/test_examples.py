import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "camlight.demo",
        "camlight.demo.labels",
        "camlight.demo.networks",
        "camlight.demo.photos",
        "camlight.demo.torch_file",
    ],
)
def test_examples_in_the_docstrings_run(module):
    failed, attempted = doctest.testmod(importlib.import_module(module))
    assert attempted > 0
    assert failed == 0
