"""Grids, panels, two colours, contour lines, signals and volumes: pixels worked out by hand."""

import dataclasses

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from PIL import Image

import camlight
from camlight import Explanation, TargetExplanation, format_as_image
from camlight.formatters.overlay import VIRIDIS, Style
from tests.test_light import fresh

BOX = Image.Resampling.BOX
INK = (1, 2, 3)
"""The colour of the photo: no text and no map has it."""


def target(raw, number=0, **known):
    raw = np.asarray(raw, dtype=float)
    heatmap = np.maximum(raw, 0) / max(raw.max(), 1e-9)
    return TargetExplanation(number, heatmap=heatmap, raw_map=raw, **known)


def explanation(*targets, size=(400, 200), **more):
    image = Image.new("RGB", size, INK)
    return Explanation("net", method="Grad-CAM", targets=list(targets), image=image, **more)


def white(values):
    return np.ones((*values.shape, 4))


def boxes(drawn):
    """The boxes (left, top, right, bottom) of what shows the photo's colour, row after row."""
    mask = (np.asarray(drawn)[..., :3] == INK).all(axis=2)
    return [
        (left, top, right, bottom)
        for top, bottom in _runs(mask.sum(axis=1) > 50)
        for left, right in _runs(mask[top:bottom].sum(axis=0) > 50)
    ]


def _runs(there):
    ends = np.flatnonzero(np.diff([0, *there.astype(int), 0]))
    return list(zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True))


def test_a_grid_has_one_scale():
    """The second map's strongest cell is a quarter of the first's: white at 64 of 255."""
    expl = explanation(target([[0, 4.0]]), target([[0, 1.0]], 1), target([[0, -9.0]], 2))
    drawn = format_as_image(expl, BOX, white, None)
    shown = [drawn.getpixel((right + 10, top + 10)) for _, top, right, _ in boxes(drawn)[:2]]
    assert shown[0] == (255, 255, 255, 255)
    assert shown[1][:3] == pytest.approx([v + (255 - v) * 64 / 255 for v in INK], abs=1)
    assert boxes(drawn)[2][2] - boxes(drawn)[2][0] == 400, "nothing speaks for the third"


def bare(image, values, *style, **more):
    return Style(*(style or (Image.Resampling.LANCZOS, VIRIDIS, 0.65)), **more).over(image, values)


def blended(image, values, colormap="viridis", limit=0.65):
    """What stands in a labelled layout, by hand: values are enlarged, cut off, then coloured."""
    cells = Image.fromarray(np.asarray(values, dtype="float32"))
    large = np.asarray(cells.resize(image.size, Image.Resampling.LANCZOS)).clip(0, 1)
    colours = matplotlib.colormaps[colormap](large)[..., :3] * 255
    alpha = np.minimum(large, limit)[..., np.newaxis]
    return colours * alpha + np.asarray(image.convert("RGB")) * (1 - alpha)


@pytest.mark.parametrize(("number", "rows"), [(1, 1), (3, 1), (4, 2), (7, 3)])
def test_the_cells_of_a_grid_are_overlays_pixel_by_pixel(picture, number, rows):
    """They lie where a photo of one colour shows them."""
    expl = explanation(*(target(np.eye(3), i) for i in range(number)))
    places = boxes(format_as_image(expl, layout="grid", alpha_limit=0))
    assert len(places) == number
    assert len({top for _, top, _, _ in places}) == rows
    expl.image = picture.resize((400, 200)).convert("RGB")
    photo, smooth, cells = (
        format_as_image(expl, layout="grid", **how)
        for how in ({"alpha_limit": 0}, {}, {"resampling_filter": BOX})
    )
    for place in places:
        assert photo.crop(place).convert("RGB") == expl.image, "each pixel is one of the photo's"
        found = np.asarray(smooth.crop(place).convert("RGB"), dtype=float)
        np.testing.assert_allclose(found, blended(expl.image, np.eye(3)), atol=4)
        found = np.asarray(cells.crop(place), dtype=float)
        box = bare(expl.image, np.eye(3), BOX, VIRIDIS, 0.65)
        np.testing.assert_allclose(found, np.asarray(box), atol=2)


