"""The layers of EfficientNet-Lite.

EfficientNet without squeeze-and-excitation, with ReLU6 for swish. The larger variants repeat blocks
more often, except in the first and the last stage; stem and head stay as they are.
"""

from typing import Any, NamedTuple

import keras

CLASSES = 1000


class Stage(NamedTuple):
    """Inverted bottleneck blocks in a row; the first of them has the stride."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


LITE0 = (
    Stage(repeats=1, kernel=3, stride=1, expansion=1, channels=16),
    Stage(repeats=2, kernel=3, stride=2, expansion=6, channels=24),
    Stage(repeats=2, kernel=5, stride=2, expansion=6, channels=40),
    Stage(repeats=3, kernel=3, stride=2, expansion=6, channels=80),
    Stage(repeats=3, kernel=5, stride=1, expansion=6, channels=112),
    Stage(repeats=4, kernel=5, stride=2, expansion=6, channels=192),
    Stage(repeats=1, kernel=3, stride=1, expansion=6, channels=320),
)
LITE1 = tuple(
    stage._replace(repeats=repeats)
    for stage, repeats in zip(LITE0, (1, 3, 3, 4, 4, 5, 1), strict=True)
)


def build(
    name: str, stages: tuple[Stage, ...], size: int, classifier_activation: Any
) -> keras.Model:
    """Build a network with random weights.

    Parameters
    ----------
    name : str
        Name of the model.
    stages : tuple of Stage
        `LITE0` or `LITE1`.
    size : int
        Height and width of the input, in pixels.
    classifier_activation : str, callable or None
        Activation of the last layer.

    Returns
    -------
    keras.Model
        A functional model from (batch, size, size, 3) to (batch, 1000).
    """
    inputs = keras.Input((size, size, 3), name="input_image")
    x = _conv(inputs, "stem_conv", 32, kernel=3, stride=2)
    x = _normalise(x, "stem_bn", "stem_activation")
    for number, stage in enumerate(stages, start=1):
        for repeat in range(stage.repeats):
            letter = chr(ord("a") + repeat)
            x = _block(x, f"block{number}{letter}_", stage, stage.stride if repeat == 0 else 1)
    x = _conv(x, "top_conv", 1280)
    x = _normalise(x, "top_bn", "top_activation")
    x = keras.layers.GlobalAveragePooling2D(data_format="channels_last", name="avg_pool")(x)
    outputs = keras.layers.Dense(CLASSES, activation=classifier_activation, name="predictions")(x)
    return keras.Model(inputs, outputs, name=name)


def _block(inputs: Any, prefix: str, stage: Stage, stride: int) -> Any:
    channels = inputs.shape[-1]
    x = inputs
    if stage.expansion > 1:
        x = _conv(x, f"{prefix}expand_conv", channels * stage.expansion)
        x = _normalise(x, f"{prefix}expand_bn", f"{prefix}expand_activation")
    x = keras.layers.DepthwiseConv2D(
        stage.kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        data_format="channels_last",
        name=f"{prefix}dwconv",
    )(x)
    x = _normalise(x, f"{prefix}bn", f"{prefix}activation")
    x = _conv(x, f"{prefix}project_conv", stage.channels)
    x = _normalise(x, f"{prefix}project_bn")
    if stride == 1 and channels == stage.channels:
        x = keras.layers.Add(name=f"{prefix}add")([x, inputs])
    return x


def _conv(x: Any, name: str, channels: int, kernel: int = 1, stride: int = 1) -> Any:
    return keras.layers.Conv2D(
        channels,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        data_format="channels_last",
        name=name,
    )(x)


def _normalise(x: Any, name: str, activation: str | None = None) -> Any:
    x = keras.layers.BatchNormalization(axis=-1, epsilon=1e-3, name=name)(x)
    return x if activation is None else keras.layers.ReLU(max_value=6.0, name=activation)(x)
