"""METHODS: each entry is a function to import, and a new one is found everywhere by itself."""

import json
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import METHODS
from camlight.methods import hirescam
from camlight.methods.method import read_method
from docs.hooks import cards

MODULES = [
    import_module(f"camlight.methods.{one.name}") for one in iter_modules(camlight.methods.__path__)
]


@pytest.mark.parametrize("name", METHODS)
def test_each_is_imported_by_its_functions_name(name):
    """Though all modules of the package were imported before."""
    identifier = name.replace("++", "_plus_plus")
    found = {}
    exec(f"from camlight.methods import {identifier}", found)
    assert found[identifier] is METHODS[name]
    assert METHODS[name].__name__ == identifier
    assert read_method(name).is_known
    assert identifier in dir(camlight.methods)


def test_no_module_is_called_like_what_it_defines():
    defined = {
        name
        for module in MODULES
        for name, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__
    }
    assert not defined & {module.__name__.rpartition(".")[2] for module in MODULES}


def test_what_is_not_there():
    with pytest.raises(AttributeError, match="'camlight.methods' has no attribute 'gradcm'"):
        camlight.methods.gradcm  # noqa: B018


def powered(activations, gradients, *, power=2):
    """PowerCAM: HiResCAM's evidence raised to a power, its sign kept.

    Notes
    -----
    - Formula: ``sign(h) * abs(h) ** power``.
    - Paper: none.
    - Assumes: little.
    - Cost: that of HiResCAM.
    - Fails: by design.
    """
    evidence = hirescam(activations, gradients)
    return np.sign(evidence) * np.abs(evidence) ** power


@pytest.fixture
def new(monkeypatch):
    """The name of a method that is but a function and an entry of METHODS."""
    monkeypatch.setitem(METHODS, "powered", powered)
    return "powered"


def test_a_new_method_explains(new, network, doc):
    asked = {"targets": [1], "layer": ["conv", "sum"]}
    expl = camlight.explain_prediction(network, doc, method=new, **asked)
    each = [
        camlight.explain_prediction(network, doc, [1], method="hirescam", layer=layer)
        for layer in asked["layer"]
    ]
    maps = [one.targets[0].raw_map for one in each]
    expected = np.mean([np.sign(signed) * signed**2 for signed in maps], axis=0)
    np.testing.assert_allclose(expl.targets[0].raw_map, expected, atol=1e-9)
    assert (expl.method, expl.layer) == ("PowerCAM", "conv + sum")
    expl = camlight.explain_prediction(
        network, doc, method=new, method_options={"power": 1}, **asked
    )
    np.testing.assert_allclose(expl.targets[0].raw_map, np.mean(maps, axis=0), atol=1e-9)
    [batch] = camlight.explain_predictions(network, doc, method=new, **asked)
    assert batch.method == "PowerCAM"


def test_a_new_method_is_known_by_its_name(new):
    assert camlight.methods.powered is powered
    assert read_method(new).function is powered
    assert not read_method(new).is_known  # what a user adds is given copies, as it may write
    with pytest.raises(ValueError, match="Did you mean 'powered'"):
        read_method("powerd")


def test_a_new_method_has_its_card_and_its_reference(new, monkeypatch, tmp_path):
    monkeypatch.setattr(cards, "PICTURES", tmp_path)
    Image.new("RGB", (456, 224)).save(tmp_path / f"{new}.webp")
    measured = {"network": 2.0, "methods": {new: 3.0}}
    (tmp_path / "measured.json").write_text(json.dumps(measured), encoding="utf-8")
    card = cards.card(new, METHODS[new])
    assert card.startswith("## PowerCAM { #powered .method }")
    assert "HiResCAM's evidence raised to a power" in card
    assert 'method="powered", method_options={"power": 2}' in card
    assert f"::: {__name__}.powered\n" in cards.on_page_markdown(cards.FUNCTIONS)
