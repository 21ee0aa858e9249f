"""The tour: an example on the public names alone, whose page shows what it says."""

import re
import sys
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO
from types import SimpleNamespace

import pytest
from PIL import Image

from camlight import demo
from examples import page

STEPS = page.steps_of(page.HERE / "tour.py")


class Page(HTMLParser):
    """The tags of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def tour(lite0, lite1):
    """The page, and the names that its steps define; each network is loaded once for all tests."""
    names = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "efficientnet_lite0", lambda: lite0)
        patch.setattr(demo, "efficientnet_lite1", lambda: lite1)
        html = page.page_of(STEPS, names)
    return SimpleNamespace(html=html, page=Page(html), **names)


def test_the_page_needs_no_other_file_and_no_network(tour):
    assert not {"script", "link", "iframe", "object", "base"} & {tag for tag, _ in tour.page.tags}
    assert not re.search(r"url\(|@import|srcset|https?:", tour.html)
    for image in tour.page.all("img"):
        content = b64decode(image["src"].removeprefix("data:image/webp;base64,"), validate=True)
        assert Image.open(BytesIO(content)).size == (int(image["width"]), int(image["height"]))
        assert image["alt"]
    assert len(tour.html) < 1_000_000


def test_one_section_for_each_step(tour):
    steps = [f"step-{number}" for number in range(1, 8)]
    assert [section["id"] for section in tour.page.all("section")] == steps
    assert [link["href"] for link in tour.page.all("a")] == [f"#{step}" for step in steps]
    assert all(step.text.endswith(".") and "shown = {" in step.code for step in STEPS)


def test_what_the_steps_say_holds(tour):
    """The cat is on the left, the cup on the right; the default map is the coarsest."""
    for target, on_the_left in zip(tour.both.targets, (True, False), strict=True):
        column = int(target.heatmap.argmax()) % target.heatmap.shape[1]
        assert (column < target.heatmap.shape[1] // 2) is on_the_left
    assert tour.first.targets[0].target == demo.PHOTOS["chelsea"]
    early, middle, last = (
        expl.targets[0].heatmap.size for expl in (tour.early, tour.middle, tour.first)
    )
    assert early > middle > last
    behind, before = (expl.targets[0].heatmap > 0.5 for expl in (tour.probability, tour.logit))
    assert before.sum() > 1.5 * behind.sum()


def test_what_is_found_stands_below_the_picture(tour):
    assert "espresso (score=0.134)" in tour.html
    assert "7 x 7 map at layer top_activation" in tour.html


def test_everything_inserted_is_escaped():
    nasty = '<b a="1">'
    shown = f"from PIL import Image\nshown = {{{nasty!r}: Image.new('RGB', (5, 3))}}"
    html = page.page_of([page.Step(nasty, nasty, shown)], {})
    assert "<b " not in html
    assert Page(html).all("img")[0]["alt"] == nasty


def test_the_command_writes_the_page_and_says_where(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(page, "steps_of", lambda script: [page.Step("One", "", "shown = {}")])
    monkeypatch.setattr(sys, "argv", ["page.py", "--output", str(tmp_path / "deep" / "folder")])
    page.main()
    index = tmp_path / "deep" / "folder" / "index.html"
    assert "One" in index.read_text(encoding="utf-8")
    assert str(index.resolve()) in capsys.readouterr().out.splitlines()[-1]
