"""Every method has its card: text out of its docstring, a picture, a time."""

import re

import pytest
from mkdocs.exceptions import PluginError
from PIL import Image

import camlight
from docs.hooks import cards

NAMES = list(camlight.METHODS)
DRAWN = sorted(path.stem for path in cards.PICTURES.glob("*.webp") if path.stem != "photo")


@pytest.mark.parametrize("name", NAMES)
def test_a_card_has_all_its_parts(name):
    card = cards.card(name, camlight.METHODS[name])
    for label in ("Formula", "Paper", "Assumes", "Cost", "Fails"):
        assert re.search(rf"<dt>{label}</dt>\n<dd>.{{5}}", card), label
    assert f'method="{name}"' in card


@pytest.mark.parametrize("name", NAMES)
def test_a_paper_can_be_found(name):
    paper = cards.notes(name, camlight.METHODS[name])["Paper"]
    assert re.search(r"https://(arxiv\.org/abs/\d{4}\.\d{4,5}|doi\.org/10\.|github\.com/)", paper)
    assert paper.startswith("none") or re.search(r"\b(19|20)\d\d\b", paper), "the year"


@pytest.mark.parametrize("name", DRAWN)
def test_what_was_drawn_and_measured_is_shown(name):
    card = cards.card(name, camlight.METHODS[name])
    assert re.search(r"Measured: [\d.]+ (ms|s)\b", card)
    assert f"pictures/methods/{name}.webp" in card


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_small_and_of_squares(name):
    path = cards.PICTURES / f"{name}.webp"
    assert path.stat().st_size < 40_000
    with Image.open(path) as picture:
        assert picture.width in (456, 688)
        assert picture.height == 224


def test_nothing_is_left_of_methods_that_are_gone():
    assert set(DRAWN) <= set(NAMES)
    assert set(cards.measured()["methods"]) == set(DRAWN)


def test_the_page_has_a_sheet_and_a_card_for_each_in_order():
    page = cards.on_page_markdown(f"{cards.SHEET}\n{cards.MEASURED}\n{cards.CARDS}\n")
    anchors = re.findall(r'href="#(\S+?)"', page)
    assert anchors == re.findall(r"\{ #(\S+) \.method \}", page)
    assert len(anchors) == len(NAMES)
    assert "<!--" not in page


def test_a_method_without_a_part_ends_the_build():
    def bare(activations):
        """Bare: it says too little.

        Notes
        -----
        - Formula: ``A``.
        - Cost: nothing.
        """

    with pytest.raises(
        PluginError, match=r"`bare`.*begins with `- Paper: `. Received: Formula, Cost"
    ):
        cards.notes("bare", bare)


def test_a_new_method_has_a_card_before_it_is_drawn_and_measured(monkeypatch, tmp_path):
    (tmp_path / "measured.json").write_text('{"methods": {}}', encoding="utf-8")
    monkeypatch.setattr(cards, "PICTURES", tmp_path)
    card = cards.card("gradcam", camlight.METHODS["gradcam"])
    assert "<dt>Formula</dt>" in card
    assert "<img" not in card + cards.contact_sheet().partition("</span>")[2]
    assert "Measured" not in card


def test_a_call_shows_the_options_there_are():
    function = camlight.METHODS["integrated_gradients"]
    assert '"steps": 64, "baseline": 0.0' in cards.call("integrated_gradients", function)
    assert cards.call("cam", camlight.METHODS["cam"]).count("\n") == 0
