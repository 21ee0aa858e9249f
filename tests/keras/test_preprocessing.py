"""A picture as it is: resized, preprocessed, and drawn on at its own size."""

import keras
import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import ExplanationError
from camlight.formatters.image import format_as_image

# random weights differ from backend to backend, and with some a map is empty
pytestmark = pytest.mark.filterwarnings("ignore::camlight.ExplanationWarning")

MODES = ("caffe", "tf", "torch")


def scaled(array):
    return array / 127.5 - 1


@pytest.fixture
def saved(picture, tmp_path):
    path = tmp_path / "picture.png"
    picture.save(path)
    return path


def test_from_every_kind_of_source(network, picture, saved):
    resized = np.asarray(picture.resize((8, 8), Image.Resampling.BICUBIC), "float32")
    expected = camlight.explain_prediction(network, scaled(resized)[np.newaxis], targets=[1])
    pixels = np.asarray(picture)
    sources = [picture, saved, str(saved), pixels, pixels[np.newaxis], pixels.astype("float64")]
    for source in sources:
        expl = camlight.explain_prediction(network, source, targets=[1], preprocess=scaled)
        assert expl.targets == expected.targets
        assert expl.image.size == (40, 30)
        np.testing.assert_array_equal(np.asarray(expl.image), pixels)
        assert format_as_image(expl).size == (40, 30)


@pytest.mark.parametrize("mode", MODES)
def test_known_preprocessing_by_its_name(network, picture, mode):
    def by_hand(array):
        return keras.applications.imagenet_utils.preprocess_input(array, mode=mode)

    expected = camlight.explain_prediction(network, picture, targets=[1], preprocess=by_hand)
    assert camlight.explain_prediction(network, picture, targets=[1], preprocess=mode) == expected


@pytest.mark.parametrize("mode", MODES)
def test_true_colours_of_a_preprocessed_array(network, rng, mode):
    pixels = rng.integers(0, 256, (8, 8, 3), dtype="uint8")
    doc = keras.applications.imagenet_utils.preprocess_input(
        pixels[np.newaxis].astype("float32"), mode=mode
    )
    expl = camlight.explain_prediction(network, doc, targets=[1], preprocessed=mode)
    np.testing.assert_array_equal(np.asarray(expl.image), pixels)
    plain = camlight.explain_prediction(network, doc, targets=[1])
    assert plain.image == keras.utils.array_to_img(doc[0])


def test_a_photo_taken_upright_is_explained_upright(network, picture, tmp_path):
    path = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by a quarter to see it upright
    picture.save(path, exif=exif)
    expl = camlight.explain_prediction(network, path, targets=[1], preprocess=scaled)
    assert expl.image.size == (30, 40)
    turned = picture.transpose(Image.Transpose.ROTATE_270)
    np.testing.assert_array_equal(np.asarray(expl.image), np.asarray(turned))
    upright = camlight.explain_prediction(network, turned, targets=[1], preprocess=scaled)
    assert expl.targets == upright.targets


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "LA", "1", "I;16"])
def test_pictures_of_every_mode(network, picture, mode):
    image = (
        picture.convert("L").convert("I").point(lambda v: v * 256) if mode == "I;16" else picture
    )
    image = image.convert(mode)
    assert image.mode == mode
    expl = camlight.explain_prediction(network, image, targets=[1], preprocess=scaled)
    assert expl.image.size == picture.size
    assert format_as_image(expl).size == picture.size


def test_a_model_of_any_size_takes_the_picture_at_its_own(picture):
    inputs = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.GlobalMaxPooling2D()(x)))
    expl = camlight.explain_prediction(model, picture, targets=[0], preprocess=scaled)
    assert expl.targets[0].raw_map.shape == (30, 40)


def test_a_grey_model(picture):
    for shape in ((8, 8, 1), (8, 8)):
        inputs = keras.Input(shape)
        x = keras.layers.Reshape((8, 8, 1))(inputs)
        x = keras.layers.Conv2D(3, 3, name="conv", activation="relu")(x)
        model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(x)))
        expl = camlight.explain_prediction(model, picture, preprocess=scaled, layer="conv")
        assert expl.image == picture
        assert expl.targets[0].raw_map.shape == (6, 6)


def test_an_image_given_along_is_the_one_drawn(network, picture):
    other = Image.new("RGB", (50, 60))
    expl = camlight.explain_prediction(network, picture, image=other, preprocess=scaled)
    assert expl.image is other


