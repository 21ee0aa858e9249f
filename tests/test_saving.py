"""What was saved and loaded again is what it was."""

import json

import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import Explanation, TargetExplanation

RNG = np.random.default_rng(0)


def in_mode(mode):
    noise = Image.fromarray(RNG.integers(0, 256, (12, 9, 3), dtype="uint8"))
    first = {"I": "L", "F": "L", "LA": "L", "La": "LA", "RGBa": "RGBA", "PA": "P"}.get(mode, "RGB")
    return noise.convert(first).convert(mode)


def explanation(**changes):
    targets = [
        TargetExplanation(3, score=0.1 + 0.2, proba=1 / 3, heatmap=RNG.uniform(size=(4, 5))),
        TargetExplanation("mine", raw_map=RNG.normal(size=(7,)), name="</script> \u05d0\u202e"),
        TargetExplanation(0, score=float("nan"), heatmap=np.zeros((0, 2), "float32")),
    ]
    values = {"targets": targets, "image": in_mode("RGB"), "layer": "a/b", "warnings": ["one"]}
    return Explanation("net", "what", "", "Grad-CAM", **values | changes)


MODES = "1 L LA La P PA RGB RGBA RGBa RGBX CMYK YCbCr HSV I F I;16"


@pytest.mark.parametrize("mode", MODES.split())
def test_pictures_of_any_mode(tmp_path, mode):
    expl = explanation(image=in_mode(mode), targets=None)
    expl.save(tmp_path / "one.npz")
    found = camlight.load(tmp_path / "one.npz").image
    assert (found.mode, found.size, found.tobytes()) == (mode, (9, 12), expl.image.tobytes())
    assert found.getpalette() == expl.image.getpalette()


def test_transparent_colours(tmp_path):
    picture = in_mode("P")
    picture.info["transparency"] = 3
    explanation(image=picture).save(tmp_path / "one.npz")
    found = camlight.load(tmp_path / "one.npz").image
    assert found.convert("RGBA") == picture.convert("RGBA")


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (200, 300)])
def test_pictures_that_png_or_pillow_refuse(tmp_path, monkeypatch, size):
    """No pixel at all, and more than Pillow reads from a PNG."""
    monkeypatch.setattr("camlight.saving._MOST_IN_PNG", 50_000)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20_000)
    expl = explanation(image=Image.new("RGB", size, "red"), targets=None)
    expl.save(tmp_path / "one.npz")
    assert camlight.load(tmp_path / "one.npz") == expl


def test_all_fields(tmp_path):
    expl = explanation()
    expl.targets[2].score = None
    expl.save(str(tmp_path / "any name"))
    found = camlight.load(str(tmp_path / "any name"))
    assert found == expl
    assert found.targets[0].score == 0.1 + 0.2
    assert found.targets[2].heatmap.dtype == np.float32


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_data(tmp_path, dtype):
    expl = explanation(targets=None, data=RNG.normal(size=(3, 4, 5, 1)).astype(dtype))
    expl.save(tmp_path / "volume.npz")
    found = camlight.load(tmp_path / "volume.npz")
    assert found == expl
    assert found.data.dtype == dtype
    with pytest.raises(TypeError, match="`data` of an explanation to be an array.* Received: list"):
        explanation(data=[1.0]).save(tmp_path / "list.npz")


def test_nan_and_none(tmp_path):
    explanation().save(tmp_path / "nan.npz")
    assert np.isnan(camlight.load(tmp_path / "nan.npz").targets[2].score)
    for empty in (explanation(targets=None, image=None), explanation(targets=[])):
        empty.save(tmp_path / "empty.npz")
        assert camlight.load(tmp_path / "empty.npz") == empty


def test_a_real_one(tmp_path, network, doc, picture):
    expl = camlight.explain_prediction(network, doc, targets=[0, 1], image=picture)
    expl.save(tmp_path / "real.npz")
    assert camlight.load(tmp_path / "real.npz") == expl


def test_what_pillow_notes_of_a_file_makes_no_difference(tmp_path):
    picture = in_mode("RGB")
    picture.save(tmp_path / "photo.png", dpi=(300, 300))
    expl = explanation(image=Image.open(tmp_path / "photo.png"), targets=None)
    assert expl.image.info
    expl.save(tmp_path / "one.npz")
    assert camlight.load(tmp_path / "one.npz") == expl
    assert expl != explanation(image=in_mode("RGB"), targets=None)


