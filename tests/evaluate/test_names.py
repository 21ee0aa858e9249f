"""What `camlight.evaluate` loads, and the names that it had before."""

import subprocess
import sys

import pytest

from camlight import evaluate

BEFORE = {
    evaluate.Result: "Agreement Faithfulness LabelPermutation PhotoPairs Randomisation Report "
    "Section",
    evaluate.Row: "Beside Finding PhotoPair RandomisedStep",
    evaluate.randomization: "randomisation",
}


@pytest.mark.parametrize("name", evaluate.__all__)
def test_no_function_is_hidden_by_the_file_of_its_name(name):
    assert not hasattr(getattr(evaluate, name), "__path__")
    assert type(getattr(evaluate, name)).__name__ != "module"


def test_names_that_it_had_before():
    for now, names in BEFORE.items():
        assert all(getattr(evaluate, name) is now for name in names.split())


def test_measures_of_arrays_load_numpy_and_pillow_alone():
    heavy = ("camlight.demo", "camlight.keras", "keras", "matplotlib", "scipy", "skimage")
    code = (
        "import sys, camlight.evaluate as e, numpy as np;"
        "e.deletion(np.eye(2), np.ones((2, 2, 1)), lambda p: p.sum((1, 2, 3)), steps=2);"
        f"print(*(name for name in {heavy} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_details_are_attributes():
    row = evaluate.Row("deletion", values={"map": 0.5}, details={"note": "few"})
    result = evaluate.Result("Is it?", rows=(row,), details={"seed": 3, "measures": (row,)})
    assert (result.seed, result["deletion"].note, list(result)) == (3, "few", [row])
    assert "seed" in dir(result)
    with pytest.raises(AttributeError, match="'Result' object has no attribute 'sead'"):
        _ = result.sead
    assert result.as_rows() == [{"name": "deletion", "note": "few", "map": 0.5, "better": ""}]
    assert result.as_dict()["seed"] == 3
    assert "measures" not in result.as_dict()
