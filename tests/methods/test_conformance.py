"""camlight's maps beside those of independent implementations, of the same network.

The peers aren't needed: what they say was kept by `make conformance`.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.conformance.by_hand import FORMULAS, worked_out
from benchmarks.conformance.case import TARGET, in_keras, load
from benchmarks.conformance.evidence import EVIDENCE
from benchmarks.conformance.keeping import kept
from benchmarks.conformance.measuring import difference, ours, reproduced, theirs
from benchmarks.conformance.page import AGREEMENT, PAGE, text
from benchmarks.conformance.pairs import PAIRS
from camlight import METHODS
from tests.references import array

THERE = [pair for pair in PAIRS if pair.method in METHODS]
AGREE = [pair for pair in THERE if not pair.departure]
DEPART = [pair for pair in THERE if pair.departure]


def named(pair):
    return pair.name


@pytest.mark.parametrize("pair", AGREE, ids=named)
def test_the_map_is_the_peers(pair):
    assert difference(pair.ours(ours(pair)), pair.theirs(theirs(pair))) <= pair.tolerance


@pytest.mark.parametrize("pair", DEPART, ids=named)
def test_where_a_peer_leaves_the_paper_ours_does_not(pair):
    paper = worked_out(FORMULAS[pair.method])
    found = ours(pair)
    said, explained, right = map(pair.theirs, (theirs(pair), reproduced(pair), paper))
    assert difference(found, paper) <= pair.tolerance
    assert difference(explained, said) <= pair.tolerance
    assert difference(said, right) > 50 * pair.tolerance


def test_all_explain_the_same_network():
    weights, picture = load()
    scores = array(in_keras(weights)(picture))[0]
    np.testing.assert_allclose(scores, kept("autograd")["logits"], rtol=1e-4, atol=1e-5)
    assert scores.argmax() == TARGET


def test_the_page_shows_what_was_measured():
    assert PAGE.read_text(encoding="utf-8") == text()


def test_what_was_measured_is_all_there_is():
    rows = json.loads(AGREEMENT.read_text(encoding="utf-8"))["rows"]
    assert [row["name"] for row in rows] == [pair.name for pair in THERE], "run `make conformance`"


@pytest.mark.parametrize("method", [name for name in EVIDENCE if name in METHODS])
def test_what_holds_a_method_is_there(method):
    for name in (EVIDENCE[method].by_hand, EVIDENCE[method].oracle):
        file, _, function = name.partition("::")
        assert f"def {function}(" in Path(__file__).with_name(file).read_text(encoding="utf-8")
