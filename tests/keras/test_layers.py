"""Which layer is taken: the automatic one, and every way to name one."""

import inspect

import keras
import numpy as np
import pytest

import camlight
from camlight.keras.capture.plan import layers_for
from camlight.keras.options import read_options
from camlight.keras.run.forward import ForwardPass
from tests.references import array

AUTOMATIC = {
    "ConvNeXtBase": ("add_35", (7, 7)),
    "ConvNeXtLarge": ("add_35", (7, 7)),
    "ConvNeXtSmall": ("add_35", (7, 7)),
    "ConvNeXtTiny": ("add_17", (7, 7)),
    "ConvNeXtXLarge": ("add_35", (7, 7)),
    "DenseNet121": ("relu", (7, 7)),
    "DenseNet169": ("relu", (7, 7)),
    "DenseNet201": ("relu", (7, 7)),
    "EfficientNetB0": ("top_activation", (7, 7)),
    "EfficientNetB1": ("top_activation", (8, 8)),
    "EfficientNetB2": ("top_activation", (9, 9)),
    "EfficientNetB3": ("top_activation", (10, 10)),
    "EfficientNetB4": ("top_activation", (12, 12)),
    "EfficientNetB5": ("top_activation", (15, 15)),
    "EfficientNetB6": ("top_activation", (17, 17)),
    "EfficientNetB7": ("top_activation", (19, 19)),
    "EfficientNetV2B0": ("top_activation", (7, 7)),
    "EfficientNetV2B1": ("top_activation", (8, 8)),
    "EfficientNetV2B2": ("top_activation", (9, 9)),
    "EfficientNetV2B3": ("top_activation", (10, 10)),
    "EfficientNetV2L": ("top_activation", (15, 15)),
    "EfficientNetV2M": ("top_activation", (15, 15)),
    "EfficientNetV2S": ("top_activation", (12, 12)),
    "InceptionResNetV2": ("conv_7b_ac", (8, 8)),
    "InceptionV3": ("mixed10", (8, 8)),
    "MobileNet": ("conv_pw_13_relu", (7, 7)),
    "MobileNetV2": ("out_relu", (7, 7)),
    "MobileNetV3Large": ("activation_19", (7, 7)),
    "MobileNetV3Small": ("activation_17", (7, 7)),
    "NASNetLarge": ("activation_259", (11, 11)),
    "NASNetMobile": ("activation_187", (7, 7)),
    "ResNet101": ("conv5_block3_out", (7, 7)),
    "ResNet101V2": ("post_relu", (7, 7)),
    "ResNet152": ("conv5_block3_out", (7, 7)),
    "ResNet152V2": ("post_relu", (7, 7)),
    "ResNet50": ("conv5_block3_out", (7, 7)),
    "ResNet50V2": ("post_relu", (7, 7)),
    "VGG16": ("block5_pool", (7, 7)),
    "VGG19": ("block5_pool", (7, 7)),
    "Xception": ("block14_sepconv2_act", (10, 10)),
}
"""Every network of keras.applications: the automatic layer and the size of its map."""


def find_layer(model, layer, doc):
    found = layers_for(ForwardPass(model, doc), read_options(layer=layer))
    return found[0] if found else None


UNLIKE_ELI5 = {name for name in AUTOMATIC if name.startswith(("ConvNeXt", "MobileNetV3"))}
UNLIKE_ELI5 |= {"MobileNet"}


ONE_OF_EACH = {
    *("ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "EfficientNetV2B0", "InceptionV3"),
    *("MobileNet", "MobileNetV2", "MobileNetV3Small", "ResNet50", "ResNet50V2", "VGG16"),
    "Xception",
}


def test_the_table_holds_every_network():
    builders = inspect.getmembers(keras.applications, inspect.isfunction)
    assert {name for name, _ in builders} == set(AUTOMATIC)
    assert set(AUTOMATIC) > ONE_OF_EACH


@pytest.fixture
def empty_weights(monkeypatch):
    """Drawing hundreds of millions of random weights takes longer than what is tested."""

    def zeros(self, shape, dtype=None):
        return keras.ops.zeros(shape, dtype)

    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", zeros)


@pytest.mark.parametrize("name", AUTOMATIC)
@pytest.mark.usefixtures("empty_weights")
def test_automatic_layer(name):
    if name not in ONE_OF_EACH and keras.config.backend() != "tensorflow":
        pytest.skip("the graph is the same on every backend: others see one of each family")
    keras.backend.clear_session()  # Keras numbers unnamed layers through the session
    sized = {"input_shape": (224, 224, 3)} if name.startswith("MobileNetV3") else {}
    model = getattr(keras.applications, name)(weights=None, **sized)
    place = find_layer(model, None, np.empty((1, *model.input_shape[1:])))
    assert (place.path, tuple(place.operation.output.shape[1:3])) == AUTOMATIC[name]
    last = [layer for layer in model.layers if len(layer.output.shape) == 4][-1]
    assert (place.operation is last) is (name not in UNLIKE_ELI5)


def test_every_way_to_name_a_layer(network, doc):
    branch = network.get_layer("branch")
    index = network.layers.index(branch)
    expected = camlight.explain_prediction(network, doc, layer="branch")
    assert expected.layer == "branch"
    for layer in (branch, index, np.int64(index), index - len(network.layers)):
        assert camlight.explain_prediction(network, doc, layer=layer) == expected


def test_an_operation_that_is_no_layer(doc):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(3, 3, padding="same")(inputs)
    total = inputs + x
    outputs = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(total))
    model = keras.Model(inputs, outputs)
    operation = model.operations[2]
    assert not isinstance(operation, keras.layers.Layer)
    expected = camlight.explain_prediction(model, doc, targets=[0])
    assert expected.layer == operation.name
    for layer in (operation, operation.name):
        assert camlight.explain_prediction(model, doc, targets=[0], layer=layer) == expected