@pytest.mark.parametrize("colormap", ["viridis", "jet", "gray"])
@pytest.mark.parametrize("signed", [False, True])
def test_every_colour_of_a_map_stands_on_its_bar(colormap, signed, rng):
    """Lanczos would overshoot: of colours that are enlarged some are up to 120 units off."""
    expl = explanation(target(rng.normal(size=(5, 7))))
    (left, top, right, bottom), (beside, *_) = boxes(
        format_as_image(expl, layout="panels", alpha_limit=0)
    )
    drawn = format_as_image(expl, colormap=colormap, signed=signed, layout="panels")
    step = (beside - left) // 2
    shown = np.asarray(drawn.crop((left + step, top, right + step, bottom)))[..., :3].astype(int)
    bar = (matplotlib.colormaps[colormap](np.arange(256))[:, :3] * 255).astype(int)
    colours = np.unique(shown.reshape(-1, 3), axis=0)
    nearest = np.abs(colours[:, np.newaxis] - bar).max(axis=2).min(axis=1)
    assert len(colours) > 100
    assert nearest.max() <= 2


def test_panels_show_photo_map_and_overlay(picture):
    expl = explanation(target([[0, 1.0]]))
    left, top, right, bottom = boxes(format_as_image(expl, layout="panels"))[0]
    assert (right - left, bottom - top) == (400, 200)
    expl.image = picture.resize((400, 200))
    drawn = format_as_image(expl, BOX, "gray", layout="panels")
    assert drawn.crop((left, top, right, bottom)).convert("RGB") == expl.image
    step = boxes(format_as_image(explanation(target([[0, 1.0]])), layout="panels"))[1][0] - left
    alone = drawn.crop((left + step // 2, top, right + step // 2, bottom))
    assert alone.getpixel((10, 10)) == (0, 0, 0, 255)
    assert alone.getpixel((390, 10)) == (255, 255, 255, 255)
    above = drawn.crop((left + step, top, right + step, bottom))
    assert above == bare(expl.image, np.array([[0, 1.0]]), BOX, "gray", 0.65)


def test_signed_maps_are_symmetric_around_0():
    """By hand: bwr gives (1, .5, .5), white and blue at .75, .5 and 0; opacity |v| up to 0.65."""
    raw = [[2.0, 0.0, -4.0]]
    black = Image.new("RGB", (30, 10))
    expl = dataclasses.replace(explanation(target(raw)), image=black)
    drawn = np.asarray(format_as_image(expl, BOX, signed=True)).astype(int)
    np.testing.assert_allclose(drawn[5, 5], (127, 63, 63, 255), atol=2)
    np.testing.assert_allclose(drawn[5, 15], (0, 0, 0, 255))
    np.testing.assert_allclose(drawn[5, 25], (0, 0, 165, 255), atol=2)
    chosen = format_as_image(expl, BOX, "gray", 1.0, signed=True)
    assert chosen.getpixel((5, 5))[:3] == pytest.approx([0.5 * 191] * 3, abs=2)


def test_a_key_where_there_is_room_for_it():
    expl = explanation(target([[0.0, 1.0]]), size=(300, 200))
    plain = format_as_image(expl, signed=True, text_size=60)
    keyed = np.asarray(format_as_image(expl, signed=True)).astype(int)
    changed = np.argwhere(np.abs(keyed - np.asarray(plain)).sum(axis=2) > 0)
    assert changed.min(axis=0)[0] > 120, "it lies at the bottom"
    assert changed.max(axis=0)[1] < 150, "on the left"
    for colour in ((255, 0, 0), (0, 0, 255)):
        assert (keyed[..., :3] == colour).all(axis=2).sum() > 20
    assert plain.size == (300, 200)


def test_a_contour_line_lies_where_it_should():
    """A ramp from 0 to 1 over 5 cells of 40 pixels: 0.5 lies in the middle of the third cell."""
    expl = explanation(target([[0, 0.25, 0.5, 0.75, 1.0]] * 2), size=(200, 200))
    bilinear = Image.Resampling.BILINEAR
    drawn = format_as_image(expl, bilinear, alpha_limit=0, contours=1)
    brightest = np.asarray(drawn)[100, :, 0].argmax()
    assert brightest == pytest.approx(99.5, abs=1)
    assert np.asarray(drawn)[100, [90, 110], 0].tolist() == [1, 1]
    three = np.asarray(format_as_image(expl, bilinear, alpha_limit=0, contours=3))[100, :, 0]
    assert [run[0] for run in _runs(three > 200)] == pytest.approx([59.5, 99.5, 139.5], abs=2)
    assert format_as_image(expl, contours=0) == format_as_image(expl)


def test_lines_of_what_speaks_against_are_dashed():
    expl = explanation(target([[1.0, 0.5, 0, -0.5, -1.0]] * 2), size=(300, 300))
    drawn = np.asarray(
        format_as_image(expl, Image.Resampling.BILINEAR, "bwr", 0, signed=True, contours=1)
    )
    solid, dashed = (drawn[:200, x - 2 : x + 3, 0].max(axis=1) for x in (90, 210))
    assert (solid > 200).mean() > 0.95
    assert 0.3 < (dashed > 200).mean() < 0.8


# Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of Color Vision
# Deficiency, IEEE TVCG 2009; severity 1, on linear RGB
EYES = {
    "all cones": np.eye(3),
    "no L cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no M cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no S cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(srgb):
    """CIELAB of sRGB in [0, 1], D65."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.moveaxis(linear(srgb) @ np.array(to_xyz).T / [0.9505, 1, 1.089], -1, 0)
    x, y, z = (
        np.where(v > 216 / 24389, np.cbrt(v), (24389 / 27 * v + 16) / 116) for v in (x, y, z)
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def linear(srgb):
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def seen(srgb, eyes):
    light = (linear(srgb) @ np.array(EYES[eyes]).T).clip(0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def shades(**arguments):
    """The colours of the bar, from its lower end to its upper."""
    expl = explanation(target([[-1.0, 1.0]]))
    figure = camlight.format_as_figure(expl, **arguments)
    [*_, bar] = figure.axes
    [colours] = [found for found in bar.collections if isinstance(found, QuadMesh)]
    return colours.to_rgba(np.linspace(*bar.get_ylim(), 256))[:, :3]


@pytest.mark.parametrize("eyes", EYES)
def test_for_and_against_look_different_to_everybody(eyes):
    """A difference of 2.3 can just be seen; by half of the scale it is twenty times as much."""
    colours = lab(seen(shades(signed=True), eyes))
    differences = np.linalg.norm(colours - colours[::-1], axis=1)
    assert differences[192] > 46
    assert differences[255] > 100
    darker = np.diff(colours[128:, 0])
    assert (darker < 0.05).all(), "the stronger, the darker"


@pytest.mark.parametrize("eyes", EYES)
def test_the_default_colours_get_lighter_to_everybody(eyes):
    assert (np.diff(lab(seen(shades(), eyes))[:, 0]) > 0).all()


def test_a_signal_with_its_map_behind_it():
    raw = [0.0, 2.0, -2.0, 1.0]
    data = np.stack([np.arange(8.0), np.ones(8)], axis=1)
    expl = dataclasses.replace(explanation(target(raw)), image=None, data=data)
    figure = camlight.format_as_figure(expl, resampling_filter=BOX, alpha_limit=None)
    axes = figure.axes[0]
    assert [line.get_ydata().tolist() for line in axes.lines] == data.T.tolist()
    assert axes.lines[0].get_xdata().tolist() == list(range(8))
    band = np.asarray(axes.images[0].get_array())[0] / 255
    np.testing.assert_allclose(band[:, 3], [0, 0, 1, 1, 0, 0, 0.5, 0.5], atol=1 / 255)
    np.testing.assert_allclose(band[2, :3], matplotlib.colormaps["viridis"](1.0)[:3], atol=1 / 255)
    assert axes.images[0].get_extent()[:2] == [-0.5, 7.5]
    signed = camlight.format_as_figure(expl, resampling_filter=BOX, alpha_limit=None, signed=True)
    blue = np.asarray(signed.axes[0].images[0].get_array())[0, 4]
    assert blue.tolist() == [0, 0, 255, 255]
    alone = camlight.format_as_figure(dataclasses.replace(expl, data=None))
    assert alone.axes[0].lines[0].get_ydata().tolist() == [0, 1, 0, 0.5]
    drawn = format_as_image(expl)
    assert drawn.mode == "RGBA"
    assert format_as_image(expl, layout="grid") == drawn


def volume(raw, data=None, **more):
    return dataclasses.replace(explanation(target(raw, **more)), image=None, data=data)


def texts(figure):
    found = [text.get_text() for axes in figure.axes for text in [*axes.texts, axes._left_title]]
    return [text for text in found if text]


def test_the_strongest_slices_of_a_volume():
    """Slice 3 of the map, counted from 0, lies over slices 6 and 7 of 12: the middle one is 7."""
    raw = np.zeros((6, 2, 2))
    raw[3, 0, 0], raw[1, 0, 1], raw[5, 1, 1] = 6.0, 4.0, 0.1
    data = np.zeros((12, 4, 4, 1))
    data[7], data[3, 0, 0] = 1.0, 0.5
    figure = camlight.format_as_figure(volume(raw, data, name="lump", score=0.5), alpha_limit=0)
    assert texts(figure)[0:3] == [
        "slice 4 of 12: 40 % of the map",
        "lump: score 0.5",
        "slice 8 of 12: 59 % of the map",
    ]
    fourth, eighth = (np.asarray(axes.images[0].get_array()) for axes in figure.axes[:2])
    assert (eighth[..., :3] == 255).all()
    assert fourth[0, 0, :3].tolist() == [127] * 3
    assert fourth[-1, -1, :3].tolist() == [0] * 3
    alone = camlight.format_as_figure(volume(raw), resampling_filter=BOX)
    assert "slice 4 of 6: 59 % of the map" in texts(alone)
    shown = np.asarray(alone.axes[1].images[0].get_array()) / 255
    np.testing.assert_allclose(shown[0, 0], matplotlib.colormaps["viridis"](1.0), atol=0.01)


def test_volumes_of_several_channels():
    data = np.zeros((2, 4, 4, 3))
    data[..., 0] = 2.0
    red = camlight.format_as_figure(volume(np.ones((2, 2, 2)), data), alpha_limit=0)
    assert np.asarray(red.axes[0].images[0].get_array())[0, 0].tolist() == [255, 0, 0, 255]
    grey = camlight.format_as_figure(volume(np.ones((2, 2, 2)), data[..., :2]), alpha_limit=0)
    assert np.asarray(grey.axes[0].images[0].get_array())[0, 0].tolist() == [0, 0, 0, 255]
    assert format_as_image(volume(np.ones((2, 2, 2)), data), contours=2).mode == "RGBA"


def test_maps_without_evidence():
    nothing = [target(np.full((2, 2), -1.0)), target(np.full((2, 2), np.nan), 1)]
    nothing[1].heatmap = np.zeros((2, 2))
    drawn = format_as_image(explanation(*nothing))
    assert [right - left for left, _, right, _ in boxes(drawn)] == [400, 400]
    assert format_as_image(explanation(*nothing), signed=True).mode == "RGBA"
    assert format_as_image(volume(np.zeros((2, 2, 2)))).mode == "RGBA"


def test_targets_without_raw_maps_keep_their_own_scale():
    targets = [TargetExplanation(i, heatmap=np.array([[0, 1.0]])) for i in range(2)]
    drawn = format_as_image(explanation(*targets), BOX, white, None)
    for _, top, right, _ in boxes(drawn):
        assert drawn.getpixel((right + 10, top + 10)) == (255, 255, 255, 255)


def test_nothing_changes():
    expl = explanation(target([[1.0, -2.0]]), target([[0.0, 3.0]], 1))
    data = np.ones((4, 1))
    kept = explanation(target([[1.0, -2.0]]), target([[0.0, 3.0]], 1))
    for arguments in ({}, {"layout": "panels"}, {"signed": True, "contours": 2}):
        format_as_image(expl, **arguments)
    assert expl == kept
    format_as_image(dataclasses.replace(expl, image=None, data=data, targets=[target([1.0, 2.0])]))
    np.testing.assert_array_equal(data, 1)


def test_without_targets_the_picture_alone():
    expl = explanation()
    for layout in (None, "overlay", "panels", "grid"):
        assert format_as_image(expl, layout=layout) == expl.image.convert("RGBA")


def test_a_plain_overlay_waits_for_nothing():
    fresh(
        "import sys, camlight, numpy as np; from PIL import Image;"
        "t = camlight.TargetExplanation(1, heatmap=np.eye(2));"
        "e = camlight.Explanation('net', targets=[t], image=Image.new('L', (9, 9)));"
        "camlight.format_as_image(e); assert 'matplotlib.figure' not in sys.modules;"
        "camlight.format_as_image(e, layout='grid'); camlight.format_as_figure(e);"
        "assert 'matplotlib.figure' in sys.modules;"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"layout": "row"}, ValueError, "one of 'overlay', 'panels', 'grid'. Received: 'row'"),
        ({"contours": -1}, ValueError, "`contours` of 0 or more. Received: -1"),
        ({"contours": 2.5}, TypeError, "a number of lines. Received: 2.5"),
        ({"contours": True}, TypeError, "a number of lines. Received: True"),
        ({"text_size": 0}, ValueError, "`text_size` above 0. Received: 0"),
        ({"text_size": float("nan")}, ValueError, "`text_size` above 0. Received: nan"),
        ({"text_size": "big"}, TypeError, "a number or None. Received: 'big'"),
        ({"colormap": "viridus", "signed": True}, ValueError, "Received: 'viridus'"),
        ({"alpha_limit": 2, "layout": "grid"}, ValueError, "between 0 and 1. Received: 2"),
    ],
)
def test_bad_arguments(arguments, error, message):
    for draw in (format_as_image, camlight.format_as_figure):
        with pytest.raises(error, match=message):
            draw(explanation(target([[0.0, 1.0]])), **arguments)


def test_what_does_not_suit():
    bare = explanation(TargetExplanation(0, heatmap=np.ones((2, 2))))
    with pytest.raises(ValueError, match="targets with a `raw_map`.* `signed=False`"):
        format_as_image(bare, signed=True)
    signal = dataclasses.replace(explanation(target([1.0, 2.0])), image=None)
    with pytest.raises(ValueError, match="None or 'grid' for a signal. Received: 'panels'"):
        format_as_image(signal, layout="panels")
    with pytest.raises(ValueError, match="`contours` of 0 for a signal. Received: 2"):
        format_as_image(signal, contours=2)
    flat = dataclasses.replace(explanation(target([[1.0, 2.0]])), image=None)
    with pytest.raises(TypeError, match="`image` of type NoneType"):
        format_as_image(flat, layout="grid")
    mixed = dataclasses.replace(signal, targets=[*signal.targets, target(np.ones((2, 2, 2)))])
    with pytest.raises(ValueError, match="maps of one kind. Received: maps of 1 and 3 dimensions"):
        format_as_image(mixed)
    other = dataclasses.replace(signal, data=np.ones(5))
    with pytest.raises(ValueError, match=r"`data` of shape \(L, C\) for a signal. Rec.*\(5,\)"):
        format_as_image(other)
    for signed in (False, True):
        with pytest.raises(ValueError, match=r"heatmap of shape \(H, W\). Received: \(3,\)"):
            format_as_image(explanation(target(np.ones(3))), layout="grid", signed=signed)
