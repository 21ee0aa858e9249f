"""Many pictures: what may hold them, in what order they come, and what it costs."""

from itertools import count, islice, repeat
from threading import Event

import keras
import numpy as np
import pytest
from PIL import Image

import camlight
from camlight.keras.backends import load_backend
from camlight.keras.capture.compiled import Compiled
from camlight.keras.datasets import read_pictures, stacked
from camlight.keras.inputs import Inputs
from camlight.keras.options import read_options
from tests.notes import Notes

RNG = np.random.default_rng(7)
PICTURES = RNG.normal(size=(7, 8, 8, 3)).astype("float32")
AGES = RNG.normal(size=(7, 2)).astype("float32")
PHOTOS = [
    Image.fromarray(RNG.integers(0, 256, (size, 20, 3), dtype="uint8")) for size in (12, 20, 9, 16)
]


def net(size=(8, 8), name="net"):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((*size, 3))
    x = keras.layers.Conv2D(5, 3, activation="relu", name="last")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(4, kernel_initializer=keras.initializers.RandomUniform(0, 1))(x)
    return keras.Model(inputs, x, name=name)


@pytest.fixture
def model():
    return net()


@pytest.fixture
def two_inputs():
    keras.utils.set_random_seed(2)
    picture, age = keras.Input((8, 8, 3), name="picture"), keras.Input((2,), name="age")
    x = keras.layers.Conv2D(5, 3, activation="relu")(picture)
    x = keras.layers.concatenate([keras.layers.GlobalAveragePooling2D()(x), age])
    x = keras.layers.Dense(4, kernel_initializer=keras.initializers.RandomUniform(0, 1))(x)
    return keras.Model({"picture": picture, "age": age}, x)


def one_by_one(model, docs, **arguments):
    return [camlight.explain_prediction(model, d, compile=False, **arguments) for d in docs]


def assert_same(found, expected):
    found = list(found)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert (one.layer, one.warnings, one.method) == (other.layer, other.warnings, other.method)
        assert one.image.size == other.image.size
        np.testing.assert_array_equal(np.asarray(one.image), np.asarray(other.image))
        for target, another in zip(one.targets, other.targets, strict=True):
            assert (target.target, target.name) == (another.target, another.name)
            assert target.score == pytest.approx(another.score, 1e-5)
            np.testing.assert_allclose(target.heatmap, another.heatmap, atol=1e-5)
            np.testing.assert_allclose(target.raw_map, another.raw_map, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
@pytest.mark.parametrize("compile", [None, True, False])
def test_each_picture_in_order(model, batch_size, compile):
    found = camlight.explain_predictions(model, PICTURES, batch_size=batch_size, compile=compile)
    expected = one_by_one(model, PICTURES)
    assert len({expl.targets[0].score for expl in expected}) == 7
    assert max(expl.targets[0].heatmap.max() for expl in expected) == 1
    assert_same(found, expected)


@pytest.mark.parametrize(
    "asked",
    [
        {"targets": [2, 0]},
        {"top_targets": 2},
        {"targets": ["c", "a"], "target_names": list("abcd")},
        {"targets": [lambda scores: scores[:, 0] - scores[:, 1]]},
        {"counterfactual": True, "targets": [1]},
        {"layer": ["last", 0], "targets": [1]},
        {"preprocessed": "tf"},
    ],
)
@pytest.mark.filterwarnings("ignore::camlight.ExplanationWarning")
def test_all_arguments_are_those_of_a_single_picture(model, asked):
    found = camlight.explain_predictions(model, PICTURES, batch_size=3, **asked)
    assert_same(found, one_by_one(model, PICTURES, **asked))


class Batches(keras.utils.PyDataset):
    """Pictures with labels, three at a time."""

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return PICTURES[index * 3 : index * 3 + 3], np.zeros(len(PICTURES[index * 3 :][:3]))


def tf_data(batched, labels):
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices((PICTURES, AGES) if labels else PICTURES)
    return data.batch(3) if batched else data


def loader():
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.tensor(PICTURES), torch.zeros(7))
    return torch.utils.data.DataLoader(data, batch_size=2)


@pytest.mark.parametrize(
    "docs",
    [
        lambda: PICTURES,
        lambda: keras.ops.convert_to_tensor(PICTURES),
        lambda: list(PICTURES),
        lambda: tuple(PICTURES),
        lambda: [picture[np.newaxis] for picture in PICTURES],
        lambda: [PICTURES[:3], PICTURES[3], PICTURES[4:]],
        lambda: (picture for picture in PICTURES),
        lambda: ((PICTURES[i : i + 4], None) for i in (0, 4)),
        lambda: iter([(PICTURES, AGES, np.ones(7))]),
        lambda: {"picture": PICTURES},
        lambda: tf_data(batched=True, labels=True),
        lambda: tf_data(batched=True, labels=False),
        lambda: tf_data(batched=False, labels=True),
        lambda: tf_data(batched=False, labels=False),
        lambda: Batches(),
        lambda: loader(),
    ],
)
def test_whatever_holds_pictures(model, docs):
    found = camlight.explain_predictions(model, docs(), batch_size=5, targets=[1])
    assert_same(found, one_by_one(model, PICTURES, targets=[1]))


