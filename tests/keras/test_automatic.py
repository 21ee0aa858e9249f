"""The automatic layer of models whose graph misleads."""

import keras
import numpy as np
import pytest

import camlight
from tests.notes import Notes

L = keras.layers

pytestmark = pytest.mark.filterwarnings("ignore::camlight.ExplanationWarning")


def functional(shape, *layers):
    inputs = keras.Input(shape)
    x = inputs
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x)


def first_score(output):
    return keras.ops.mean(output[..., 0], axis=tuple(range(1, len(output.shape) - 1)))


def explained(model, shape, **arguments):
    doc = np.random.default_rng(0).normal(size=(1, *shape)).astype("float32")
    return camlight.explain_prediction(model, doc, **arguments)


def segmenter():
    inputs = keras.Input((16, 16, 3))
    fine = L.Conv2D(4, 3, padding="same", activation="relu", name="fine")(inputs)
    coarse = L.Conv2D(4, 3, padding="same", name="coarse")(L.MaxPooling2D()(fine))
    both = L.Concatenate(name="both")([fine, L.UpSampling2D()(coarse)])
    scores = L.Conv2D(2, 1, name="scores")(both)
    return keras.Model(inputs, L.Softmax(name="classes")(scores))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = segmenter()
        self.last = L.Activation("linear", name="last")

    def call(self, inputs):
        return self.last(self.inner(inputs))


@pytest.mark.parametrize(("build", "path"), [(segmenter, "both"), (Subclassed, "/both")])
def test_a_map_before_the_one_that_is_the_output(build, path):
    expl = explained(build(), (16, 16, 3), targets=[first_score])
    assert expl.layer.endswith(path)


def test_class_maps_that_are_pooled_are_explained():
    model = functional(
        (8, 8, 3), L.Conv2D(4, 3, name="maps"), L.GlobalAveragePooling2D(), L.Softmax()
    )
    assert explained(model, (8, 8, 3)).layer == "maps"


class Latents(keras.Model):
    """Cross-attention of five latent tokens, which are no patches, to sixteen patches."""

    def __init__(self):
        super().__init__(name="latents")
        self.patches = L.Conv2D(4, 2, strides=2, name="patches")
        self.attention = L.MultiHeadAttention(2, 4, name="attention")
        self.latents = self.add_weight(shape=(1, 5, 4), initializer="random_normal")
        self.head = L.Dense(3)

    def call(self, inputs):
        x = keras.ops.reshape(self.patches(inputs), (-1, 16, 4))
        return self.head(keras.ops.mean(self.attention(self.latents + 0 * x[:, :1], x), axis=1))


def test_latent_tokens_are_no_patches():
    assert "tokens that lie in a grid" in explained(Latents(), (8, 8, 3)).error
    named = explained(Latents(), (8, 8, 3), layer="patches")
    assert named.targets[0].heatmap.shape == (4, 4)


def test_tokens_that_become_a_map_again():
    inputs = keras.Input((16, 16, 3))
    x = L.Reshape((256, 4))(L.Conv2D(4, 3, padding="same")(inputs))
    x = L.LayerNormalization()(L.Add()([x, L.MultiHeadAttention(1, 4)(x, x)]))
    x = L.Conv2D(5, 3, name="last")(L.Reshape((16, 16, 4))(x))
    model = keras.Model(inputs, L.Dense(2)(L.GlobalAveragePooling2D()(x)))
    assert explained(model, (16, 16, 3)).layer == "last"


def test_a_mixer_of_tokens_and_channels():
    inputs = keras.Input((8, 8, 3))
    x = L.Reshape((16, 6))(L.Conv2D(6, 2, strides=2)(inputs))
    x = L.Add()([x, L.Permute((2, 1))(L.Dense(16)(L.Permute((2, 1))(x)))])
    x = L.Add(name="last")([x, L.Dense(6)(x)])
    model = keras.Model(inputs, L.Dense(2)(L.GlobalAveragePooling1D()(x)))
    expl = explained(model, (8, 8, 3))
    assert (expl.layer, expl.targets[0].heatmap.shape) == ("last", (4, 4))


def test_columns_read_as_a_sequence():
    model = functional(
        (8, 32, 1),
        L.Conv2D(4, 3, padding="same", name="conv"),
        L.MaxPooling2D((8, 1), name="columns"),
        L.Reshape((32, 4)),
        L.GRU(4),
        L.Dense(3),
    )
    expl = explained(model, (8, 32, 1))
    assert (expl.layer, expl.targets[0].heatmap.shape) == ("columns", (1, 32))


def test_films():
    each = L.TimeDistributed(L.Conv2D(3, 3, activation="relu"), name="each")
    pooled = L.TimeDistributed(L.GlobalAveragePooling2D())
    expl = explained(functional((4, 8, 8, 3), each, pooled, L.LSTM(5), L.Dense(2)), (4, 8, 8, 3))
    assert (expl.layer, expl.targets[0].heatmap.shape) == ("each", (4, 6, 6))
    last = L.ConvLSTM2D(3, 3, name="last")
    model = functional((4, 8, 8, 3), last, L.GlobalAveragePooling2D(), L.Dense(2))
    expl = explained(model, (4, 8, 8, 3))
    assert (expl.layer, expl.targets[0].heatmap.shape, expl.image) == ("last", (6, 6), None)


