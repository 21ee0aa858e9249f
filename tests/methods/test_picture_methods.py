"""Methods that look at the picture's own gradients, on every form of model and by hand."""

import keras
import numpy as np
import pytest
from PIL import Image

import camlight
from camlight.keras.backends import load_backend
from camlight.methods import gradient, integrated_gradients
from camlight.methods.averaged_gradients import noisy_copies, smoothgrad
from camlight.methods.maps import relu_and_scale
from tests.fingerprint import fingerprint
from tests.forms.test_forms import FORMS
from tests.references import array

METHODS = ("gradient", "gradient_x_input", "smoothgrad", "integrated_gradients")
PHOTO = Image.new("RGB", (4, 4))
"""To draw on, where an array of two channels is no picture."""

DIVERSE = [
    "subclassed",
    "takes a dict",
    "inputs as a dict",
    "inputs as a list",
    "any size",
    "channels first",
    "a picture without its batch axis",
    "nested, pooled inside",
    "a layer twice, automatic",
    "class token",
    "Conv1D",
    "Conv3D",
]


def raw_map(model, doc, method, target=1, **arguments):
    expl = camlight.explain_prediction(
        model, doc, targets=[target], image=PHOTO, method=method, **arguments
    )
    return expl.targets[0].raw_map


def linear(bias=0.0):
    """The scores are 1 x R - 2 x G of the left and 3 x R of the right pixel, and their negative."""
    model = keras.Sequential(
        [keras.Input((1, 2, 2)), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    weights = np.array([1.0, -2.0, 3.0, 0.0])
    model.layers[-1].set_weights([np.stack([weights, -weights], 1), np.array([bias, 0.0])])
    return model


def curved(rng, activation="tanh"):
    """A small network of two inner layers, in float64 where the backend has it throughout."""
    dtype = "float64" if keras.config.backend() == "tensorflow" else "float32"
    keras.config.set_dtype_policy(dtype)
    try:
        layers = [
            keras.layers.Conv2D(3, 3, activation=activation),
            keras.layers.BatchNormalization(),
            keras.layers.Conv2D(4, 2, activation=activation),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3),
        ]
        model = keras.Sequential([keras.Input((6, 7, 2), dtype=dtype), *layers])
    finally:
        keras.config.set_dtype_policy("float32")
    for weight in model.weights:
        positive = "variance" in weight.path
        weight.assign(rng.uniform(0.5 if positive else -1, 1.5 if positive else 1, weight.shape))
    return model, rng.normal(size=(1, 6, 7, 2)).astype(dtype)


DOC = np.array([[[[2.0, 1.0], [-1.0, 4.0]]]], "float32")


NOTHING_FOR_IT = pytest.mark.filterwarnings("ignore:The map of:camlight.ExplanationWarning")


@NOTHING_FOR_IT
def test_by_hand():
    model = linear()
    np.testing.assert_allclose(raw_map(model, DOC, "gradient", 0), [[2, 3]])
    np.testing.assert_allclose(raw_map(model, DOC, "gradient_x_input", 0), [[0, -3]])
    np.testing.assert_allclose(raw_map(model, DOC, "gradient_x_input", 1), [[0, 3]])
    np.testing.assert_allclose(raw_map(model, DOC, "smoothgrad", 0), [[2, 3]], rtol=1e-6)
    ig = raw_map(model, DOC, "integrated_gradients", 0)
    np.testing.assert_allclose(ig, [[0, -3]], atol=1e-6)
    options = {"baseline": [1.0, -1.0]}
    ig = raw_map(model, DOC, "integrated_gradients", 0, method_options=options)
    np.testing.assert_allclose(ig, [[1 * 1 - 2 * 2, 3 * -2]], atol=1e-6)


@NOTHING_FOR_IT
@pytest.mark.parametrize("method", ["gradient_x_input", "integrated_gradients"])
def test_what_speaks_against(method):
    against = raw_map(linear(), DOC, method, 0, counterfactual=True)
    np.testing.assert_allclose(against, -raw_map(linear(), DOC, method, 0), atol=1e-6)


def test_gradients_by_finite_differences(rng):
    model, doc = curved(rng)
    found = raw_map(model, doc, lambda picture_gradients: picture_gradients[..., 1], 2)
    exact = doc.dtype == np.float64
    step, tolerance = (1e-5, 1e-9) if exact else (1e-2, 2e-4)
    shifts = np.zeros((6, 7, *doc.shape[1:]), doc.dtype)
    for index in np.ndindex(6, 7):
        shifts[(*index, *index, 1)] = step
    shifts = shifts.reshape(-1, *doc.shape[1:])
    up, down = (array(model(doc + shift))[:, 2].astype("float64") for shift in (shifts, -shifts))
    expected = ((up - down) / (2 * step)).reshape(6, 7)
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
    assert np.abs(expected).max() > 100 * tolerance


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64:UserWarning")
@pytest.mark.parametrize("form", [f for f in FORMS if f.name in DIVERSE], ids=lambda f: f.name)
def test_every_form_of_model(form, rng):
    """Along any direction, the score changes by the direction times the gradient."""
    model, doc = form.build(), form.doc()
    arguments = {k: v for k, v in form.arguments.items() if k not in ("layer", "call", "grid")}
    seen = {}

    def look(picture, picture_gradients):
        seen.update(picture=picture, gradients=picture_gradients)
        return picture_gradients[..., 0]

    def explained(doc):
        return camlight.explain_prediction(model, doc, method=look, **arguments).targets[0]

    def score(other):
        if form.name == "channels first":
            other = np.moveaxis(other, -1, 0)
        other = np.reshape(other, given.shape)
        leaves = [other if leaf is given else leaf for leaf in keras.tree.flatten(doc)]
        return explained(keras.tree.pack_sequence_as(doc, leaves)).score

    given = max(keras.tree.flatten(doc), key=np.ndim)
    explained(doc)
    picture, gradients = seen["picture"], seen["gradients"]
    direction = rng.normal(size=picture.shape) * 2e-4
    change = score(picture + direction) - score(picture - direction)
    expected = 2 * (direction * gradients).sum()
    assert change == pytest.approx(expected, rel=0.02, abs=1e-6)
    assert abs(expected) > 5e-6
    assert gradients.shape == picture.shape
    assert picture.shape[-1] == (2 if form.name in ("Conv1D", "Conv3D") else 3)


def test_integrated_gradients_are_complete(rng):
    """The sum of the map is the score less that of the baseline."""
    for activation, tolerance in (("tanh", 5e-6), ("relu", 2e-2)):
        model, doc = curved(rng, activation)
        for baseline in (0.0, doc[0, ::-1].copy()):
            score = float(array(model(doc))[0, 1])
            nothing = float(array(model(np.zeros_like(doc) + baseline))[0, 1])
            options = {"baseline": baseline}
            total = raw_map(model, doc, "integrated_gradients", method_options=options).sum()
            assert total == pytest.approx(score - nothing, abs=tolerance * abs(score - nothing))
            assert abs(score - nothing) > 0.05


def test_gradient_times_input_is_the_score_of_a_network_without_biases(rng, network, doc):
    for layer in network.layers:
        if hasattr(layer, "bias"):
            layer.bias.assign(np.zeros(layer.bias.shape))
    total = raw_map(network, doc, "gradient_x_input").sum()
    assert total == pytest.approx(float(array(network(doc))[0, 1]), abs=1e-5)


def gradients_one_by_one(model, pictures, target):
    gradients = []

    def keep(picture_gradients):
        gradients.append(picture_gradients)
        return np.ones((2, 2))

    for picture in pictures:
        camlight.explain_prediction(model, picture, targets=[target], method=keep, compile=False)
    return np.array(gradients)


def test_smoothgrad_averages_before_it_takes_absolute_values(network, doc):
    options = {"samples": 5, "noise": 0.3, "seed": 4}
    [copies] = noisy_copies(doc[0], **options)
    spread = np.sqrt(np.mean((copies - doc) ** 2))
    assert spread == pytest.approx(0.3 * np.ptp(doc), rel=0.1)
    expected = np.abs(gradients_one_by_one(network, copies, 3).mean(axis=0)).max(axis=-1)
    found = raw_map(network, doc, "smoothgrad", 3, method_options=options)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_many_pictures_as_one_by_one(network, rng):
    """More than go through the model at once, and a last portion that must be filled up."""
    pictures = rng.uniform(-1, 1, (35, 8, 8, 3)).astype("float32")
    expected = gradients_one_by_one(network, pictures, 2)
    found = []

    def keep(gradients_of_pictures):
        found.append(gradients_of_pictures(pictures))
        return np.zeros((2, 2)) + 1

    function = lambda output: output[..., 2]  # noqa: E731
    for target, compile in ((2, None), (2, True), (2, False), (function, None), (function, False)):
        camlight.explain_prediction(
            network, pictures[0], targets=[target], method=keep, compile=compile
        )
        np.testing.assert_allclose(found.pop(), expected, rtol=1e-4, atol=1e-6)


def test_views_of_pictures_are_those_of_the_layer(network, rng):
    pictures = rng.uniform(-1, 1, (4, 8, 8, 3)).astype("float32")
    seen, alone = [], []

    def keep(views_of_pictures):
        seen.append(views_of_pictures(pictures))
        return seen[0][0][0, ..., 0]

    def look(activations, gradients):
        alone.append((activations, gradients))
        return activations[..., 0]

    arguments = {"targets": [1], "layer": "branch"}
    camlight.explain_prediction(network, pictures[0], method=keep, **arguments)
    for picture in pictures:
        camlight.explain_prediction(network, picture, method=look, **arguments)
    for together, one_by_one in zip(seen[0], zip(*alone, strict=True), strict=True):
        np.testing.assert_allclose(together, one_by_one, rtol=1e-5, atol=1e-6)


def test_a_seed_fixes_the_map(network, doc):
    one, same, other = (
        raw_map(network, doc, "smoothgrad", method_options={"samples": 3, "seed": seed})
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3


def test_model_and_picture_stay_as_they_were(network, doc):
    network.compile("adam", "mse")
    network.fit(doc, np.zeros((1, 4)), verbose=0)
    before, copy = fingerprint(network), doc.copy()
    for method in METHODS:
        expl = camlight.explain_prediction(network, doc, method=method)
        assert fingerprint(network) == before
        np.testing.assert_array_equal(doc, copy)
        assert (expl.layer, expl.warnings) == (None, [])
        assert expl.targets[0].heatmap.shape == (8, 8)
        assert expl.targets[0].heatmap.max() == 1
    scores = array(network(doc))
    for _ in range(load_backend().COMPILE_AT_CALL + 1):
        camlight.explain_prediction(network, doc, method="guided_gradcam")
    assert fingerprint(network) == before
    np.testing.assert_array_equal(array(network(doc)), scores)


@pytest.mark.parametrize("method", METHODS)
def test_weights_are_read_anew(network, doc, method):
    before = [raw_map(network, doc, method) for _ in range(load_backend().COMPILE_AT_CALL + 1)][-1]
    head = network.get_layer("head")
    head.kernel.assign(2 * array(head.kernel))
    np.testing.assert_allclose(raw_map(network, doc, method), 2 * before, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("method", "options", "error", "message"),
    [
        ("smoothgrad", {"samples": 0}, ValueError, "`samples` of 1 or more. Received: 0"),
        ("smoothgrad", {"samples": 2.5}, TypeError, "`samples` to be an integer"),
        ("smoothgrad", {"noise": -0.1}, ValueError, "a finite `noise` of 0 or more"),
        ("smoothgrad", {"noise": "much"}, TypeError, "`noise` to be a number"),
        ("smoothgrad", {"seed": None}, TypeError, "`seed` to be an integer"),
        ("integrated_gradients", {"steps": True}, TypeError, "`steps` to be an integer"),
        ("integrated_gradients", {"baseline": "black"}, TypeError, "`baseline` to be a number"),
        ("integrated_gradients", {"baseline": [1, 2]}, ValueError, r"shape \(8, 8, 3\). Received"),
        ("integrated_gradients", {"baseline": np.nan}, ValueError, "`baseline` to be finite"),
        ("gradient", {"steps": 3}, ValueError, "it has none. Received: steps"),
    ],
)
def test_bad_options(network, doc, method, options, error, message):
    with pytest.raises(error, match=message):
        camlight.explain_prediction(network, doc, method=method, method_options=options)


def test_no_picture_to_look_at():
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)])
    doc = np.ones((1, 5), "float32")
    with pytest.raises(ValueError, match="a picture, a signal or a volume along with method `grad"):
        camlight.explain_prediction(model, doc, method="gradient")