@pytest.mark.parametrize(
    "docs",
    [
        lambda: {"picture": PICTURES, "age": AGES},
        lambda: [AGES, PICTURES],
        lambda: [{"picture": p[None], "age": a[None]} for p, a in zip(PICTURES, AGES, strict=True)],
        lambda: ([a[None], p[None]] for p, a in zip(PICTURES, AGES, strict=True)),
        lambda: iter([({"picture": PICTURES, "age": AGES}, None)]),
    ],
)
def test_several_inputs(two_inputs, docs):
    docs_one_by_one = [
        {"picture": p[None], "age": a[None]} for p, a in zip(PICTURES, AGES, strict=True)
    ]
    found = camlight.explain_predictions(two_inputs, docs(), batch_size=4, targets=[1])
    assert_same(found, one_by_one(two_inputs, docs_one_by_one, targets=[1]))


def test_pictures_as_they_are(model, tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(len(PHOTOS))]
    for path, photo in zip(paths, PHOTOS, strict=True):
        photo.save(path)
    expected = one_by_one(model, PHOTOS, preprocess="tf")
    assert [expl.image.size for expl in expected] == [photo.size for photo in PHOTOS]
    for docs in (PHOTOS, paths, map(str, paths), [np.asarray(photo) for photo in PHOTOS]):
        found = camlight.explain_predictions(model, docs, batch_size=3, preprocess="tf")
        assert_same(found, expected)


def test_images_to_draw_on(model):
    found = list(camlight.explain_predictions(model, PICTURES[:4], images=PHOTOS))
    assert [expl.image for expl in found] == PHOTOS


@pytest.mark.filterwarnings("ignore::camlight.ExplanationWarning")
def test_pictures_of_any_size():
    model = net(size=(None, None))
    sizes = [(8, 8), (8, 8), (9, 7), (9, 7), (8, 8), (12, 10), (11, 11), (5, 6)]
    docs = [RNG.normal(size=(*size, 3)).astype("float32") for size in sizes]
    found = camlight.explain_predictions(model, docs, batch_size=4)
    assert_same(found, one_by_one(model, docs))


def test_no_more_is_read_than_a_batch(model):
    read = []

    def endless():
        for number in count():
            read.append(number)
            yield PICTURES[number % 7]

    found = camlight.explain_predictions(model, endless(), batch_size=4)
    assert read == []
    assert len(list(islice(found, 5))) == 5
    assert len(read) == 8


def test_an_endless_data_set(model):
    class Endless(keras.utils.PyDataset):
        num_batches = None

        def __getitem__(self, index):
            return PICTURES[[index % 7]]

    found = camlight.explain_predictions(model, Endless(), batch_size=3)
    assert_same(islice(found, 9), one_by_one(model, PICTURES[[0, 1, 2, 3, 4, 5, 6, 0, 1]]))


TRACED = Notes()


class Counted(keras.layers.Layer):
    def call(self, inputs):
        TRACED.add(inputs.shape)
        return inputs


def test_the_last_batch_is_no_new_trace():
    inputs = keras.Input((8, 8, 3))
    x = Counted()(keras.layers.Conv2D(5, 3, activation="relu")(inputs))
    x = keras.layers.Dense(4)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, x)
    docs = np.concatenate([PICTURES, PICTURES])[:13]
    found = camlight.explain_predictions(model, docs, batch_size=6, targets=[0], layer=1)
    for _ in islice(found, 6):
        TRACED.taken()
    assert len(list(found)) == 7
    shapes = TRACED.taken()
    once_a_batch = 2 if keras.config.backend() == "torch" else 0
    assert len(shapes) == once_a_batch
    assert {shape[0] for shape in shapes} <= {6}


def test_short_batches_that_come_again_are_not_filled_up(monkeypatch):
    rows, original = [], Compiled.__call__

    def noted(self, run, layers, request):
        rows.append(len(request.arrays[0]))
        return original(self, run, layers, request)

    monkeypatch.setattr(Compiled, "__call__", noted)
    model = net(size=(None, None))
    upright, wide = RNG.normal(size=(9, 7, 3)), RNG.normal(size=(7, 9, 3))
    docs = [wide] * 3 + [upright, wide] * 3 + [wide] * 2
    found = camlight.explain_predictions(model, docs, batch_size=3, targets=[1], compile=True)
    assert_same(found, one_by_one(model, docs, targets=[1]))
    assert rows == [3, 1, 3, 1, 1, 1, 3]


