import eli5.formatters.image
import matplotlib
import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import Explanation, TargetExplanation, format_as_image
from camlight.formatters.image import expand_heatmap, heatmap_to_image

HEATMAP = np.array([[0.0, 0.25, 0.5], [1.0, 0.75, 0.1]])


def explanation(image, heatmap=HEATMAP):
    return Explanation("net", targets=[TargetExplanation(1, heatmap=heatmap)], image=image)


def flat(colour):
    """A colour map of one colour, to work out pixels by hand."""
    return lambda heatmap: np.broadcast_to([*colour, 1.0], (*heatmap.shape, 4))


def test_a_pixel_by_hand():
    """Red at opacity min(0.8, 0.5) over black: alpha 0.5 * 255 = 127, so red is 127."""
    expl = explanation(Image.new("RGB", (1, 1)), np.array([[0.8]]))
    overlay = format_as_image(expl, colormap=flat((1.0, 0.0, 0.0)), alpha_limit=0.5)
    assert overlay.getpixel((0, 0)) == (127, 0, 0, 255)


@pytest.mark.parametrize("alpha_limit", [0, 0.3, 0.65, 1, None, np.float32(0.5)])
def test_opacity_is_the_heat_up_to_the_limit(alpha_limit):
    overlay = format_as_image(
        explanation(Image.new("RGB", (3, 2))),
        colormap=flat((1.0, 1.0, 1.0)),
        alpha_limit=alpha_limit,
    )
    expected = (np.minimum(HEATMAP, 1 if alpha_limit is None else alpha_limit) * 255).astype(int)
    np.testing.assert_allclose(np.asarray(overlay)[..., 0], expected, atol=1)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "1", "P"])
@pytest.mark.parametrize("size", [(40, 30), (3, 2), (1, 1)])
def test_the_pixels_are_eli5s(picture, mode, size):
    image = picture.resize(size).convert(mode)
    for arguments in (
        {},
        {"alpha_limit": 1.0, "colormap": matplotlib.colormaps["jet"]},
        {"alpha_limit": None, "resampling_filter": Image.Resampling.BOX},
        {"resampling_filter": None},
    ):
        expected = eli5.formatters.image.format_as_image(explanation(image), **arguments)
        assert format_as_image(explanation(image), **arguments) == expected


@pytest.mark.parametrize(
    ("mode", "make"),
    [
        ("RGB", lambda rgb: rgb),
        ("RGBA", lambda rgb: rgb.convert("RGBA")),
        ("CMYK", lambda rgb: rgb.convert("CMYK")),
        ("YCbCr", lambda rgb: rgb.convert("YCbCr")),
        ("HSV", lambda rgb: rgb.convert("HSV")),
        ("P", lambda rgb: rgb.quantize(256)),
    ],
)
def test_colour_pictures_of_every_mode_keep_their_colours(mode, make):
    rgb = Image.new("RGB", (6, 4), (200, 40, 90))
    image = make(rgb)
    assert image.mode == mode
    drawn = format_as_image(Explanation("net", image=image))
    assert (drawn.mode, drawn.size) == ("RGBA", (6, 4))
    np.testing.assert_allclose(drawn.getpixel((0, 0)), (200, 40, 90, 255), atol=4)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("L", (2, 1), 77), 77),
        (Image.new("LA", (2, 1), (77, 255)), 77),
        (Image.new("1", (2, 1), 1), 255),
        (Image.fromarray(np.full((1, 2), 77 * 256 + 200, dtype=np.uint16)), 77),
        (Image.new("I", (2, 1), 77), 77),
        (Image.new("F", (2, 1), 77.0), 77),
    ],
)
def test_grey_pictures_of_every_mode_keep_their_grey(image, expected):
    drawn = format_as_image(Explanation("net", image=image))
    assert drawn.getpixel((1, 0)) == (expected, expected, expected, 255)


