import re
import subprocess
import sys
from base64 import b64decode
from contextlib import redirect_stdout
from html import unescape
from html.parser import HTMLParser
from io import BytesIO, StringIO
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import demo
from camlight.demo.__main__ import main
from camlight.demo.tour.page import page
from camlight.demo.tour.parts import Answer, Picture, Step
from camlight.demo.tour.png import png_bytes
from camlight.formatters.location import describe_location

PICTURES = {
    "1-photo": "photo",
    "1-egyptian-cat": "overlay",
    "2-espresso": "espresso_overlay",
    "3-early-layer": "early",
    "3-middle-layer": "middle",
    "4-heatmap-cells": "cells",
    "4-heatmap-boxes": "boxes",
    "4-heatmap-smooth": "smooth",
    "4-heatmap-coloured": "coloured",
    "5-magma": "magma",
    "5-turbo": "turbo",
    "5-faint": "faint",
    "5-strong": "strong",
    "6-with-softmax": "with_softmax",
    "6-without-softmax": "without",
    "7-lite1": "other_overlay",
}
"""The pictures of the page, and what the code on the page calls them."""


class Page(HTMLParser):
    """The tags of a page, and the text of its elements of some kinds."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)
        self.html = html

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def texts(self, tag):
        found = re.findall(rf"<{tag}\b[^>]*>(.*?)</{tag}>", self.html, re.DOTALL)
        return [unescape(re.sub(r"<[^>]+>", "\n", text)).replace("\xa0", " ") for text in found]


@pytest.fixture(scope="module")
def tour(tmp_path_factory, lite0, lite1):
    """What the command wrote and printed, and the names that the code on the page defines."""
    folder = tmp_path_factory.mktemp("tour") / "deep" / "folder"
    logits = demo.efficientnet_lite0(classifier_activation=None)
    out = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        # the networks as they are, each loaded once for all tests
        networks = {"softmax": lite0, None: logits}
        patch.setattr(
            demo,
            "efficientnet_lite0",
            lambda classifier_activation="softmax": networks[classifier_activation],
        )
        patch.setattr(demo, "efficientnet_lite1", lambda: lite1)
        code = main(["--output", str(folder)])
        page = Page((folder / "index.html").read_text(encoding="utf-8"))
        names = {}
        for snippet in page.texts("pre"):
            exec(snippet.strip(), names)
    return SimpleNamespace(
        code=code, folder=folder, out=out.getvalue(), page=page, names=names, logits=logits
    )


def opened(tour, name):
    with Image.open(tour.folder / f"{name}.png") as image:
        return np.asarray(image.convert("RGB")).astype(int)


def figure(tour, label):
    [text] = {t for t in tour.page.texts("figcaption") if t.strip().startswith(f"{label}\n")}
    return text


def test_each_picture_is_written_and_differs_from_the_others(tour):
    assert {path.stem for path in tour.folder.glob("*.png")} == {*PICTURES, "readme"}
    pixels = {name: opened(tour, name) for name in PICTURES}
    assert all(np.ptp(array) > 150 for array in pixels.values())
    assert all(not np.array_equal(a, b) for a, b in combinations(pixels.values(), 2))


def test_pictures_are_small(tour):
    sizes = {path.stem: path.stat().st_size for path in tour.folder.glob("*.png")}
    assert sizes.pop("readme") < 200_000
    assert max(sizes.values()) < 120_000
    assert opened(tour, "readme").shape[1] == pytest.approx(900, rel=0.05)


def test_code_on_the_page_makes_its_pictures(tour):
    for file, name in PICTURES.items():
        made = tour.names[name]
        if isinstance(made, camlight.Explanation):
            made = camlight.format_as_image(made)
        assert png_bytes(made) == (tour.folder / f"{file}.png").read_bytes(), file


def test_page_needs_no_other_file_and_no_network(tour):
    assert not {"script", "link", "iframe", "object", "base"} & {tag for tag, _ in tour.page.tags}
    assert not re.search(r"url\(|@import|srcset|https?:", tour.page.html)
    inlined = {
        b64decode(image["src"].removeprefix("data:image/png;base64,"), validate=True)
        for image in tour.page.all("img")
    }
    assert inlined == {(tour.folder / f"{name}.png").read_bytes() for name in PICTURES}
    for image in tour.page.all("img"):
        content = b64decode(image["src"].partition(",")[2])
        assert Image.open(BytesIO(content)).size == (int(image["width"]), int(image["height"]))


def test_every_picture_has_words(tour):
    texts = [image["alt"] for image in tour.page.all("img")]
    assert all("left" in text or "right" in text or "centre" in text for text in texts)
    assert len(tour.page.all("figcaption")) == len(texts)


def test_one_labelled_section_for_each_step(tour):
    steps = [f"step-{number}" for number in range(1, 8)]
    assert [section["id"] for section in tour.page.all("section")] == steps
    assert [link["href"] for link in tour.page.all("a")] == [f"#{step}" for step in steps]
    headings = tour.page.texts("h2")
    assert [h.split("\n")[1] for h in headings] == [f"Step {number}" for number in range(1, 8)]


def test_numbers_on_the_page_are_those_of_the_explanations(tour):
    names = tour.names
    for label, expl in {
        "Egyptian cat": names["expl"],
        "espresso": names["espresso"],
        "Egyptian cat, an early layer": names["early"],
        "Egyptian cat, a middle layer": names["middle"],
        "tiger cat, with softmax": names["with_softmax"],
        "tiger cat, without softmax": names["without"],
        "Egyptian cat, efficientnet_lite1": names["other"],
    }.items():
        [target] = expl.targets
        height, width = target.heatmap.shape
        lines = [line for line in figure(tour, label).split("\n") if line]
        assert lines[1:] == [
            f"score {target.score:.3f}",
            f"layer {expl.layer}, {height} x {width}",
            f"where to look: {describe_location(target.heatmap)}",
        ]


def test_five_best_classes_are_named_with_where_to_look(tour):
    [scores] = tour.names["model"].predict(tour.names["doc"], verbose=0)
    [table] = tour.page.texts("tbody")
    for index in scores.argsort()[-5:]:
        expl = camlight.explain_prediction(
            tour.names["model"], tour.names["doc"], targets=[int(index)]
        )
        name, where = demo.class_name(index), describe_location(expl.targets[0].heatmap)
        share = f"{scores[index] * 100:.1f} %"
        assert re.search(rf"^ +{share}  {name} +where to look: {where}$", tour.out, re.MULTILINE)
        assert re.search(rf"{name}\s+{share}\s+{where}", table)


def test_evidence_moves_to_the_other_object(tour):
    photo = opened(tour, "1-photo")
    half = photo.shape[1] // 2
    changes = {}
    for name in ("1-egyptian-cat", "2-espresso"):
        change = abs(opened(tour, name) - photo).sum(axis=2)
        changes[name] = change[:, :half].sum() / change[:, half:].sum()
    assert changes["1-egyptian-cat"] > 3
    assert changes["2-espresso"] < 1 / 3
    for name, on_the_left in (("expl", True), ("espresso", False)):
        heatmap = tour.names[name].targets[0].heatmap
        column = int(heatmap.argmax()) % heatmap.shape[1]
        assert (column < heatmap.shape[1] // 2) is on_the_left


def test_what_the_steps_say_holds(tour):
    sizes = [tour.names[name].targets[0].heatmap.size for name in ("early", "middle", "last")]
    assert sizes[0] > sizes[1] > sizes[2]
    doc, logits = tour.names["doc"], tour.logits
    assert tour.names["without"].targets[0].score == pytest.approx(
        float(logits.predict(doc, verbose=0)[0, 282]), abs=1e-4
    )
    areas = {name: tour.names[name].targets[0].heatmap for name in ("with_softmax", "without")}
    assert (areas["without"] > 0.5).sum() > 1.5 * (areas["with_softmax"] > 0.5).sum()


def test_progress_is_told_and_the_page_named_last(tour):
    lines = tour.out.splitlines()
    told = [line.partition(":")[0] for line in lines if line.startswith("Step")]
    assert told == [f"Step {number} of 7" for number in range(1, 8)]
    assert str((tour.folder / "index.html").resolve()) in lines[-1]
    assert tour.code == 0


def test_everything_inserted_is_escaped():
    nasty = '<b a="1">&\''
    image = Image.new("RGB", (5, 3))
    picture = Picture("x", image, nasty, (nasty,), nasty)
    html = page([Step(nasty, nasty, nasty, (picture,), (), (Answer(nasty, 0.5, nasty),))])
    assert "<b" not in html.replace("<body", "")
    assert Page(html).all("img")[0]["alt"] == nasty
    assert html.count("&lt;b a=&quot;1&quot;&gt;&amp;&#x27;") == 9


@pytest.mark.parametrize("inside", ["", "folder"])
def test_a_file_for_a_folder_is_one_line_and_code_2(inside, tmp_path, capsys):
    (tmp_path / "taken").write_text("mine")
    assert main(["--output", str(tmp_path / "taken" / inside)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r".*error: expected --output to be a folder, received '.*taken.*\n", err)
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_missing_package_is_one_line_and_code_2(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)  # Python's way to block an import
    assert main(["--output", str(tmp_path)]) == 2
    assert re.fullmatch(r'.*error: .*pip install "camlight\[demo\]"\n', capsys.readouterr().err)


def test_the_command_has_help():
    command = [sys.executable, "-m", "camlight.demo", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "--output FOLDER" in done.stdout
    assert "demo-output" in done.stdout