def test_a_change_is_seen_by_the_next_batch(model):
    found = camlight.explain_predictions(model, PICTURES[:6], batch_size=3, targets=[1])
    before = one_by_one(model, PICTURES[:3], targets=[1])
    first = list(islice(found, 3))
    model.layers[1].activation = keras.activations.tanh
    model.layers[-1].kernel.assign(3 * model.layers[-1].kernel)
    assert_same(first, before)
    assert_same(found, one_by_one(model, PICTURES[3:6], targets=[1]))


def test_a_batch_that_has_run_stays_as_it_was(model):
    docs = PICTURES.copy()
    found = camlight.explain_predictions(model, docs, targets=[1], compile=True)
    first = next(found)
    docs[:] = 0
    assert_same([first, *found], one_by_one(model, PICTURES, targets=[1]))


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", ">f4"])
def test_rows_are_put_together_where_a_backend_reads_them_in_place(model, dtype):
    docs = (100 * PICTURES).astype(dtype)
    [together] = stacked(
        list(read_pictures(model, read_options(), iter(docs), repeat(None))), len(docs) + 2
    )
    np.testing.assert_array_equal(together, [*docs, docs[-1], docs[-1]])
    assert together.dtype.isnative
    assert together.ctypes.data % 64 == 0
    assert not np.shares_memory(together, docs)


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="the copies are TensorFlow's")
def test_neither_a_batch_nor_what_comes_of_it_is_copied_once_more(model, monkeypatch):
    arrays = []
    original = Compiled.__call__

    def noted(self, run, layers, request):
        [in_place] = map(load_backend()._in_place, request.given)
        arrays.append(np.shares_memory(np.asarray(in_place), request.given[0]))
        batch = original(self, run, layers, request)
        arrays.append(batch.activations[0].flags.owndata or batch.gradients[0][0].flags.owndata)
        return batch

    monkeypatch.setattr(Compiled, "__call__", noted)
    list(camlight.explain_predictions(model, PICTURES, targets=[1], compile=True))
    assert arrays == [True, False]


@pytest.mark.parametrize("compile", [True, False])
@pytest.mark.parametrize("rows", [1, 3])
def test_a_generator_that_fills_one_array_again_and_again(model, rows, compile):
    def filled():
        array = np.empty((rows, 8, 8, 3), "float32")
        for start in range(0, 6, rows):
            array[:] = PICTURES[start : start + rows]
            yield array

    found = camlight.explain_predictions(
        model, filled(), batch_size=4, targets=[1], compile=compile
    )
    assert_same(found, one_by_one(model, PICTURES[:6], targets=[1]))


def test_a_preprocess_that_fills_one_array_again_and_again(model):
    array = np.empty((1, 8, 8, 3), "float32")

    def filled(picture):
        array[:] = picture / 255
        return array

    docs = [photo.resize((8, 8)) for photo in PHOTOS]
    found = camlight.explain_predictions(model, docs, preprocess=filled, targets=[1], compile=True)
    expected = one_by_one(model, docs, preprocess=lambda picture: picture / 255, targets=[1])
    assert_same(found, expected)


@pytest.mark.parametrize(("docs", "shared"), [(PICTURES, True), (list(PICTURES), False)])
def test_an_array_is_not_copied_picture_by_picture(model, monkeypatch, docs, shared):
    seen = []

    def noted(batch, rows):
        seen.extend(np.shares_memory(picture.inputs.values, PICTURES) for picture in batch)
        return stacked(batch, rows)

    monkeypatch.setattr("camlight.keras.explain_predictions.stacked", noted)
    list(camlight.explain_predictions(model, docs, targets=[1], compile=True))
    assert seen == [shared] * len(PICTURES)


def test_pictures_to_draw_on_are_made_while_the_model_runs(model, monkeypatch):
    expected = one_by_one(model, PICTURES, targets=[1])
    made = Event()
    run, canvas = Compiled.__call__, Inputs.canvas

    def waiting(self, *arguments, **more):
        assert made.wait(timeout=30)
        return run(self, *arguments, **more)

    def noted(self, *arguments):
        made.set()
        return canvas(self, *arguments)

    monkeypatch.setattr(Compiled, "__call__", waiting)
    monkeypatch.setattr(Inputs, "canvas", noted)
    found = camlight.explain_predictions(model, PICTURES, targets=[1], compile=True)
    assert_same(found, expected)