def test_two_branches_meet_no_later_than_the_stem(doc):
    inputs = keras.Input((8, 8, 3))
    stem = keras.layers.Conv2D(3, 3, name="stem")(inputs)
    pooled = [keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(2, 3)(stem)) for _ in "ab"]
    outputs = keras.layers.Dense(2)(keras.layers.Concatenate()(pooled))
    assert find_layer(keras.Model(inputs, outputs), None, doc).path == "stem"


def test_nested_twice(doc):
    def wrap(x, name):
        inputs = keras.Input(x.shape[1:])
        return lambda layer: keras.Model(inputs, layer(inputs), name=name)

    inputs = keras.Input((8, 8, 3))
    inner = wrap(inputs, "inner")(keras.layers.Conv2D(3, 3, name="conv"))
    outer = wrap(inputs, "outer")(inner)
    x = keras.layers.GlobalAveragePooling2D()(outer(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2)(x))
    assert find_layer(model, None, doc).path == "outer/inner/conv"
    assert find_layer(model, "outer/inner", doc).operation is inner
    assert find_layer(model, "conv", doc).path == "outer/inner/conv"


def test_a_subclassed_backbone_in_a_functional_model(doc):
    class Backbone(keras.Model):
        def __init__(self):
            super().__init__(name="backbone")
            self.blocks = {"a": [keras.layers.Conv2D(3, 3, name="deep")]}

        def call(self, inputs):
            return keras.ops.mean(self.blocks["a"][0](inputs), axis=(1, 2))

    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, keras.layers.Dense(2)(Backbone()(inputs)))
    assert find_layer(model, None, doc).path == "backbone/deep"


def test_a_patch_embedding_is_not_picked_silently(doc):
    inputs = keras.Input((8, 8, 3))
    patches = keras.layers.Conv2D(6, 2, strides=2, name="patches")(inputs)
    x = keras.layers.Reshape((16, 6))(patches)
    x = keras.layers.Add(name="sum")([x, keras.layers.MultiHeadAttention(2, 3)(x, x)])
    outputs = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling1D()(x))
    vit = keras.Model(inputs, outputs, name="vit")
    outer = keras.Input((8, 8, 3))
    for model, path in ((vit, "sum"), (keras.Model(outer, vit(outer)), "vit/sum")):
        assert camlight.explain_prediction(model, doc, targets=[0]).layer == path
        named = camlight.explain_prediction(model, doc, targets=[0], layer="patches")
        assert (named.targets[0].heatmap.shape, named.warnings) == ((4, 4), [])


def test_the_patches_of_branches_that_meet_later_are_explained_as_tokens(doc):
    inputs = keras.Input((8, 8, 3))
    patches = keras.layers.Conv2D(6, 2, strides=2, name="patches")(inputs)
    x = keras.layers.Reshape((16, 6), name="tokens")(patches)
    branches = [keras.layers.Dense(6, name=name)(x) for name in ("left", "right")]
    pooled = [keras.layers.GlobalAveragePooling1D()(branch) for branch in branches]
    outputs = keras.layers.Dense(2)(keras.layers.Add()(pooled))
    expl = camlight.explain_prediction(keras.Model(inputs, outputs), doc, targets=[0])
    assert expl.layer == "tokens"


def test_a_map_pooled_as_a_sequence_is_a_map_as_any(doc):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="conv")(inputs)
    x = keras.layers.GlobalAveragePooling1D()(keras.layers.Reshape((-1, 4))(x))
    model = keras.Model(inputs, keras.layers.Dense(2, kernel_initializer="ones")(x))
    expl = camlight.explain_prediction(model, doc)
    assert (expl.layer, expl.warnings) == ("conv", [])