def test_what_cannot_be_saved_replaces_nothing(tmp_path):
    path = tmp_path / "one.npz"
    explanation(targets=None).save(path)
    before = path.read_bytes()
    with pytest.raises(TypeError, match="Expected an explanation of numbers, texts, arrays"):
        explanation(decision_tree=object()).save(path)
    with pytest.raises(TypeError, match="Expected an explanation of numbers, texts, arrays"):
        explanation(targets=[TargetExplanation(1, heatmap=np.array([[None]]))]).save(path)
    assert path.read_bytes() == before
    with pytest.raises(FileNotFoundError):
        explanation().save(tmp_path / "nowhere" / "one.npz")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        lambda file: np.save(file, np.eye(2)),
        lambda file: np.savez(file, a=np.eye(2)),
    ],
)
def test_files_of_others(tmp_path, content):
    path = tmp_path / "other.npz"
    with path.open("wb") as file:
        file.write(content) if isinstance(content, bytes) else content(file)
    with pytest.raises(ValueError, match="Expected a file that `Explanation.save` wrote"):
        camlight.load(path)


def test_damaged_files(tmp_path):
    """Wherever a byte is lost or changed, the answer is the explanation or a ValueError."""
    path, damaged = tmp_path / "one.npz", tmp_path / "damaged.npz"
    expl = explanation()
    expl.targets[2].score = None
    expl.save(path)
    whole = path.read_bytes()
    refused = 0
    for number in range(400):
        content = bytearray(whole)
        place = int(RNG.integers(len(whole)))
        if number % 2:
            content[place] ^= int(RNG.integers(1, 256))
        else:
            del content[place:]
        damaged.write_bytes(content)
        try:
            assert camlight.load(damaged) == expl
        except ValueError as error:
            refused += "another's or damaged" in str(error)
    assert refused > 300


@pytest.mark.parametrize(
    "head",
    [
        {"estimator": "net"},
        {"estimator": "net", "targets": None, "colour": 1},
        {"estimator": "net", "targets": [1]},
        {"estimator": "net", "targets": None, "image": {}},
    ],
)
def test_files_that_lack_something(tmp_path, head):
    text = json.dumps({"version": 1} | head).encode()
    np.savez(tmp_path / "one.npz", explanation=np.frombuffer(text, "uint8"))
    with pytest.raises(ValueError, match="Expected a file that `Explanation.save` wrote"):
        camlight.load(tmp_path / "one.npz")


def test_names_as_long_as_the_file_system_allows(tmp_path):
    path = tmp_path / f"{'a' * 250}.npz"
    explanation(targets=None).save(path)
    assert camlight.load(path) == explanation(targets=None, image=camlight.load(path).image)


def test_numbers_of_numpy_in_any_field(tmp_path):
    expl = explanation(is_regression=np.bool_(True), targets=[TargetExplanation(np.int64(3))])
    expl.save(tmp_path / "one.npz")
    assert camlight.load(tmp_path / "one.npz") == expl


def test_pickles_are_refused(tmp_path):
    path = tmp_path / "pickle.npz"
    np.savez(path, explanation=np.array([print], dtype=object))
    with pytest.raises(ValueError, match="Expected a file that `Explanation.save` wrote"):
        camlight.load(path)


def test_places_where_no_file_can_be(tmp_path, monkeypatch):
    """The message names the path that was given, not the file that is written first."""
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path, "", "."):
        with pytest.raises(IsADirectoryError, match="path of a file, such as .*cat.npz.*a folder"):
            Explanation("net").save(path)
    with pytest.raises(FileNotFoundError, match=r"Received: 'no/such/cat.npz'. Make its folder"):
        Explanation("net").save("no/such/cat.npz")
    assert list(tmp_path.iterdir()) == []


def test_files_of_a_later_version(tmp_path):
    path = tmp_path / "later.npz"
    head = json.dumps({"version": 3, "estimator": "net"}).encode()
    np.savez(path, explanation=np.frombuffer(head, "uint8"))
    with pytest.raises(ValueError, match="Received: version 3.*pip install --upgrade camlight"):
        camlight.load(path)
    with pytest.raises(FileNotFoundError):
        camlight.load(tmp_path / "none.npz")