@pytest.mark.parametrize("mode", ["I", "F"])
def test_grey_beyond_8_bits_is_scaled_not_cut_off(mode):
    image = Image.fromarray(np.array([[-500, 250, 1000]], dtype="i4" if mode == "I" else "f4"))
    assert image.mode == mode
    drawn = np.asarray(format_as_image(Explanation("net", image=image)))
    np.testing.assert_array_equal(drawn[0, :, 0], [0, 127, 255])


@pytest.mark.parametrize("value", [1000, float("nan"), float("inf")])
def test_grey_without_contrast_or_number(value):
    mode = "I" if isinstance(value, int) else "F"
    drawn = format_as_image(Explanation("net", image=Image.new(mode, (2, 1), value)))
    assert drawn.getpixel((0, 0)) == (0, 0, 0, 255)


def test_whole_numbers_are_heat_too():
    image = Image.new("RGB", (1, 1))
    expected = format_as_image(explanation(image, np.ones((1, 1))))
    for dtype in (bool, int):
        assert format_as_image(explanation(image, np.ones((1, 1), dtype))) == expected
    ones = flat((1, 0, 0))
    whole = format_as_image(explanation(image), colormap=lambda h: ones(h).astype(int))
    assert whole == format_as_image(explanation(image), colormap=ones)


def test_transparent_palette():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 0), 1)
    image.info["transparency"] = 0
    drawn = format_as_image(Explanation("net", image=image))
    assert drawn.getpixel((0, 0)) == (10, 20, 30, 0)
    assert drawn.getpixel((1, 0)) == (200, 100, 50, 255)


@pytest.mark.parametrize(
    ("heatmap", "grey"), [(np.zeros((7, 7)), 10), (np.ones((7, 7)), 255), (np.ones((1, 1)), 255)]
)
def test_heatmaps_of_zeros_ones_and_one_pixel(heatmap, grey):
    image = Image.new("RGB", (20, 20), (10, 10, 10))
    drawn = format_as_image(explanation(image, heatmap), colormap=flat((1, 1, 1)), alpha_limit=None)
    assert set(drawn.get_flattened_data()) == {(grey, grey, grey, 255)}


def test_nothing_changes(picture):
    expl = explanation(picture.convert("RGBA"))
    image, heatmap = expl.image.copy(), HEATMAP.copy()
    drawn = format_as_image(expl)
    drawn.putpixel((0, 0), (1, 2, 3, 4))
    assert expl.image == image
    np.testing.assert_array_equal(expl.targets[0].heatmap, heatmap)
    alone = format_as_image(Explanation("net", image=expl.image))
    alone.putpixel((0, 0), (1, 2, 3, 4))
    assert expl.image == image


def test_a_colormap_by_its_name():
    expl = explanation(Image.new("L", (3, 2)))
    named = format_as_image(expl, colormap="magma")
    assert named == format_as_image(expl, colormap=matplotlib.colormaps["magma"])
    assert named != format_as_image(expl)


def test_a_colormap_that_hands_out_its_own_table():
    table = np.zeros((2, 3, 4))
    format_as_image(explanation(Image.new("L", (3, 2))), colormap=lambda heatmap: table)
    np.testing.assert_array_equal(table, 0)


def test_heatmap_to_image_by_hand():
    image = heatmap_to_image(HEATMAP)
    assert (image.mode, image.size) == ("L", (3, 2))
    assert list(image.get_flattened_data()) == [0, 63, 127, 255, 191, 25]


@pytest.mark.parametrize(("channels", "mode"), [(3, "RGB"), (4, "RGBA")])
def test_heatmap_to_image_in_colour(rng, channels, mode):
    heatmap = rng.uniform(size=(2, 5, channels))
    assert heatmap_to_image(heatmap) == eli5.formatters.image.heatmap_to_image(heatmap)
    assert heatmap_to_image(heatmap).mode == mode


def test_expand_heatmap_is_eli5s(picture):
    for filters in ({}, {"resampling_filter": Image.Resampling.BOX}):
        expected = eli5.formatters.image.expand_heatmap(HEATMAP, picture, **filters)
        assert expand_heatmap(HEATMAP, picture, **filters) == expected


