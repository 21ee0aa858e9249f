"""EfficientNet-Lite networks to call, and the input that they expect."""

from typing import Any

import keras
import numpy as np

from camlight.demo.architecture import LITE0, LITE1, Stage, build
from camlight.demo.weights import load_imagenet


def efficientnet_lite0(
    *, classifier_activation: Any = "softmax", weights: str | None = "imagenet"
) -> keras.Model:
    """Build EfficientNet-Lite0, trained on ImageNet.

    Parameters
    ----------
    classifier_activation : str, callable or None, optional
        Activation of the last layer, as `keras.layers.Dense` takes it. None gives logits.
    weights : {"imagenet", None}, optional
        ``"imagenet"`` for the trained weights, None for random ones.

    Returns
    -------
    keras.Model
        A functional model: input of shape (batch, 224, 224, 3) from `preprocess_input`, output of
        shape (batch, 1000). For inference: it has no dropout.

    Raises
    ------
    ValueError
        If `weights` is neither ``"imagenet"`` nor None, or the file of trained weights does not
        fit the network.
    ImportError
        If the package with the trained weights is not installed.
    pickle.UnpicklingError
        If the file of trained weights is damaged.

    Examples
    --------
    >>> from camlight import demo
    >>> model = demo.efficientnet_lite0(classifier_activation=None)
    >>> model.input_shape, model.output_shape
    ((None, 224, 224, 3), (None, 1000))
    >>> model.get_layer("top_activation").output.shape
    (None, 7, 7, 1280)
    """
    return _network("efficientnet_lite0", LITE0, 224, classifier_activation, weights)


def efficientnet_lite1(
    *, classifier_activation: Any = "softmax", weights: str | None = "imagenet"
) -> keras.Model:
    """Build EfficientNet-Lite1, trained on ImageNet: deeper than Lite0, with a larger input.

    Parameters
    ----------
    classifier_activation : str, callable or None, optional
        Activation of the last layer, as `keras.layers.Dense` takes it. None gives logits.
    weights : {"imagenet", None}, optional
        ``"imagenet"`` for the trained weights, None for random ones.

    Returns
    -------
    keras.Model
        A functional model: input of shape (batch, 240, 240, 3) from `preprocess_input`, output of
        shape (batch, 1000). For inference: it has no dropout.

    Raises
    ------
    ValueError
        If `weights` is neither ``"imagenet"`` nor None, or the file of trained weights does not
        fit the network.
    ImportError
        If the package with the trained weights is not installed.
    pickle.UnpicklingError
        If the file of trained weights is damaged.

    Examples
    --------
    >>> from camlight import demo
    >>> model = demo.efficientnet_lite1()
    >>> model.input_shape, model.output_shape
    ((None, 240, 240, 3), (None, 1000))
    """
    return _network("efficientnet_lite1", LITE1, 240, classifier_activation, weights)


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
    >>> from camlight import demo
    >>> demo.preprocess_input([[0, 127, 255]])
    array([[-0.9921875,  0.       ,  1.       ]], dtype=float32)
    """
    if isinstance(x, keras.KerasTensor) or keras.ops.is_tensor(x):
        pixels = keras.ops.cast(x, "float32")
    else:
        pixels = np.asarray(x, dtype=np.float32)
    return (pixels - 127.0) / 128.0


def _network(
    name: str,
    stages: tuple[Stage, ...],
    size: int,
    classifier_activation: Any,
    weights: str | None,
) -> keras.Model:
    if weights not in ("imagenet", None):
        raise ValueError(
            f"expected weights to be 'imagenet' or None, received {weights!r}. "
            "For weights of your own, pass None and call model.load_weights"
        )
    model = build(name, stages, size, classifier_activation)
    if weights == "imagenet":
        load_imagenet(model)
    return model