def test_the_source_and_what_preprocess_is_given_stay(network, picture):
    pixels = np.asarray(picture).copy()
    copy = pixels.copy()

    def in_place(array):
        array /= 255
        return array

    expl = camlight.explain_prediction(network, pixels, targets=[1], preprocess=in_place)
    np.testing.assert_array_equal(pixels, copy)
    np.testing.assert_array_equal(np.asarray(expl.image), copy)


def broken(array):
    raise KeyError("scale")


@pytest.mark.parametrize(
    ("doc", "arguments", "error", "message"),
    [
        (np.full((8, 8, 3), 300), {"preprocess": scaled}, ValueError, "0 and 255. Received: 300"),
        (np.full((8, 8, 3), -1.0), {"preprocess": scaled}, ValueError, "leave `preprocess` out"),
        (np.full((8, 8, 3), 0.5), {"preprocess": scaled}, ValueError, r"pass `doc \* 255`"),
        (np.ones((8, 8, 2)), {"preprocess": scaled}, ValueError, r"shape \(8, 8, 2\)"),
        (np.ones((2, 8, 8, 3)), {"preprocess": scaled}, ValueError, r"shape \(2, 8, 8, 3\)"),
        (7, {"preprocess": scaled}, ValueError, r"shape \(\)"),
        ("missing.png", {"preprocess": scaled}, FileNotFoundError, "missing.png"),
        (None, {"preprocess": scaled}, TypeError, "Received: None of type NoneType"),
        (np.ones((8, 8, 3)) * 9, {"preprocess": "cafe"}, ValueError, "'torch'. Received: 'cafe'"),
        (np.ones((8, 8, 3)) * 9, {"preprocess": 7}, TypeError, "of type int"),
        (np.ones((8, 8, 3)) * 9, {"preprocess": broken}, ExplanationError, "KeyError: 'scale'"),
        (np.ones((8, 8, 3)) * 9, {"preprocess": np.mean}, ValueError, "of the shape it was given"),
        (np.ones((8, 8, 3)), {"preprocessed": "jpeg"}, ValueError, "Received: 'jpeg'"),
        (
            np.ones((8, 8, 3)),
            {"preprocess": scaled, "preprocessed": "tf"},
            ValueError,
            "Received: both",
        ),
    ],
)
def test_what_is_no_picture(network, doc, arguments, error, message):
    with pytest.raises(error, match=message):
        camlight.explain_prediction(network, doc, **arguments)


def test_a_file_that_is_no_picture(network, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no picture")
    with pytest.raises(ValueError, match=r"Received: 'notes.txt', which Pillow can't read"):
        camlight.explain_prediction(network, path, preprocess=scaled)


def test_a_model_of_more_bands_than_a_picture_has(picture):
    layers = [keras.Input((8, 8, 7)), keras.layers.Conv2D(2, 3), keras.layers.GlobalMaxPooling2D()]
    with pytest.raises(ValueError, match="a model that takes 7 channels. Pass `doc` as the array"):
        camlight.explain_prediction(keras.Sequential(layers), picture, preprocess=scaled)


def test_every_picture_of_several_is_preprocessed(picture, saved):
    left, right = keras.Input((8, 8, 3), name="left"), keras.Input((6, 6, 3), name="right")
    pool = keras.layers.GlobalAveragePooling2D()
    conv = keras.layers.Conv2D(4, 3, name="conv")
    x = keras.layers.Concatenate()([pool(conv(left)), pool(right)])
    model = keras.Model([left, right], keras.layers.Dense(2)(x))
    docs = [
        scaled(np.asarray(picture.resize((n, n), Image.Resampling.BICUBIC), "float32"))[np.newaxis]
        for n in (8, 6)
    ]
    expected = camlight.explain_prediction(model, docs, targets=[1])
    for given in ([picture, saved], {"left": saved, "right": np.asarray(picture)}):
        found = camlight.explain_prediction(model, given, targets=[1], preprocess=scaled)
        assert found.targets[0].score == pytest.approx(expected.targets[0].score, rel=1e-5)
        assert found.image.size == picture.size


@pytest.mark.parametrize("path", ["nowhere.png", "", "."])
def test_a_path_that_cannot_be_opened(network, tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match=f"path of a picture. Received: '{path}': "):
        camlight.explain_prediction(network, path, preprocess=scaled)