def test_expand_heatmap_box_by_hand():
    image = expand_heatmap(np.array([[0.0, 1.0]]), Image.new("L", (4, 2)), Image.Resampling.BOX)
    np.testing.assert_array_equal(np.asarray(image), [[0, 0, 255, 255]] * 2)


@pytest.mark.parametrize(
    ("heatmap", "error", "message"),
    [
        (None, TypeError, "heatmap to be an array of numbers. Received: .*NoneType"),
        ([[0.5]], TypeError, "list"),
        (np.array([["a"]]), TypeError, "dtype <U1"),
        (np.array([[0.5, 1.5]]), ValueError, "between 0 and 1. Received: minimum 0.5, maximum 1.5"),
        (np.array([[-0.1, 1.0]]), ValueError, r"minimum -0.1.*np.maximum\(m, 0\)"),
        (np.array([[np.nan, 1.0]]), ValueError, "minimum nan"),
        (np.zeros((0, 3)), ValueError, r"with values. Received: shape \(0, 3\)"),
    ],
)
def test_bad_heatmaps(picture, heatmap, error, message):
    for call in (
        lambda: heatmap_to_image(heatmap),
        lambda: expand_heatmap(heatmap, picture),
        lambda: format_as_image(explanation(picture, heatmap)),
    ):
        with pytest.raises(error, match=message):
            call()


@pytest.mark.parametrize("shape", [(3,), (2, 2, 2), (2, 2, 5), (1, 2, 2, 3)])
def test_bad_heatmap_shapes(picture, shape):
    with pytest.raises(ValueError, match=r"shape \(H, W\), \(H, W, 3\) or \(H, W, 4\). Received"):
        heatmap_to_image(np.zeros(shape))
    with pytest.raises(ValueError, match=r"heatmap of shape \(H, W\). Received"):
        format_as_image(explanation(picture, np.zeros(shape)))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"alpha_limit": 1.5}, ValueError, "between 0 and 1. Received: 1.5"),
        ({"alpha_limit": -0.1}, ValueError, "Received: -0.1"),
        ({"alpha_limit": float("nan")}, ValueError, "Received: nan"),
        ({"alpha_limit": "half"}, TypeError, "a number or None. Received: 'half'"),
        ({"colormap": lambda h: h}, ValueError, r"RGBA of shape \(2, 3, 4\).* shape \(2, 3\)"),
        ({"colormap": lambda h: np.zeros((2, 3, 3))}, ValueError, r"Received: shape \(2, 3, 3\)"),
        (
            {"colormap": lambda h: np.full((2, 3, 4), 255)},
            ValueError,
            "`colormap` to return.* maximum 255",
        ),
        ({"colormap": 3}, TypeError, "callable, such as `matplotlib.colormaps"),
        ({"colormap": "viridus"}, ValueError, "such as 'viridis'.* Received: 'viridus'"),
        ({"colormap": ""}, ValueError, "such as 'viridis', 'magma', 'gray'. Received: ''"),
        ({"resampling_filter": 99}, ValueError, "99"),
    ],
)
def test_bad_arguments(picture, arguments, error, message):
    with pytest.raises(error, match=message):
        format_as_image(explanation(picture), **arguments)


def test_no_picture():
    with pytest.raises(
        TypeError, match="`image` of type NoneType. The explanation has an error: x"
    ):
        format_as_image(Explanation("net", error="x"))
    with pytest.raises(
        TypeError, match="Expected `image` to be a PIL.Image.Image. Received: ndarr"
    ):
        expand_heatmap(HEATMAP, np.zeros((2, 2)))


def test_more_than_one_target(picture):
    expl = explanation(picture)
    expl.targets *= 2
    with pytest.raises(ValueError, match="one target for `layout='overlay'`. Received: 2 targets"):
        format_as_image(expl, layout="overlay")


def test_found_at_eli5s_places():
    assert camlight.formatters.format_as_image is camlight.format_as_image
    assert camlight.formatters.image.format_as_image is camlight.format_as_image
