"""Figures of matplotlib's, their words, and how large these are."""

import itertools
import re

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from PIL import Image

import camlight
from camlight import Explanation, format_as_figure, format_as_image
from tests.formatters.test_layouts import boxes, explanation, target

RAMP = [[0, 0.5, 1.0], [0, 0.5, 1.0]]
ODD = [
    "猫",
    "القط المصري",
    "חתול",
    "кошка",
    "$\\frac{$ 6_x",
    "two\nlines \u202e back",
    "\ue000",
    " ",
    "%s {0} <b>",
    "👩‍🚀",
]


def words(figure):
    """All texts of a figure that are there to see."""
    return [t for t in figure.findobj(matplotlib.text.Text) if t.get_visible() and t.get_text()]


def texts(figure):
    return [text.get_text().replace("\n", " ") for text in words(figure)]


def test_what_a_grid_says():
    expl = explanation(
        target(RAMP, 285, name="Egyptian cat", score=0.75, proba=1 / 3),
        target(np.array(RAMP) / 8, 7, score=np.float32(12.3456)),
        target(-np.array(RAMP), 3),
        layer="a/b",
    )
    said = texts(format_as_figure(expl))
    for text in (
        "Egyptian cat",
        "score 0.75, probability 0.333, peak 1",
        "y=7",
        "score 12.3, peak 0.12",
        "y=3",
        "peak 0",
        "evidence (1 = strongest of all)",
        "Grad-CAM at layer a/b, network net",
        *("0", "0.25", "0.5", "0.75", "1"),
    ):
        assert said.count(text) == 1, text


def test_what_panels_and_a_signed_bar_say():
    expl = explanation(target(RAMP, "mine", score=2.0))
    said = texts(format_as_figure(expl, layout="panels", signed=True))
    assert {"Photo", "400 x 200 pixels", "Map: mine", "score 2", "Map over photo"} <= {*said}
    assert {"1 for", "\u22121 against", "\u22120.5", "0", "0.5"} <= {*said}
    assert "evidence (1 = strongest)" in said


@pytest.mark.parametrize("name", ODD)
def test_names_of_any_script(name):
    """Warnings are errors here: one of matplotlib's says that a letter is missing."""
    expl = explanation(target(RAMP, 285, name=name), target(RAMP, name))
    assert format_as_image(expl).mode == "RGBA"
    said = texts(format_as_figure(expl))
    assert "y=285" in said or any(word in said for word in (name, "two lines back"))
    assert not any("\u202e" in text for text in said)


@pytest.mark.parametrize("layout", ["grid", "panels"])
@pytest.mark.parametrize("size", [(32, 21), (21, 32), (1000, 667), (2600, 1700)])
def test_text_fits_pictures_of_any_size(size, layout):
    name = "a very long name of a class " * 9
    raw = [target(np.random.default_rng(i).normal(size=(7, 7)), i, name=name) for i in range(2)]
    expl = explanation(*raw, size=size)
    drawn = format_as_image(expl, layout=layout, alpha_limit=0)
    left, top, right, bottom = boxes(drawn)[0]
    assert max(right - left, bottom - top) == min(max(*size, 320), 2000)
    assert (right - left) / (bottom - top) == pytest.approx(size[0] / size[1], rel=0.01)
    ink = np.asarray(drawn.convert("L"))[:top, left:right] < 128
    rows = np.flatnonzero(ink.any(axis=1))
    share = (rows[-1] - rows[0]) / max(right - left, bottom - top)
    assert 0.08 < share < 0.16, "three lines of text or four, as large beside any picture"
    between = np.asarray(drawn.convert("L"))[: rows[-1], right : right + 5]
    assert (between > 250).all(), "no text runs into the next cell"


@pytest.mark.parametrize("layout", ["grid", "panels"])
@pytest.mark.parametrize("size", [(450, 600), (300, 451)])
def test_the_numbers_under_a_name_are_whole(size, layout):
    """How strong a map is comes last, and is what a shared scale is for: numbers stay together."""
    raw = [
        target(scale * np.array(RAMP), i, score=6.22, proba=0.0865)
        for i, scale in enumerate((1, 0.65))
    ]
    figure = format_as_figure(explanation(*raw, size=size), layout=layout)
    assert "score 6.22, probability 0.0865, peak 0.65" in texts(figure)
    assert {text.get_fontsize() for text in words(figure) if "score" in text.get_text()} == {8.0}


@pytest.mark.parametrize("size", [(900, 30), (20, 700), (1, 1000), (1000, 1)])
@pytest.mark.parametrize("layout", ["grid", "panels"])
def test_words_have_room_beside_strips(size, layout):
    raw = [target(RAMP, i, name="Egyptian cat", score=0.5) for i in range(2)]
    figure = format_as_figure(explanation(*raw, size=size), layout=layout)
    said = texts(figure)
    assert "Egyptian cat" in said or "Map: Egyptian cat" in said
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    bar = figure.axes[-1]
    boxes = [text.get_window_extent() for text in bar.get_yticklabels()]
    assert all(low.y1 < high.y0 for low, high in itertools.pairwise(boxes)), "none overlap"
    label = bar.yaxis.label.get_window_extent()
    assert label.y0 >= 0
    assert label.y1 <= figure.bbox.height