def test_no_layer_to_name(network, doc):
    with pytest.raises(ValueError, match="Expected no `layer` along with method `gradient`"):
        camlight.explain_prediction(network, doc, method="gradient", layer="conv")


def test_a_score_that_does_not_depend_on_the_picture(network, doc):
    network.get_layer("head").kernel.assign(np.zeros((5, 4)))
    with pytest.warns(camlight.ExplanationWarning, match="is empty: the score doesn't react"):
        expl = camlight.explain_prediction(network, doc, targets=[1], method="gradient")
    assert not expl.targets[0].heatmap.any()


def test_specks_are_cut_in_the_heatmap_alone(network, doc):
    expl = camlight.explain_prediction(network, doc, targets=[1], method="gradient")
    [target] = expl.targets
    np.testing.assert_array_equal(target.heatmap, relu_and_scale(target.raw_map, speckled=True))
    assert "1 % of its values" in expl.description
    values = np.arange(1.0, 202.0)
    heatmap = relu_and_scale(np.append(-values, values), speckled=True)
    np.testing.assert_allclose(heatmap[201:], np.minimum(values / 199.0, 1))
    assert not heatmap[:201].any()


def test_methods_alone_by_hand():
    """The score is 2 x^3 y of the values x and y of one pixel at (1, 2), a baseline of (0, 2)."""

    def gradients(pictures):
        x, y = pictures[..., 0], pictures[..., 1]
        return np.stack([6 * x**2 * y, 2 * x**3], axis=-1)

    pixel = np.array([[[1.0, 2.0]]])
    np.testing.assert_array_equal(gradient(gradients(pixel[None])[0]), [[12]])
    found = integrated_gradients(pixel, gradients, steps=2)  # exact up to degree 3
    np.testing.assert_allclose(found, [[4]], rtol=1e-12)
    found = integrated_gradients(pixel, gradients, steps=2, baseline=[[[0.0, 2.0]]])
    np.testing.assert_allclose(found, [[4]], rtol=1e-12)
    np.testing.assert_array_equal(smoothgrad(pixel, gradients, samples=2, noise=0.0), [[12]])
