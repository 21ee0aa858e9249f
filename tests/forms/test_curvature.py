"""The Hessian of a score times a direction, against differences of the score in NumPy."""

import keras
import numpy as np
import pytest

import camlight
from camlight.methods import shapleycam
from tests.forms.arithmetic import derivative
from tests.forms.form import conv2d
from tests.forms.test_forms import FORMS
from tests.references import array

CURVED = [
    "by path",
    "softmax",
    "against a single sigmoid",
    "similarity of embeddings",
    "before BatchNormalization",
    "a layer twice, call=0",
    "channels first",
    "Conv3D",
    "class token",
    "a grid that the user gives",
    "subclassed, without a convolution",
]
BY_NAME = {form.name: form for form in FORMS}


def products(model, doc, way, **arguments):
    """What a method is given: activations, gradients, and the Hessian times two directions."""
    found = []

    def keep(activations, gradients, hessian_product):
        found.append((activations, gradients, hessian_product(way), hessian_product(activations)))
        return np.ones(activations.shape[:-1])

    camlight.explain_prediction(model, doc, method=keep, **arguments)
    return found[0]


@pytest.mark.parametrize("form", [BY_NAME[name] for name in CURVED], ids=lambda form: form.name)
def test_the_product_is_the_one_worked_out_in_numpy(form):
    model, doc = form.build(), form.doc()
    camlight.explain_prediction(model, doc, **form.arguments)  # which builds what isn't built
    at, tail = form.reference(model, doc)
    way, step = np.random.default_rng(0).normal(size=at.shape), 1e-4

    def slope(a):
        return (tail(a + step * way) - tail(a - step * way)) / (2 * step)

    expected = derivative(slope, at, step)
    activations, gradients, product, own = products(model, doc, way, **form.arguments)
    size = max(np.abs(expected).max(), 0.05 * np.abs(gradients).max())
    np.testing.assert_allclose(product, expected, rtol=0, atol=2e-4 * size)
    expl = camlight.explain_prediction(model, doc, **form.arguments, method="shapleycam")
    signed = shapleycam(activations, gradients, lambda _: own)
    np.testing.assert_allclose(expl.targets[0].raw_map, signed, atol=1e-5 * np.abs(signed).max())


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("sign", [1, -1])
def test_of_a_square_by_hand(data_format, sign):
    """The score (w . A)**2 has the Hessian 2 w w^T."""
    inputs = keras.Input((6, 8, 3) if data_format == "channels_last" else (3, 6, 8))
    x = conv2d(filters=2, data_format=data_format)(inputs)
    x = keras.layers.Dense(3, use_bias=False, name="head")(keras.layers.Flatten()(x))
    model = keras.Model(inputs, x * x)
    rng = np.random.default_rng(3)
    doc, way = rng.normal(size=(1, *inputs.shape[1:])).astype("float32"), rng.normal(size=(4, 6, 2))
    found = products(model, doc, way, targets=[2], counterfactual=sign < 0)
    w = array(model.get_layer("head").kernel)[:, 2].astype("float64")
    w = w.reshape(4, 6, 2) if data_format == "channels_last" else w.reshape(2, 4, 6)
    w = w if data_format == "channels_last" else np.moveaxis(w, 0, -1)
    np.testing.assert_allclose(found[1], sign * 2 * w * np.sum(w * found[0]), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[2], sign * 2 * w * np.sum(w * way), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("groups", [1, 2, -1])
def test_through_group_normalization(groups):
    """Its mean and variance depend on the activations, too."""
    inputs = keras.Input((6, 5, 3))
    norm = keras.layers.GroupNormalization(groups)
    x = keras.layers.Flatten()(norm(conv2d(filters=4)(inputs)))
    model = keras.Model(inputs, keras.layers.Dense(2, use_bias=False, name="head")(x))
    rng = np.random.default_rng(3)
    doc, way = rng.normal(size=(1, 6, 5, 3)).astype("float32"), rng.normal(size=(4, 3, 4))
    at, _, product, _ = products(model, doc, way, targets=[1], layer="conv")
    w = array(model.get_layer("head").kernel)[:, 1].astype("float64")

    def tail(a):
        a = a.reshape(12, groups if groups > 0 else 4, -1)
        spread = np.sqrt(a.var(axis=(0, 2), keepdims=True) + 1e-3)
        return w @ ((a - a.mean(axis=(0, 2), keepdims=True)) / spread).ravel()

    def slope(a):
        return (tail(a + 1e-4 * way) - tail(a - 1e-4 * way)) / 2e-4

    expected = derivative(slope, at.astype("float64"), 1e-4)
    np.testing.assert_allclose(product, expected, atol=2e-4 * np.abs(expected).max())


def test_a_layer_that_the_target_does_not_depend_on_has_none(doc):
    inputs = keras.Input((8, 8, 3))
    pool = keras.layers.GlobalAveragePooling2D()
    x, unused = conv2d("used")(inputs), conv2d("unused")(inputs)
    model = keras.Model(inputs, [keras.layers.Dense(2)(pool(x)), pool(unused)])
    way = np.ones((6, 6, 5))
    found = products(model, doc, way, targets=[1], layer="unused", output=0)
    np.testing.assert_array_equal(found[2], np.zeros_like(way))
