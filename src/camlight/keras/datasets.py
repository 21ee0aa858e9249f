"""Data sets: whatever holds many pictures, one at a time, and put together to batches."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, count
from os import PathLike
from typing import Any

import keras
import numpy as np
from PIL import Image

from .backends import as_array, copied
from .capture.capture import Options
from .graph.spatial import takes_pictures
from .inputs import Inputs, Slot, arrange, check_image, is_array, read_inputs

_END: Any = object()


def one_by_one(model: keras.Model, docs: Any) -> Iterator[Any]:
    """Return each picture of a data set as `camlight.explain_prediction` takes it."""
    return chain.from_iterable(_rows(model, item) for item in _items(model, docs))


def _items(model: keras.Model, docs: Any) -> Iterable[Any]:
    """Return what a data set is made of: single pictures, or batches of them."""
    if isinstance(docs, (list, tuple)):
        several = len(getattr(model, "inputs", None) or ()) > 1
        given = [value for value in docs if value is not None]
        return [docs] if several and given and all(map(is_array, given)) else docs
    if isinstance(docs, dict) or is_array(docs):
        return [docs]
    if isinstance(docs, keras.utils.PyDataset):
        numbers = count() if docs.num_batches is None else range(docs.num_batches)
        return (_without_labels(docs[number]) for number in numbers)
    if isinstance(docs, (str, PathLike)) or not isinstance(docs, Iterable):
        raise TypeError(
            "Expected `docs` to be an array with a row for each picture, or a list, a generator "
            f"or a data set of pictures. Received: {type(docs).__name__}. "
            "For a single picture call `camlight.explain_prediction`."
        )
    loader = type(docs).__module__.startswith("torch.")
    return (_without_labels(item, loader) for item in docs)


def _without_labels(item: Any, loader: bool = False) -> Any:
    """Return `x` of ``(x, y)`` or ``(x, y, sample_weight)``, as Keras's `fit` takes them apart."""
    packed = isinstance(item, tuple) or (loader and isinstance(item, list))
    return next(iter(item), None) if packed else item


def _rows(model: keras.Model, item: Any) -> Iterator[Any]:
    """Yield the pictures of a batch; what isn't one as it is."""
    if isinstance(item, (str, PathLike, Image.Image)):
        yield item
        return
    slots, pack = arrange(model, item)
    arrays = [as_array(s.value) if is_array(s.value) else s.value for s in slots]
    lengths = {
        slot.name: len(array)
        for slot, array in zip(slots, arrays, strict=True)
        if isinstance(array, np.ndarray) and _is_batch(model, slot, array, len(slots) == 1)
    }
    if not lengths:
        yield item
        return
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"Expected the inputs of model `{model.name}` to have a row for each picture. "
            f"Received: {', '.join(f'{n} rows in {name}' for name, n in lengths.items())}."
        )
    for i in range(max(lengths.values())):
        yield pack([a[i : i + 1] if isinstance(a, np.ndarray) else a for a in arrays])


def _is_batch(model: keras.Model, slot: Slot, array: np.ndarray, alone: bool) -> bool:
    """Say whether an array has a row for each picture."""
    if slot.shape is not None:
        return array.ndim == len(slot.shape)
    return not (alone and array.ndim == 3 and takes_pictures(model))


@dataclass(frozen=True)
class Picture:
    """One picture of a data set: what the model is given, what to draw on, and its number."""

    inputs: Inputs
    image: Image.Image | None
    number: int = 0

    @property
    def kind(self) -> tuple[Any, ...]:
        """What pictures of one batch have in common."""
        leaves = keras.tree.flatten(self.inputs.values)
        return tuple(None if leaf is None else (leaf.shape, leaf.dtype.str) for leaf in leaves)


def read_pictures(
    model: keras.Model,
    options: Options,
    docs: Iterator[Any],
    images: Iterator[Any],
    settled: bool = False,
) -> Iterator[Picture]:
    """Read one picture after another; an error carries a note which one it was of.

    They are copied, as a generator may fill the same array with one after another, unless
    `settled`: then no code of the user's runs before their batch is full.
    """
    for number in count():
        with told(number):
            doc, image = next(docs, _END), next(images, _END)
            if doc is _END:
                return
            if image is _END:
                raise ValueError("Expected `images` to hold one for each picture. It ended before.")
            check_image(image)
            inputs = read_inputs(model, doc, options.preprocess, options.preprocessed)
            if not settled:
                inputs = replace(inputs, values=copied(inputs.values))
        yield Picture(inputs, image, number)


@contextmanager
def told(number: int) -> Iterator[None]:
    """Add a note to an error, that says which picture it was of."""
    try:
        yield
    except Exception as error:
        error.add_note(f"This was picture {number} of `docs`, counted from 0.")
        raise


def batches(pictures: Iterator[Picture], size: int) -> Iterator[tuple[list[Picture], int]]:
    """Yield batches of pictures of the same shape, in order, and how many rows each shall have.

    A short one is filled up, so as not to compile for it. That pays once, of pictures as there were
    in a full batch; one that comes again, as where pictures of several shapes take turns, had
    better be compiled for.
    """
    full, short = set[Any](), set[Any]()
    for batch in _of_one_kind(pictures, size):
        kind, rows = batch[0].kind, len(batch)
        if rows == size:
            full.add(kind)
        fills = kind in full and (kind, rows) not in short
        short.add((kind, rows))
        yield batch, size if fills else rows


def _of_one_kind(pictures: Iterator[Picture], size: int) -> Iterator[list[Picture]]:
    """Yield the pictures in lists; an error comes after those before it."""
    batch: list[Picture] = []
    while True:
        try:
            picture = next(pictures, None)
        except Exception:
            if batch:
                yield batch
            raise
        if batch and (picture is None or picture.kind != batch[0].kind):
            yield batch
            batch = []
        if picture is None:
            return
        batch.append(picture)
        if len(batch) == size:
            yield batch
            batch = []


def stacked(batch: list[Picture], rows: int) -> list[np.ndarray | None]:
    """Return the flattened inputs of all pictures; the last one is repeated to fill them up."""
    leaves = [keras.tree.flatten(picture.inputs.values) for picture in batch]
    leaves += [leaves[-1]] * (rows - len(leaves))
    return [None if same[0] is None else _concatenated(same) for same in zip(*leaves, strict=True)]


_ALIGNED = 64
"""Bytes: TensorFlow and JAX read arrays in place that begin at a multiple of this."""


def _concatenated(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Return the arrays, one behind another, where a backend can read them without a copy."""
    size = sum(array.nbytes for array in arrays)
    memory = np.empty(size + _ALIGNED, np.uint8)
    start = -memory.ctypes.data % _ALIGNED
    flat = memory[start : start + size].view(np.result_type(*arrays))
    return np.concatenate(arrays, out=flat.reshape(-1, *arrays[0].shape[1:]))