def test_a_picture_that_cannot_be_made_is_an_error_of_its_own():
    inputs = keras.Input((8, 8, 2))
    x = keras.layers.Conv2D(5, 3, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))
    docs = RNG.normal(size=(3, 8, 8, 2))
    drawn = camlight.explain_predictions(model, docs, compile=True, images=PHOTOS)
    assert [expl.image for expl in drawn] == PHOTOS[:3]
    with pytest.raises(ValueError, match="Expected `doc` to have 1, 3 or 4 channels"):
        next(camlight.explain_predictions(model, docs, compile=True))


def test_a_model_that_has_no_map():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    found = list(camlight.explain_predictions(model, np.ones((3, 4)), batch_size=2))
    assert [expl.error.split(":")[0] for expl in found] == [
        f'model "{model.name}" is not supported'
    ] * 3


def test_rows_that_mix_are_run_one_by_one():
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(5, 3, activation="relu")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(4)(x)
    outputs = keras.layers.Lambda(lambda t: keras.ops.mean(t, axis=0, keepdims=True))(x)
    model = keras.Model(inputs, outputs)
    found = camlight.explain_predictions(model, PICTURES, targets=[1], layer=1)
    assert_same(found, one_by_one(model, PICTURES, targets=[1], layer=1))


@pytest.mark.parametrize(
    ("docs", "arguments", "error", "message"),
    [
        ("cat.png", {}, TypeError, "Received: str. For a single picture call"),
        (PHOTOS[0], {}, TypeError, "For a single picture call"),
        (3, {}, TypeError, "Expected `docs` to be an array .* Received: int"),
        (PICTURES, {"batch_size": 0}, ValueError, "`batch_size` of 1 or more. Received: 0"),
        (PICTURES, {"batch_size": "all"}, TypeError, "`batch_size` to be an integer"),
        (PICTURES, {"batch_size": True}, TypeError, "`batch_size` to be an integer"),
        (PICTURES, {"image": PHOTOS[0]}, TypeError, "argument 'image'. Did you mean `images`?"),
        (PICTURES, {"methods": "x"}, TypeError, "argument 'methods'. Did you mean `method`?"),
        (PICTURES, {"targets": 3}, TypeError, "Expected `targets` to be a list"),
        (PICTURES, {"images": 3}, TypeError, "Expected `images` to hold a picture for each"),
    ],
)
def test_arguments_are_checked_at_once(model, docs, arguments, error, message):
    with pytest.raises(error, match=message):
        camlight.explain_predictions(model, docs, **arguments)


def test_only_keras_models():
    with pytest.raises(TypeError, match="Expected `model` to be a Keras model. Received: str"):
        camlight.explain_predictions("net", PICTURES)


@pytest.mark.parametrize(
    ("docs", "arguments", "number", "message"),
    [
        ([PICTURES[0], PICTURES[1], PICTURES[2, :5]], {}, 2, "the shape that model `net` takes"),
        ([PICTURES[0], "cat.png"], {}, 1, "Expected `doc` to be a NumPy array"),
        ([PICTURES[0], None], {}, 1, "Expected `doc` to be a NumPy array"),
        (PICTURES, {"images": PHOTOS}, 4, "Expected `images` to hold one for each picture"),
        (PICTURES, {"images": [PHOTOS[0], "x"]}, 1, "Expected `image` to be a PIL.Image.Image"),
        ([PICTURES[:2] * np.array([[[[1]]], [[[np.nan]]]])], {}, 1, "finite numbers"),
    ],
)
@pytest.mark.parametrize("batch_size", [2, 5])
def test_an_error_says_which_picture(model, docs, arguments, number, message, batch_size):
    found = camlight.explain_predictions(model, docs, batch_size=batch_size, **arguments)
    before = []
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        before.extend(found)
    assert len(before) == number
    assert caught.value.__notes__ == [f"This was picture {number} of `docs`, counted from 0."]


@pytest.mark.parametrize("compile", [True, False])
def test_an_error_of_a_method_says_which_picture(model, compile):
    def failing(activations, picture):
        if np.array_equal(picture, PICTURES[3]):
            raise ArithmeticError("too dark")
        return activations.sum(axis=-1)

    found = camlight.explain_predictions(model, PICTURES, method=failing, compile=compile)
    assert len(list(islice(found, 3))) == 3
    with pytest.raises(ArithmeticError, match="too dark") as caught:
        next(found)
    assert caught.value.__notes__ == ["This was picture 3 of `docs`, counted from 0."]


def test_inputs_of_different_lengths(two_inputs):
    found = camlight.explain_predictions(two_inputs, {"picture": PICTURES, "age": AGES[:5]})
    with pytest.raises(ValueError, match="7 rows in doc\\['picture'\\]") as caught:
        list(found)
    assert "a row for each picture" in str(caught.value)
