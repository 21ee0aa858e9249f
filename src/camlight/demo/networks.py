"""EfficientNet-Lite, trained on ImageNet: no squeeze-and-excitation, and ReLU6 for swish."""

from typing import Any, NamedTuple

import keras
import numpy as np

from camlight.demo.labels import CLASSES
from camlight.demo.weights import load_imagenet


class _Stage(NamedTuple):
    """Inverted bottleneck blocks in a row; the first of them has the stride."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_LITE0 = (
    _Stage(repeats=1, kernel=3, stride=1, expansion=1, channels=16),
    _Stage(repeats=2, kernel=3, stride=2, expansion=6, channels=24),
    _Stage(repeats=2, kernel=5, stride=2, expansion=6, channels=40),
    _Stage(repeats=3, kernel=3, stride=2, expansion=6, channels=80),
    _Stage(repeats=3, kernel=5, stride=1, expansion=6, channels=112),
    _Stage(repeats=4, kernel=5, stride=2, expansion=6, channels=192),
    _Stage(repeats=1, kernel=3, stride=1, expansion=6, channels=320),
)
_LITE1 = tuple(
    stage._replace(repeats=repeats)
    for stage, repeats in zip(_LITE0, (1, 3, 3, 4, 4, 5, 1), strict=True)
)
_CONVOLUTION: Any = {"padding": "same", "use_bias": False, "data_format": "channels_last"}


def efficientnet_lite0(
    *, classifier_activation: Any = "softmax", weights: str | None = "imagenet"
) -> keras.Model:
    """Build EfficientNet-Lite0, trained on ImageNet.

    Parameters
    ----------
    classifier_activation : str, callable or None, optional
        Activation of the last layer, as `keras.layers.Dense` takes it. None gives logits.
    weights : {"imagenet", None}, optional
        The trained ones, or random ones.

    Returns
    -------
    keras.Model
        A functional model: input of shape (batch, 224, 224, 3) from `preprocess_input`, output of
        shape (batch, 1000). For inference: it has no dropout.

    Raises
    ------
    ValueError, ImportError
        If `weights` is something else or their file is damaged; if their package isn't installed.

    Examples
    --------
    >>> model = efficientnet_lite0(classifier_activation=None)
    >>> model.input_shape, model.output_shape
    ((None, 224, 224, 3), (None, 1000))
    >>> model.get_layer("top_activation").output.shape
    (None, 7, 7, 1280)
    """
    return _network("efficientnet_lite0", _LITE0, 224, classifier_activation, weights)


def efficientnet_lite1(
    *, classifier_activation: Any = "softmax", weights: str | None = "imagenet"
) -> keras.Model:
    """Build EfficientNet-Lite1, trained on ImageNet: deeper than Lite0, with a larger input.

    Parameters
    ----------
    classifier_activation, weights : optional
        As in `efficientnet_lite0`, which raises the same errors.

    Returns
    -------
    keras.Model
        As that one, with inputs of shape (batch, 240, 240, 3).

    Examples
    --------
    >>> model = efficientnet_lite1()
    >>> model.input_shape, model.output_shape
    ((None, 240, 240, 3), (None, 1000))
    """
    return _network("efficientnet_lite1", _LITE1, 240, classifier_activation, weights)


def preprocess_input(x: Any) -> Any:
    """Scale pixels as the EfficientNet-Lite networks expect them: ``(x - 127) / 128``.

    Parameters
    ----------
    x : array_like or tensor, shape (..., 3)
        Pixels in RGB order, 0 to 255. It is not modified.

    Returns
    -------
    numpy.ndarray or tensor of float32, shape (..., 3)
        The scaled pixels, -0.99 to 1. A tensor for a tensor, else an array.

    Examples
    --------
    >>> preprocess_input([[0, 127, 255]])
    array([[-0.9921875,  0.       ,  1.       ]], dtype=float32)
    """
    if isinstance(x, keras.KerasTensor) or keras.ops.is_tensor(x):
        pixels = keras.ops.cast(x, "float32")
    else:
        pixels = np.asarray(x, dtype=np.float32)
    return (pixels - 127.0) / 128.0


def _network(
    name: str, stages: tuple[_Stage, ...], size: int, activation: Any, weights: str | None
) -> keras.Model:
    """Build a network, from (batch, size, size, 3) to (batch, 1000)."""
    if weights not in ("imagenet", None):
        raise ValueError(
            f"expected weights to be 'imagenet' or None, received {weights!r}. "
            "For weights of your own, pass None and call model.load_weights"
        )
    inputs = keras.Input((size, size, 3), name="input_image")
    x = _conv(inputs, "stem_conv", 32, kernel=3, stride=2)
    x = _normalized(x, "stem_bn", "stem_activation")
    for number, stage in enumerate(stages, start=1):
        for repeat in range(stage.repeats):
            letter = chr(ord("a") + repeat)
            x = _block(x, f"block{number}{letter}_", stage, stage.stride if repeat == 0 else 1)
    x = _conv(x, "top_conv", 1280)
    x = _normalized(x, "top_bn", "top_activation")
    x = keras.layers.GlobalAveragePooling2D(data_format="channels_last", name="avg_pool")(x)
    outputs = keras.layers.Dense(CLASSES, activation=activation, name="predictions")(x)
    model = keras.Model(inputs, outputs, name=name)
    if weights == "imagenet":
        load_imagenet(model)
    return model


def _block(inputs: Any, prefix: str, stage: _Stage, stride: int) -> Any:
    channels = inputs.shape[-1]
    x = inputs
    if stage.expansion > 1:
        x = _conv(x, f"{prefix}expand_conv", channels * stage.expansion)
        x = _normalized(x, f"{prefix}expand_bn", f"{prefix}expand_activation")
    x = keras.layers.DepthwiseConv2D(
        stage.kernel, strides=stride, name=f"{prefix}dwconv", **_CONVOLUTION
    )(x)
    x = _normalized(x, f"{prefix}bn", f"{prefix}activation")
    x = _conv(x, f"{prefix}project_conv", stage.channels)
    x = _normalized(x, f"{prefix}project_bn")
    if stride == 1 and channels == stage.channels:
        x = keras.layers.Add(name=f"{prefix}add")([x, inputs])
    return x


def _conv(x: Any, name: str, channels: int, kernel: int = 1, stride: int = 1) -> Any:
    return keras.layers.Conv2D(channels, kernel, strides=stride, name=name, **_CONVOLUTION)(x)


def _normalized(x: Any, name: str, activation: str | None = None) -> Any:
    x = keras.layers.BatchNormalization(axis=-1, epsilon=1e-3, name=name)(x)
    return x if activation is None else keras.layers.ReLU(max_value=6.0, name=activation)(x)
