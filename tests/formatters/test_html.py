"""The card as it is written: what is in it, how large it is, and that nothing in it is code."""

import re
import time
from html.parser import HTMLParser
from urllib.parse import unquote

import eli5.base
import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import Explanation, TargetExplanation
from camlight.formatters import fields
from tests.pictures import from_url

HOSTILE = "</script><script>alert('x')</script>\"' onload=\"alert(1)&"


class Page(HTMLParser):
    """Collects tags, attributes and text, as a browser would see them."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.words = [], {}, []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes.setdefault(tag, []).append(dict(attributes))

    def handle_data(self, data):
        if self.tags and self.tags[-1] not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).replace("\xa0", " ").split())

    @property
    def maps(self):
        return [row for row in self.attributes["label"] if "data-map" in row]


@pytest.fixture
def expl():
    target = TargetExplanation(285, score=0.93, heatmap=np.array([[1.0, 0.0, 0.0], [0.0, 0, 0.25]]))
    return Explanation(
        "net",
        description="what it does",
        method="Grad-CAM",
        targets=[target],
        image=Image.new("RGB", (6, 4)),
        layer="conv",
        warnings=["mind the gap"],
    )


def layers_of(page):
    """The photo and the map over it, as they lie in the one picture."""
    [image] = page.attributes["img"]
    head, _, picture = image["src"].partition(",")
    assert head == "data:image/svg+xml"
    return [from_url(url) for url in re.findall(r"href='([^']+)'", unquote(picture))]


def test_what_is_told(expl):
    page = Page(camlight.format_as_html(expl))
    assert page.text == (
        "Warning: mind the gap Where net looked y=285 score 0.930 most evidence: upper left, 80 % "
        "Explained as: Grad-CAM, layer conv , 2 × 3 cells what it does"  # noqa: RUF001 # times
    )
    [image] = page.attributes["img"]
    assert "upper left, 80" in image["alt"]
    [target] = page.maps
    assert target["data-map"] == "1000 0 0 0 0 250"
    assert (target["data-rows"], target["data-columns"], target["data-block"]) == ("2", "3", "1")


def test_names_numbers_and_bars(expl):
    expl.targets = [
        TargetExplanation(1, name="cat", score=9.5, proba=0.75, heatmap=np.eye(2)),
        TargetExplanation(2, name="dog", score=-1.0, proba=0.25, heatmap=np.zeros((2, 2))),
    ]
    page = Page(camlight.format_as_html(expl))
    assert "cat probability 0.750 y=1 · score 9.500 · most evidence: " in page.text
    assert "dog probability 0.250 y=2 · score -1.000 · no evidence anywhere" in page.text
    assert [b["style"] for b in page.attributes["span"] if b.get("class") == "camlight-bar"] == [
        "width: 75.0%",
        "width: 25.0%",
    ]


def test_scores_that_are_no_shares_have_no_bars(expl):
    expl.targets[0].score = 1.5
    assert 'class="camlight-bar"' not in camlight.format_as_html(expl)


def test_shows_what_is_asked(expl):
    only_words = Page(camlight.format_as_html(expl, show=fields.INFO))
    assert "img" not in only_words.tags
    assert "script" not in only_words.tags
    assert "what it does" in only_words.text
    assert "what it does" not in Page(camlight.format_as_html(expl, show=fields.WEIGHTS)).text
    assert camlight.format_html_styles() in camlight.format_as_html(expl)
    assert "<style>" not in camlight.format_as_html(expl, include_styles=False)


def test_everything_is_escaped():
    target = TargetExplanation(HOSTILE, heatmap=np.eye(2), name=HOSTILE)
    expl = Explanation(
        HOSTILE,
        description=HOSTILE,
        error=HOSTILE,
        method=HOSTILE,
        targets=[target],
        image=Image.new("L", (4, 4)),
        layer=HOSTILE,
        warnings=[HOSTILE],
    )
    page = Page(camlight.format_as_html(expl))
    assert page.tags.count("script") == 1
    assert page.text.count("alert(") == 2 * 8
    attributes = [element for elements in page.attributes.values() for element in elements]
    assert not [name for element in attributes for name in element if name.startswith("on")]
    assert HOSTILE in page.attributes["img"][0]["alt"]


def test_names_cannot_turn_the_words_around_them(expl):
    expl.targets[0].name = "قط \u202e"
    assert "<bdi>قط \u202e</bdi>" in camlight.format_as_html(expl)


def test_cards_are_alike_and_have_no_names_that_could_clash(expl):
    page = camlight.format_as_html(expl)
    assert page == camlight.format_as_html(expl)
    assert all("id" not in element for tag in Page(page).attributes.values() for element in tag)


def test_a_large_photo_with_large_maps_is_small():
    """Noise is the worst that a photo can be."""
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (1024, 1024, 3), dtype=np.uint8))
    targets = [TargetExplanation(i, heatmap=rng.uniform(size=(112, 112))) for i in range(6)]
    expl = Explanation("net", targets=targets, image=noise)
    assert len(camlight.format_as_html(expl)) < 300_000


@pytest.fixture
def photo():
    """A smooth picture of 1024 x 768 pixels with some noise, as photos are."""
    rng = np.random.default_rng(1)
    low = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
    smooth = np.asarray(low.resize((1024, 768), Image.Resampling.BICUBIC), dtype=float)
    return Image.fromarray((smooth + rng.normal(0, 3, smooth.shape)).clip(0, 255).astype("uint8"))


def test_a_photo_is_stored_once_and_in_good_quality(photo):
    rng = np.random.default_rng(2)
    targets = [TargetExplanation(i, heatmap=rng.uniform(size=(7, 7))) for i in range(5)]
    page = camlight.format_as_html(Explanation("net", targets=targets, image=photo))
    assert len(page) < 300_000
    assert page.count("data:image/jpeg;base64,") == 1
    shown, _ = layers_of(Page(page))
    assert shown.size == (1024, 768)
    assert np.abs(np.asarray(shown, dtype=float) - np.asarray(photo)).mean() < 3


def test_takes_less_than_a_tenth_of_a_second(photo):
    rng = np.random.default_rng(2)
    targets = [TargetExplanation(i, heatmap=rng.uniform(size=(7, 7))) for i in range(5)]
    expl = Explanation("net", targets=targets, image=photo)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        camlight.format_as_html(expl)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1


def test_without_a_script_the_first_map_is_seen(photo):
    """As `format_as_image` draws it: 1 of 255 apart in the mean, 99 of 100 pixels less than 5."""
    image = photo.resize((128, 96))
    heatmap = np.random.default_rng(3).uniform(size=(5, 6))
    expl = Explanation("net", targets=[TargetExplanation(1, heatmap=heatmap)], image=image)
    shown, heat = layers_of(Page(camlight.format_as_html(expl)))
    np.testing.assert_array_equal(np.asarray(shown), np.asarray(image))
    large = heat.resize(image.size, Image.Resampling.BICUBIC)
    seen = np.asarray(Image.alpha_composite(shown.convert("RGBA"), large), dtype=float)
    off = np.abs(seen - np.asarray(camlight.format_as_image(expl)))[..., :3]
    assert off.mean() < 1
    assert np.quantile(off, 0.99) < 5


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
@pytest.mark.parametrize("size", [(1, 1), (9, 7), (300, 200), (2500, 20)])
def test_pictures_of_any_kind(mode, size):
    image = Image.new(mode, size)
    expl = Explanation("net", targets=[TargetExplanation(1, heatmap=np.eye(3))], image=image)
    shown, _ = layers_of(Page(camlight.format_as_html(expl)))
    assert shown.size == (min(size[0], 1024), round(size[1] * min(1, 1024 / size[0])))
    assert shown.mode in ("RGB", "RGBA")
    if mode in ("LA", "RGBA"):
        assert np.asarray(shown)[..., 3].max() == 0


def test_large_maps_are_stored_as_means_of_blocks():
    heatmap = np.random.default_rng(4).uniform(size=(200, 150))
    expl = Explanation("net", targets=[TargetExplanation(1, heatmap=heatmap)])
    expl.image = Image.new("RGB", (150, 200))
    [target] = Page(camlight.format_as_html(expl)).maps
    assert (target["data-rows"], target["data-columns"], target["data-block"]) == (
        "200",
        "150",
        "2",
    )
    stored = np.array(target["data-map"].split(), dtype=int).reshape(100, 75)
    means = heatmap.reshape(100, 2, 75, 2).mean(axis=(1, 3))
    assert np.abs(stored - 1000 * means).max() <= 0.5


def test_the_last_blocks_may_be_smaller(expl):
    ramp = np.arange(160 * 161).reshape(160, 161) / (160 * 161)
    expl.targets[0].heatmap = ramp
    [target] = Page(camlight.format_as_html(expl)).maps
    assert target["data-block"] == "2"
    stored = np.array(target["data-map"].split(), dtype=int).reshape(80, 81)
    assert stored[0, -1] == round(1000 * ramp[:2, 160].mean())


def test_what_cannot_be_drawn_is_told(expl):
    expl.targets.append(TargetExplanation(2, heatmap=np.array([[np.nan, 1.0]])))
    expl.targets.append(TargetExplanation(3, heatmap=np.array([[2.0, 1.0]])))
    expl.targets.append(TargetExplanation(4))
    page = Page(camlight.format_as_html(expl))
    assert len(page.maps) == 1
    assert "y=2 a map with values that are no numbers" in page.text
    assert "y=4 no map" in page.text
    assert len(layers_of(page)) == 2
    expl.targets = expl.targets[1:]
    page = Page(camlight.format_as_html(expl))
    assert page.attributes["img"][0]["src"].startswith("data:image/png;base64,")
    assert "data-map" not in page.attributes["label"][0]


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4)])
def test_signals_and_volumes(shape):
    heatmap = np.zeros(shape)
    heatmap.flat[0] = 1.0
    expl = Explanation("ecg", targets=[TargetExplanation(1, score=0.5, heatmap=heatmap)])
    page = Page(camlight.format_as_html(expl))
    assert "most evidence: first " in page.text
    assert "100 %" in page.text
    assert not page.maps
    [image] = page.attributes["img"]
    drawn = camlight.format_as_image(expl)
    np.testing.assert_array_equal(np.asarray(from_url(image["src"])), np.asarray(drawn))
    expl.targets[0].heatmap = np.full(shape, np.nan)  # which can't be drawn
    page = Page(camlight.format_as_html(expl))
    assert "img" not in page.tags
    assert "no numbers" in page.text


def test_explanations_of_the_real_eli5():
    target = eli5.base.TargetExplanation(np.int64(3), score=0.5, heatmap=np.eye(2))
    image = Image.new("L", (2, 2))
    expl = eli5.base.Explanation("net", method="CAM", targets=[target], image=image)
    page = Page(camlight.format_as_html(explanation=expl))
    assert "y=3 score 0.500" in page.text
    assert len(layers_of(page)) == 2


def test_colours_and_opacity(expl):
    [card] = [
        element
        for element in Page(camlight.format_as_html(expl, colormap="gray")).attributes["div"]
        if element.get("class") == "camlight-card"
    ]
    assert card["data-colours"].startswith("000000010101")
    assert card["data-limit"] == "0.65"
    assert 'data-limit="1.0"' in camlight.format_as_html(expl, alpha_limit=None)
    with pytest.raises(ValueError, match="alpha_limit"):
        camlight.format_as_html(expl, alpha_limit=2)
    with pytest.raises(ValueError, match="colormap"):
        camlight.format_as_html(expl, colormap="virids")
