"""camlight's maps beside those of independent implementations, of the same network.

The peers aren't needed: what they say was kept by `make conformance`.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.conformance.page import AGREEMENT, PAGE, text
from camlight import METHODS
from tests.conformance.case import TARGET, in_keras, load
from tests.conformance.evidence import EVIDENCE
from tests.conformance.keeping import kept
from tests.conformance.measuring import difference, ours, paper, reproduced, theirs
from tests.conformance.pairs import PAIRS
from tests.references import array

TESTS = Path(__file__).parent.parent
AGREE = [pair for pair in PAIRS if not pair.departure]
DEPART = [pair for pair in PAIRS if pair.departure]


def named(pair):
    return pair.name


@pytest.mark.parametrize("pair", AGREE, ids=named)
def test_the_map_is_the_peers(pair):
    assert difference(pair.ours(ours(pair)), pair.theirs(theirs(pair))) <= pair.tolerance


@pytest.mark.parametrize("pair", DEPART, ids=named)
def test_where_a_peer_leaves_the_paper_ours_does_not(pair):
    right = paper(pair)
    assert difference(pair.ours(ours(pair)), pair.ours(right)) <= pair.tolerance
    said = pair.theirs(theirs(pair))
    assert difference(pair.theirs(reproduced(pair)), said) <= pair.tolerance
    assert difference(said, pair.theirs(right)) > 20 * pair.tolerance


def test_all_explain_the_same_network():
    weights, picture = load()
    scores = array(in_keras(weights)(picture))[0]
    np.testing.assert_allclose(scores, kept("autograd")["logits"], rtol=1e-4, atol=1e-5)
    assert scores.argmax() == TARGET


def test_what_is_compared_are_methods():
    assert {pair.method for pair in PAIRS} < set(METHODS)
    assert set(EVIDENCE) <= set(METHODS)


def test_the_page_shows_what_was_measured():
    assert PAGE.read_text(encoding="utf-8") == text()


def test_what_was_measured_is_all_there_is():
    rows = json.loads(AGREEMENT.read_text(encoding="utf-8"))["rows"]
    assert [row["name"] for row in rows] == [pair.name for pair in PAIRS], "run `make conformance`"


@pytest.mark.parametrize("method", EVIDENCE)
def test_the_tests_that_the_page_names_are_there(method):
    for name in (EVIDENCE[method].by_hand, EVIDENCE[method].oracle):
        file, _, function = name.partition("::")
        source = (TESTS / f"{file}.py").read_text(encoding="utf-8")
        assert f"def {function}(" in source


def test_methods_that_the_page_does_not_name_have_tests_by_hand():
    sources = [path.read_text(encoding="utf-8") for path in (TESTS / "methods").glob("test_*.py")]
    for method in set(METHODS) - set(EVIDENCE):
        name = METHODS[method].__name__
        assert any(name in source and "by_hand" in source for source in sources), method
