"""The study's tables, plot, page and advice belong to its results; its intervals are right."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import camlight
from docs.hooks import cards
from studies import plot, shown
from studies.found import EARLY, LAST, MIDDLE, RESULTS, Found
from studies.intervals import Interval, interval
from studies.which_method import OF_A_LAYER, PARTS, setting_of

PAGE = Path(__file__).parents[1] / "docs" / "which-method.md"
NUMBER = re.compile(r"(?<![\d.])\d\.\d\d(?!\.?\d)")
MEASURED = {row["method"] for part in ("localised", "slow") for row in Found().parts[part]}
"""All but new methods, and those that need a transformer: the study's networks are none."""


@pytest.fixture(scope="module")
def found():
    return Found()


@pytest.fixture(scope="module")
def tables():
    return shown.TABLES.read_text(encoding="utf-8")


def test_an_interval_by_hand():
    """Three photos can be drawn in 27 ways; all that counts is how often each came."""
    rows = [["a", 0.0], ["b", 3.0], ["c", 6.0]]
    sums = sorted(0 * a + 3 * b + 6 * c for a, b, c in _draws_of_three())
    assert len(sums) == 27
    # a single draw of 27 is 3.7 % of them: the ends are those of all a's and all c's
    assert interval(rows, 1) == pytest.approx((3.0, sums[0] / 3, sums[-1] / 3)) == (3, 0, 6)


def _draws_of_three():
    for first in range(3):
        for second in range(3):
            for third in range(3):
                drawn = [first, second, third]
                yield drawn.count(0), drawn.count(1), drawn.count(2)


def test_a_pair_counts_as_often_as_both_of_its_photos():
    """Of two photos drawn twice, (a, a) and (b, b) leave no pair: those draws tell nothing."""
    assert interval([["a | b", 1.0], ["b | a", 2.0]], 1) == pytest.approx((1.5, 1.5, 1.5))
    rows = [["a | b", 1.0], ["a | c", 4.0], ["b | c", 7.0]]
    means = [
        (a * b * 1 + a * c * 4 + b * c * 7) / (a * b + a * c + b * c)
        for a, b, c in _draws_of_three()
        if a * b + a * c + b * c
    ]
    assert len(means) == 24
    # a mean of 24 is 4.2 % of them; c and b twice, or a and b twice, leave one pair each
    assert interval(rows, 1) == pytest.approx((4.0, min(means), max(means))) == (4, 1, 7)


def test_cases_of_one_photo_are_drawn_together():
    """Ten cases of one photo make the interval no narrower."""
    once = interval([["a", 0.0], ["b", 1.0]], 1)
    often = interval([["a", 0.0]] * 10 + [["b", 1.0]] * 10, 1)
    assert once == often == (0.5, 0.0, 1.0)


def test_a_difference_is_taken_case_by_case():
    rows, others = [["a", 0.2], ["b", 0.9]], [["a", 0.1], ["b", 0.8]]
    assert interval(rows, 1, minus=others) == pytest.approx((0.1, 0.1, 0.1))
    with pytest.raises(ValueError, match="the same cases"):
        interval(rows, 1, minus=others[::-1])


def test_sure_is_what_leaves_out_0_in_hundredths():
    assert shown.surely(Interval(0.1, 0.01, 0.2)) == 1
    assert shown.surely(Interval(-0.1, -0.2, -0.01)) == -1
    assert shown.surely(Interval(0.002, 0.001, 0.004)) == 0
    assert shown.surely(Interval(0.1, -0.1, 0.3)) == 0


def test_the_tables_are_those_of_the_results(found, tables):
    """`python -m studies.shown` writes them."""
    assert shown.report(found) == tables


def test_a_table_follows_its_results(tmp_path, found, tables):
    """One other number in the results, and the tables are others."""
    for part in PARTS:
        text = (RESULTS / f"{part}.json").read_text(encoding="utf-8")
        (tmp_path / f"{part}.json").write_text(text, encoding="utf-8")
    data = json.loads((tmp_path / "localised.json").read_text(encoding="utf-8"))
    data["rows"][0]["moved"][0][1] += 0.9
    (tmp_path / "localised.json").write_text(json.dumps(data), encoding="utf-8")
    assert shown.report(Found(tmp_path)) != tables


def test_the_results_are_complete(found):
    """Every fast setting on both networks with all pairs and places, and nothing twice."""
    for rows in found.parts.values():
        assert len({setting_of(row) for row in rows}) == len(rows)
    for row in found.parts["localised"]:
        assert (len(row["pairs"]), len(row["moved"])) == (40, 20), setting_of(row)
    assert set(camlight.METHODS) >= MEASURED
    for method in MEASURED - {"random"}:
        layer = LAST if method in OF_A_LAYER else ""
        covered, known = found.cases("covered", method, layer)
        assert [case[0] for case in covered[:5]] == found.about["photos"]
        assert len(covered) == len(known)


def test_the_random_map_tells_nothing_apart(found):
    for layer in (LAST, MIDDLE, EARLY):
        assert interval(found.cases("pairs", "random", layer)[0], 1).mean == pytest.approx(0.5)
        share = interval(found.cases("moved", "random", layer)[0], 1).mean
        assert share == pytest.approx(found.about["chance"]["moved"], abs=0.02)


def test_the_plot_is_drawn_of_the_results(found):
    """It carries a digest of its points: pixels would differ with the fonts of each machine."""
    with Image.open(plot.PLOT) as kept:
        assert kept.info["xmp"].decode() == plot.digest(found)
    assert plot.PLOT.stat().st_size < 120_000


def test_the_plot_s_points_by_hand(found):
    """Grad-CAM at the last layer, out of the file itself."""
    rows = json.loads((RESULTS / "localised.json").read_text(encoding="utf-8"))["rows"]
    asked = {"method": "gradcam", "layer": LAST, "pre_softmax": True}
    shares = [share for row in rows if asked.items() <= row.items() for _, share, _ in row["pairs"]]
    assert len(shares) == 2 * 40
    method, layer, (mean, low, high) = plot.points(found, "pairs")[0]
    assert (method, layer) == ("gradcam", LAST)
    assert mean == pytest.approx(np.mean(shares), abs=1e-4)
    assert low < mean < high


def test_the_page_tells_numbers_of_the_tables(tables):
    prose = PAGE.read_text(encoding="utf-8")
    numbers, known = NUMBER.findall(prose), set(NUMBER.findall(tables))
    assert len(numbers) > 15
    assert [one for one in numbers if one not in known] == []


@pytest.mark.parametrize("method", sorted({*camlight.METHODS} - {"random"}))
def test_advice_rests_on_the_rows_of_what_it_names(method, tables):
    advice = cards.notes(method, camlight.METHODS[method]).get("Advice", "")
    if method not in MEASURED:
        assert "study" in advice or not advice
        return
    named = {shown.title(method), "*random map", *_methods_in(advice)}
    rows = [row for row in tables.splitlines() if row[2:].split(" | ")[0].split(",")[0] in named]
    numbers, known = NUMBER.findall(advice), set(NUMBER.findall("\n".join(rows)))
    assert numbers, "advice without a number"
    assert [one for one in numbers if one not in known] == []


def _methods_in(text):
    titles = map(shown.title, camlight.METHODS)
    return [one for one in titles if re.search(rf"(?<![\w-]){re.escape(one)}(?![\w+])", text, re.I)]
