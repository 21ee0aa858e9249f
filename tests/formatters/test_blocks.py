"""Maps in block characters: worked out by hand, character by character."""

import io
import sys

import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import Explanation, TargetExplanation
from camlight.formatters.text import can_draw, draw

SHADES = np.array([[0.0, 0.25, 0.5, 0.75, 1.0]])


def text(*heatmaps, image=None, names=(None,) * 9, **how):
    targets = [
        TargetExplanation(number, heatmap=heatmap, name=name)
        for number, (heatmap, name) in enumerate(zip(heatmaps, names, strict=False))
    ]
    expl = Explanation("net", targets=targets, image=image)
    return camlight.format_as_text(expl, **how)


def drawn(*heatmaps, **how):
    return text(*heatmaps, maps=True, **how).split("\n\n", 1)[1].splitlines()


def test_maps_of_different_heights_stand_side_by_side():
    lines = drawn(np.array([[1.0]]), np.eye(2), names="ab")
    assert lines == [
        "y=0 a  y=1 b",
        "┌──┐   ┌────┐",
        "│██│   │██  │",
        "└──┘   │  ██│",
        "       └────┘",
    ]


def test_each_shade_is_a_quarter():
    lines = drawn(SHADES, image=Image.new("L", (50, 10)))
    assert lines == ["┌──────────┐", "│  ░░▒▒▓▓██│", "└──────────┘"]
    rounded = SHADES + np.array([[0.12, 0.12, -0.12, -0.12, 0.0]])
    assert draw([rounded], [""]) == draw([SHADES], [""])


@pytest.mark.parametrize(
    ("size", "inside"),
    [
        ((10, 10), ["  ██", "██  "]),
        ((30, 10), ["      ██████", "██████      "]),
        ((10, 15), ["   ███", "   ███", "███   ", "███   "]),
        ((10, 20), ["  ██", "  ██", "██  ", "██  "]),
        ((1000, 1), [" " * 39 + "█" * 39, "█" * 39 + " " * 39]),
        ((1, 1000), [" █", " █", "█ ", "█ "]),
    ],
)
def test_frames_have_the_shape_of_the_picture(size, inside):
    """A character is twice as high as it is wide."""
    lines = drawn(np.fliplr(np.eye(2)), image=Image.new("L", size))
    assert [line.strip("│") for line in lines[1:-1]] == inside
    assert max(map(len, lines)) <= 80


def test_of_a_large_map_neighbours_are_averaged():
    heatmap = np.zeros((28, 28))
    heatmap[0, :2] = 1.0  # half of the first cell of 2 x 2
    heatmap[26:, 26:] = 1.0
    lines = drawn(heatmap)
    assert [len(line) for line in lines] == [30] * 16
    assert lines[1] == "│▒▒" + " " * 26 + "│"
    assert lines[14] == "│" + " " * 26 + "██│"
    assert not "".join(lines[2:14]).strip("│ ")


def test_several_targets_stand_side_by_side_with_their_names():
    lines = drawn(np.eye(2), np.fliplr(np.eye(2)) / 3, names=["猫", "a dog with a very long name"])
    assert lines == [
        "y=0 猫  y=1 a dog with a very l…",
        "┌────┐  ┌────┐",
        "│██  │  │  ██│",
        "│  ██│  │██  │",
        "└────┘  └────┘",
    ]


def test_what_a_line_cannot_hold_goes_below():
    lines = drawn(*[np.ones((14, 14))] * 3)
    assert [lines.index("y=0" + " " * 29 + "y=1"), lines.index("y=2")] == [0, 18]
    assert lines[17] == ""
    assert max(map(len, lines)) <= 80


def test_signals_are_lines_on_one_axis():
    bars = drawn(np.arange(8) / 7, np.array([1.0, 0, 0, 0, 0, 0, 0, 0]), names=[None, "jump"])
    assert bars == [
        "y=0       ▁▁▂▂▃▃▄▄▅▅▆▆▇▇██",
        "y=1 jump  ██▁▁▁▁▁▁▁▁▁▁▁▁▁▁",
    ]
    assert drawn(np.repeat([0.0, 1.0], 560)) == ["▁" * 28 + "█" * 28]


def test_of_a_volume_the_strongest_slice():
    volume = np.zeros((3, 2, 2))
    volume[0, 0, 0] = 1.0  # the largest value, but a smaller sum
    volume[2] = [[0.5, 0.0], [0.25, 0.5]]
    assert drawn(volume) == ["slice [2]", "┌────┐", "│██  │", "│▒▒██│", "└────┘"]
    assert drawn(volume, volume)[0] == "y=0, slice [2]  y=1, slice [2]"


@pytest.mark.parametrize(
    ("heatmap", "where"),
    [
        (np.zeros((7, 7)), "nowhere in a 7 x 7 map"),
        (np.full((2, 2), np.nan), "unknown in a 2 x 2 map"),
        (np.array([[np.inf, 1.0]]), "unknown in a 1 x 2 map"),
        (np.zeros((0, 2)), "nowhere in a 0 x 2 map"),
        (np.zeros(5), "nowhere in 5 steps"),
    ],
)
def test_no_map_no_frame(heatmap, where):
    assert text(heatmap, maps=True) == f"y=0: {where}"


def test_targets_without_a_map_are_passed_over():
    assert text(None, maps=True) == "y=0"
    assert drawn(None, np.eye(2))[0] == "y=1"


@pytest.mark.parametrize(
    ("encoding", "can"),
    [("utf-8", True), ("gb18030", True), ("ascii", False), ("cp1252", False), ("?", False)],
)
def test_drawn_when_the_terminal_can(monkeypatch, encoding, can):
    monkeypatch.setattr(sys, "stdout", type("Terminal", (), {"encoding": encoding})())
    assert can_draw() is can
    assert ("█" in text(np.eye(2))) is can
    assert "█" in text(np.eye(2), maps=True)
    assert "█" not in text(np.eye(2), maps=False)


def test_a_program_without_a_console_draws_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert not can_draw()
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert can_draw()


def test_no_name_steers_the_terminal():
    page = text(
        np.eye(2), np.eye(2), names=["\x1b[31mred\nline", "\u202eabc\u2028\ud800"], maps=True
    )
    assert page.startswith(r"y=0 \x1b[31mred\nline: ")
    assert r"y=1 \u202eabc\u2028\ud800" in page
    expl = Explanation(
        "net", error="one\x07\ntwo", layer="\x1b]0;x", targets=[TargetExplanation(1)]
    )
    assert camlight.format_as_text(expl) == "Error: one\\x07\ntwo\n\ny=1"
    expl.targets[0].heatmap = np.eye(2)
    assert camlight.format_as_text(expl, maps=False).endswith(r"at layer \x1b]0;x")