def test_the_size_of_text_can_be_set():
    expl = explanation(target(RAMP, score=0.5))
    heights = []
    for size in (10, 30):
        figure = format_as_figure(expl, text_size=size)
        assert {text.get_fontsize() for text in words(figure) if "score" in text.get_text()} == {
            size
        }
        drawn = format_as_image(expl, layout="grid", text_size=size, alpha_limit=0)
        heights.append(boxes(drawn)[0][1])
    assert heights[1] == pytest.approx(3 * heights[0], abs=3)


def test_shortened_no_more_than_needed():
    expl = explanation(target(RAMP, name="abcdefghij " * 9))
    figure = format_as_figure(expl)
    [title] = [text for text in words(figure) if text.get_text().startswith("abc")]
    assert title.get_text().endswith("…")
    renderer = FigureCanvasAgg(figure).get_renderer()
    width = title.get_window_extent(renderer).width
    room = figure.axes[0].get_window_extent().width
    assert 0.9 * room < width <= room + 1


def test_a_pdf_keeps_text_and_lines(tmp_path):
    noise = np.random.default_rng(0).normal(size=(9, 9))
    expl = explanation(target(RAMP, name="Egyptian cat"), target(noise, 1))
    with matplotlib.rc_context({"pdf.compression": 0, "pdf.fonttype": 42}):
        format_as_figure(expl).savefig(tmp_path / "plain.pdf")
        format_as_figure(expl, contours=3).savefig(tmp_path / "lines.pdf")
    plain, lines = ((tmp_path / f"{n}.pdf").read_bytes() for n in ("plain", "lines"))
    assert re.findall(rb"/BaseFont /\w+\+(DejaVuSans[-\w]*)", plain)
    assert plain.count(b"BT\n") >= 9
    assert b"/FontFile2" in plain
    images = {data.count(b"/Subtype /Image") for data in (plain, lines)}
    assert len(images) == 1, "lines are no pictures"
    drawn = [len(re.findall(rb" [lc]\n", data)) for data in (plain, lines)]
    assert drawn[1] > drawn[0] + 200


WARNINGS = ["The map is empty.", "The softmax is saturated: ask for pre_softmax=True " * 3]


@pytest.mark.parametrize("layout", ["grid", "panels"])
def test_warnings_stand_above_what_is_drawn(layout):
    expl = explanation(target(RAMP), warnings=WARNINGS)
    figure = format_as_figure(expl, layout=layout)
    [said] = [text for text in words(figure) if text.get_text().startswith("Warning")]
    found = said.get_text().replace("\n", " ").strip()
    assert found == " ".join(f"Warning: {warning}".strip() for warning in WARNINGS)
    renderer = FigureCanvasAgg(figure).get_renderer()
    box = said.get_window_extent(renderer)
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.width
    title = figure.axes[0]._left_title.get_window_extent(renderer)
    assert title.y1 < box.y0, "they don't overlap"
    plain = format_as_image(explanation(target(RAMP)), layout=layout, alpha_limit=0)
    warned = format_as_image(expl, layout=layout, alpha_limit=0)
    assert warned.height > plain.height
    assert [box[2:3] for box in boxes(warned)] == [box[2:3] for box in boxes(plain)]
    bare = format_as_image(expl)
    assert bare == format_as_image(explanation(target(RAMP))), "ELI5's pixels"


@pytest.mark.parametrize("text_size", [1, 60, 200])
def test_text_of_any_size_finds_room(text_size):
    """Warnings are errors here: one of matplotlib's says that nothing fits."""
    expl = explanation(target(RAMP, name="a cat " * 60, score=0.5), warnings=[*WARNINGS, "x" * 999])
    drawn = format_as_image(expl, layout="grid", text_size=text_size, alpha_limit=0)
    [(left, _, right, _)] = boxes(drawn)
    assert right - left == 400


def test_warnings_of_signals_and_on_axes_of_yours(subplots):
    signal = Explanation("net", targets=[target([0.0, 1.0, 0.0])], warnings=WARNINGS[:1])
    assert "Warning: The map is empty." in texts(format_as_figure(signal))
    for layout in (None, "constrained"):
        figure, axes = subplots(1, 2, layout=layout)
        format_as_figure(signal, axes[0])
        expl = explanation(target(RAMP), warnings=WARNINGS[:1])
        format_as_figure(expl, axes[1])
        assert texts(figure).count("Warning: The map is empty.") == 2


def test_an_svg_keeps_text_as_text(tmp_path):
    expl = explanation(target(RAMP, name="Egyptian cat", score=0.5), warnings=WARNINGS[:1])
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        format_as_figure(expl, contours=1).savefig(tmp_path / "where.svg")
    text = (tmp_path / "where.svg").read_text(encoding="utf-8")
    for said in ("Egyptian cat", "score 0.5", WARNINGS[0], "network net", "evidence"):
        assert re.search(rf"<text[^>]*>[^<]*{said}", text), said


