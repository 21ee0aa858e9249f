"""Data sets: whatever holds many pictures, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count
from os import PathLike
from typing import Any

import keras
import numpy as np
from PIL import Image

from .arrangement import Slot, arrange
from .arrays import as_array, is_array
from .maps import takes_pictures

__all__ = ["one_by_one"]


def one_by_one(model: keras.Model, docs: Any) -> Iterator[Any]:
    """Return each picture of a data set as `camlight.explain_prediction` takes it.

    Parameters
    ----------
    model : keras.Model
    docs
        As in `camlight.explain_predictions`.

    Raises
    ------
    TypeError
        If `docs` holds no pictures, or can't be gone through.
    ValueError
        If the model's inputs have different numbers of rows.
    """
    return chain.from_iterable(_rows(model, item) for item in _items(model, docs))


def _items(model: keras.Model, docs: Any) -> Iterable[Any]:
    """Return what a data set is made of: single pictures, or batches of them."""
    if isinstance(docs, (list, tuple)):
        several = len(getattr(model, "inputs", None) or ()) > 1
        return [docs] if several and _are_arrays(docs) else docs
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


def _are_arrays(inputs: Sequence[Any]) -> bool:
    """Say whether all inputs of a model are arrays, but for those that are left out."""
    given = [value for value in inputs if value is not None]
    return bool(given) and all(map(is_array, given))


def _without_labels(item: Any, loader: bool = False) -> Any:
    """Return `x` of ``(x, y)`` or ``(x, y, sample_weight)``, as Keras's `fit` takes them apart."""
    if isinstance(item, tuple) or (loader and isinstance(item, list)):
        return item[0] if item else None
    return item


def _rows(model: keras.Model, item: Any) -> Iterator[Any]:
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
    if slot.shape is not None:
        return array.ndim == len(slot.shape)
    return not (alone and array.ndim == 3 and takes_pictures(model))
