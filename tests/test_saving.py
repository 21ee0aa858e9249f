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
    return noise.convert("L").convert(mode) if mode in ("I", "F", "LA") else noise.convert(mode)


def explanation(**changes):
    targets = [
        TargetExplanation(3, score=0.1 + 0.2, proba=1 / 3, heatmap=RNG.uniform(size=(4, 5))),
        TargetExplanation("mine", raw_map=RNG.normal(size=(7,)), name="</script> \u05d0\u202e"),
        TargetExplanation(0, score=float("nan"), heatmap=np.zeros((0, 2), "float32")),
    ]
    values = {"targets": targets, "image": in_mode("RGB"), "layer": "a/b", "warnings": ["one"]}
    return Explanation("net", "what", "", "Grad-CAM", **values | changes)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F"])
def test_pictures_of_any_mode(tmp_path, mode):
    expl = explanation(image=in_mode(mode), targets=None)
    expl.save(tmp_path / "one.npz")
    found = camlight.load(tmp_path / "one.npz").image
    assert (found.mode, found.size, found.tobytes()) == (mode, (9, 12), expl.image.tobytes())
    assert found.getpalette() == expl.image.getpalette()


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


def test_pickles_are_refused(tmp_path):
    path = tmp_path / "pickle.npz"
    np.savez(path, explanation=np.array([print], dtype=object))
    with pytest.raises(ValueError, match="Expected a file that `Explanation.save` wrote"):
        camlight.load(path)


def test_files_of_a_later_version(tmp_path):
    path = tmp_path / "later.npz"
    head = json.dumps({"version": 2, "estimator": "net"}).encode()
    np.savez(path, explanation=np.frombuffer(head, "uint8"))
    with pytest.raises(ValueError, match="Received: version 2.*pip install --upgrade camlight"):
        camlight.load(path)
    with pytest.raises(FileNotFoundError):
        camlight.load(tmp_path / "none.npz")