@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        ("brunch", ValueError, "doesn't have. Did you mean 'branch'"),
        ("nothing like it", ValueError, r"`camlight.layers\(model\)` lists"),
        (99, ValueError, r"index into the 6 layers of model `network`, -6 to 5. Received: 99"),
        (-7, ValueError, "Received: -7"),
        (1.5, TypeError, "Expected `layer` to be None, a layer's name.* Received: 1.5 of type"),
        (True, TypeError, "Received: True of type bool"),
        (b"conv", TypeError, "of type bytes"),
        ("pool", ValueError, r"layer `pool` with output shape \(1, 5\).* Choose a convolution"),
        ("head", ValueError, r"spatial map.*layer `head`"),
    ],
)
def test_bad_layers(network, doc, layer, error, message):
    with pytest.raises(error, match=message):
        camlight.explain_prediction(network, doc, layer=layer)


def test_a_layer_of_another_model(network, doc):
    with pytest.raises(ValueError, match="layer `stranger`, which isn't"):
        camlight.explain_prediction(network, doc, layer=keras.layers.Conv2D(1, 1, name="stranger"))


def test_a_name_that_is_there_twice(doc):
    inputs = keras.Input((8, 8, 3))
    x = inputs
    for name in ("first", "second"):
        inner = keras.Input(x.shape[1:])
        x = keras.Model(inner, keras.layers.Conv2D(2, 1, name="conv")(inner), name=name)(x)
    outputs = keras.layers.Dense(2)(keras.layers.Flatten()(x))
    with pytest.raises(ValueError, match="several: first/conv, second/conv"):
        camlight.explain_prediction(keras.Model(inputs, outputs), doc, layer="conv")


def test_a_layer_that_never_runs(doc):
    class Idle(keras.Model):
        def __init__(self):
            super().__init__(name="idler")
            self.idle = keras.layers.Conv2D(1, 1, name="idle")
            self.idle.build((None, 8, 8, 3))
            self.head = keras.layers.Dense(2)

        def call(self, inputs):
            return self.head(keras.ops.mean(inputs, axis=(1, 2)))

    with pytest.raises(ValueError, match="layer `idle`, which model `idler` doesn't call"):
        camlight.explain_prediction(Idle(), doc, layer="idle")


def test_a_layer_with_several_outputs(doc):
    class Split(keras.layers.Layer):
        def call(self, inputs):
            return inputs, inputs

    inputs = keras.Input((8, 8, 3))
    x, _ = Split(name="split")(keras.layers.Conv2D(2, 1)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(x)))
    outer = keras.Input((8, 8, 3))
    for whole in (model, keras.Model(outer, model(outer))):
        with pytest.raises(
            ValueError, match=r"^Expected .* Received: layer `.*split`, whose output is a tuple"
        ):
            camlight.explain_prediction(whole, doc, layer="split")


def test_a_rematerialised_layer(doc):
    """Keras runs such a layer anew on the way back, where its output was caught too early."""
    keras.utils.set_random_seed(2)
    plain = small_sequential()
    with keras.RematScope(mode="full"):
        remat = small_sequential()
    remat.set_weights(plain.get_weights())
    expected = camlight.explain_prediction(plain, doc, targets=[0]).targets
    assert camlight.explain_prediction(remat, doc, targets=[0]).targets == expected


def test_a_quantized_layer(doc):
    """Keras runs such a layer by another function than `call`."""
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Dense(4, name="mix")(inputs)
    outputs = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, outputs)
    model.get_layer("mix").quantize("int8")
    seen = camlight.keras.gradcam_backend(model, doc, [0], "mix")
    np.testing.assert_allclose(seen[1], array(model.get_layer("mix")(doc))[0], atol=1e-6)


def small_sequential():
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(4, 3, activation="relu", kernel_initializer="ones"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, kernel_initializer="ones"),
        ]
    )


def test_a_prepared_picture_is_no_feature_map_without_a_graph_either(doc):
    class TwoBranches(keras.Model):
        def __init__(self):
            super().__init__()
            self.scale = keras.layers.Normalization()
            self.scale.adapt(doc)
            self.convs = [keras.layers.Conv2D(2, 3) for _ in "ab"]
            self.head = keras.layers.Dense(2)

        def call(self, inputs):
            x = self.scale(inputs)
            pooled = [keras.ops.mean(conv(x), axis=(1, 2)) for conv in self.convs]
            return self.head(keras.ops.concatenate(pooled, axis=1))

    assert "not supported" in camlight.explain_prediction(TwoBranches(), doc).error