def test_it_leaves_matplotlibs_settings_alone():
    before = dict(matplotlib.rcParams)
    format_as_image(explanation(target(RAMP, name="猫")), layout="grid", contours=1)
    assert dict(matplotlib.rcParams) == before
    assert not plt.get_fignums()


def test_contours_of_a_figure_by_hand():
    figure = format_as_figure(
        explanation(target(RAMP), size=(300, 100)),
        resampling_filter=Image.Resampling.BILINEAR,
        contours=1,
    )
    axes, bar = figure.axes
    [path] = axes.collections[0].get_paths()
    line = path.vertices
    np.testing.assert_allclose(line[:, 0], 149.5, atol=0.01)
    assert line[:, 1].min() == pytest.approx(0, abs=1)
    assert axes.images[0].get_extent() == [-0.5, 299.5, 99.5, -0.5]
    marks = [c for c in bar.collections if isinstance(c, LineCollection)]
    assert [[0.5, 0.5]] in [[line[:, 0].tolist() for line in mark.get_segments()] for mark in marks]


@pytest.fixture
def subplots():
    made = []

    def make(*args, **kwargs):
        figure, axes = plt.subplots(*args, **kwargs)
        made.append(figure)
        return figure, axes

    yield make
    for figure in made:
        plt.close(figure)


@pytest.mark.parametrize("engine", [None, "constrained", "tight"])
def test_on_axes_of_yours(subplots, engine, tmp_path):
    figure, axes = subplots(1, 2, layout=engine)
    expl = explanation(target(RAMP, name="cat", score=0.5))
    assert format_as_figure(expl, axes[1]) is axes[1]
    assert not axes[0].images
    assert len(axes[1].images) == 1
    assert {"cat", "score 0.5"} <= {*texts(figure)}
    assert len(figure.axes) == 3
    figure.savefig(tmp_path / "mine.png")
    renderer = FigureCanvasAgg(figure).get_renderer()
    for text in words(figure):
        box = text.get_window_extent(renderer)
        assert box.x1 <= figure.bbox.width, text.get_text()
    [label] = [text for text in words(figure) if text.get_text() == "score 0.5"]
    assert label.get_fontsize() == matplotlib.rcParams["font.size"]


def test_on_many_axes_of_yours(subplots):
    targets = [target(RAMP, i) for i in range(4)]
    figure, axes = subplots(2, 2)
    assert format_as_figure(explanation(*targets), axes) is axes
    assert [len(one.images) for one in axes.ravel()] == [1, 1, 1, 1]
    assert len(figure.axes) == 5
    _, three = subplots(1, 3)
    format_as_figure(explanation(targets[0]), list(three), layout="panels")
    assert [len(one.images) for one in three] == [1, 1, 1]


def test_on_a_part_of_a_figure_and_cut_to_its_width(subplots):
    whole, _ = subplots(layout="constrained", figsize=(9, 3))
    whole.clear()
    axes = whole.subfigures(1, 2)[1].subplots()
    long, short = "a name of many words " * 9, "a name of a few words"
    format_as_figure(explanation(target(RAMP, name=long)), axes)
    title = axes._left_title
    FigureCanvasAgg(whole).draw()
    room = axes.get_window_extent().width
    assert 0.8 * room < title.get_window_extent().width <= 1.05 * room
    figure, axes = subplots(2, 2, layout="constrained")
    format_as_figure(explanation(*(target(RAMP, i, name=short) for i in range(4))), axes)
    assert texts(figure).count(short) == 4


def test_axes_that_do_not_fit(subplots):
    _, axes = subplots(1, 3)
    expl = explanation(target(RAMP))
    with pytest.raises(ValueError, match="one Axes for each drawing, 1 in all. Received: 3"):
        format_as_figure(expl, axes)
    with pytest.raises(TypeError, match=r"such as `plt.subplots\(1, 1\)` returns. Received: str"):
        format_as_figure(expl, "here")
    with pytest.raises(TypeError, match="Received: Figure"):
        format_as_figure(expl, Figure())
    assert not any(one.images for one in axes)
    with pytest.raises(ValueError, match="with targets to draw. Received: none"):
        format_as_figure(Explanation("net", image=expl.image))


def test_it_follows_the_style_in_force():
    expl = explanation(target(RAMP))
    with plt.style.context("dark_background"):
        drawn = format_as_image(expl, layout="grid")
    assert drawn.getpixel((0, 0)) == (0, 0, 0, 255)
    assert np.asarray(drawn)[: boxes(drawn)[0][1]].max() == 255
    assert format_as_image(expl, layout="grid").getpixel((0, 0)) == (255, 255, 255, 255)


def test_it_is_public():
    assert camlight.formatters.format_as_figure is format_as_figure