def test_a_signal_without_channels():
    model = functional(
        (50,), L.Reshape((50, 1)), L.Conv1D(4, 3, name="conv"), L.GlobalMaxPooling1D(), L.Dense(2)
    )
    assert explained(model, (50,)).targets[0].heatmap.shape == (48,)


def test_the_output_of_another_picture():
    """Two towers, each with an output of its own: the layer and the picture are the output's."""
    inputs, outputs = [keras.Input((8, 8, 3)), keras.Input((9, 9, 3))], {}
    for name, picture in zip(("left", "right"), inputs, strict=True):
        x = L.GlobalAveragePooling2D()(L.Conv2D(4, 3, name=name)(picture))
        outputs[name] = L.Dense(2)(x)
    model = keras.Model(inputs, outputs)
    doc = [np.ones((1, 8, 8, 3), "float32"), np.ones((1, 9, 9, 3), "float32")]
    for name, size in (("left", (8, 8)), ("right", (9, 9))):
        expl = camlight.explain_prediction(model, doc, targets=[0], output=name)
        assert (expl.layer, expl.image.size) == (name, size)


class TwoWays(keras.Model):
    """Runs one convolution or the other, as the picture is bright or dark."""

    def __init__(self):
        super().__init__()
        self.bright = L.Conv2D(3, 3, activation="relu", name="bright")
        self.dark = L.Conv2D(3, 3, activation="relu", name="dark")
        self.pool = L.GlobalAveragePooling2D()

    def build(self, shape):
        self.bright.build(shape)
        self.dark.build(shape)

    def call(self, inputs):
        bright = float(keras.ops.stop_gradient(keras.ops.mean(inputs))) > 0
        return self.pool((self.bright if bright else self.dark)(inputs))


@pytest.mark.skipif(keras.config.backend() == "jax", reason="JAX differentiates no such code")
def test_a_model_that_goes_another_way_for_each_picture():
    model, bright = TwoWays(), np.ones((1, 8, 8, 3), "float32")
    for doc in (bright, -bright):
        model(doc)
    docs = [bright, -bright] * 4
    alone = [camlight.explain_prediction(model, doc, targets=[1]) for doc in docs]
    assert [expl.layer for expl in alone] == ["bright", "dark"] * 4
    assert list(camlight.explain_predictions(model, docs, targets=[1], batch_size=3)) == alone
    with pytest.raises(ValueError, match="`dark`, which model `two_ways` doesn't call"):
        camlight.explain_prediction(model, bright, layer="dark")


class SaysItIsBuilt(keras.Model):
    """Has no `build` that builds its layers, and one that it never calls."""

    runs = Notes()

    def __init__(self):
        super().__init__()
        self.maps = L.Conv2D(3, 3, activation="relu", name="maps")
        self.pool = L.GlobalAveragePooling2D()
        self.head = L.Dense(4, name="head")
        self.unused = L.Dense(2, name="unused")

    def call(self, inputs):
        self.runs.add(inputs)
        return self.head(self.pool(self.maps(inputs)))


@pytest.mark.filterwarnings("ignore:`build")
@pytest.mark.parametrize("layer", [None, "maps"])
def test_layers_that_are_yet_to_be_built(layer):
    model, doc = SaysItIsBuilt(), np.ones((1, 8, 8, 3), "float32")
    model.build((None, 8, 8, 3))
    expl = camlight.explain_prediction(model, doc, targets=[1], layer=layer)
    assert expl.layer == "maps"
    scores = keras.ops.convert_to_numpy(model(doc))
    assert expl.targets[0].score == pytest.approx(scores[0, 1], 1e-5)
    SaysItIsBuilt.runs.taken()
    again = camlight.explain_prediction(model, doc, targets=[1], layer=layer, compile=False)
    assert len(SaysItIsBuilt.runs.taken()) == 1 or layer is None, "then it is looked for anew"
    np.testing.assert_allclose(again.targets[0].raw_map, expl.targets[0].raw_map, rtol=1e-5)


@pytest.mark.skipif(keras.config.backend() != "jax", reason="other backends run a model for it")
def test_a_layer_is_found_without_values():
    import jax

    model, doc = SaysItIsBuilt(), np.ones((1, 8, 8, 3), "float32")
    model.unused(model.head(np.ones((1, 3))))
    model(doc)
    SaysItIsBuilt.runs.taken()
    assert camlight.explain_prediction(model, doc).layer == "maps"
    seen = SaysItIsBuilt.runs.taken()
    assert seen
    assert all(isinstance(inputs, jax.core.Tracer) for inputs in seen)
