"""The input: checked before anything runs, and arranged as the model takes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from PIL import Image

from .arrays import batch_of_one, to_array
from .capture.compiled import Plan
from .graph.nodes import input_structure, origin_of
from .graph.spatial import FeatureMapSpec, data_format_of
from .preprocessing import Preprocess, opened, prepared, true_colours

Canvas = tuple[Image.Image | None, np.ndarray | None]
"""What a map is drawn on: a picture, or the values of a signal or a volume."""


@dataclass(frozen=True)
class Inputs:
    """What the model is given, and the pictures that it came from.

    Attributes
    ----------
    values : ndarray, or nested list, tuple or dict of ndarrays
        As the model takes them.
    picture : int
        Which of the flattened values is the picture, the first one where there are several.
    originals : dict
        The pictures that were preprocessed, by their position among the flattened values.
    preprocessed : str, optional
        The known way in which the pictures were preprocessed.
    """

    values: Any
    picture: int
    originals: dict[int, Image.Image]
    preprocessed: str | None

    def canvas(self, image: Image.Image | None, plan: Plan) -> Canvas:
        """Return what the map is drawn on; the `image` of the user comes first.

        Raises
        ------
        ValueError
            If the value isn't of 1, 3 or 4 channels, or of none, to make a picture of.
        """
        if image is None:
            image = self._image(plan.picture, plan.spec)
        return image, self._data(plan.picture, plan.spec)

    def _image(self, position: int, spec: FeatureMapSpec) -> Image.Image | None:
        """Return the picture to draw on; None for a signal, a volume or a film."""
        doc, data_format = keras.tree.flatten(self.values)[position], spec.data_format
        if spec.rank != 2 or doc.ndim > 4:
            return None
        if position in self.originals:
            return self.originals[position]
        if doc.ndim == 3:
            doc, data_format = doc[..., np.newaxis], "channels_last"
        if doc.ndim == 4 and data_format == "channels_first":
            doc = np.moveaxis(doc, 1, -1)
        if doc.ndim != 4 or doc.shape[-1] not in (1, 3, 4):
            received = f"{doc.shape[-1]} channels" if doc.ndim == 4 else f"shape {doc.shape}"
            raise ValueError(
                "Expected `doc` to have 1, 3 or 4 channels, so that a picture can be made of it. "
                f"Received: {received}. Pass the picture to draw on as `image`."
            )
        if self.preprocessed:
            return true_colours(doc, self.preprocessed)
        picture: Image.Image = keras.utils.array_to_img(doc[0], data_format="channels_last")
        return picture

    def _data(self, position: int, spec: FeatureMapSpec) -> np.ndarray | None:
        """Return the signal (L, C) or volume (D, H, W, C) to draw; None for anything else."""
        batch = keras.tree.flatten(self.values)[position]
        if spec.rank == 2 or batch.ndim not in (spec.rank + 1, spec.rank + 2):
            return None
        values = spec.pictures(batch)[0]
        # a copy: the explanation stays what it was when the user fills the array with the next one
        return np.array(values, dtype=np.result_type(values, np.float32))


def read_inputs(
    model: keras.Model,
    doc: Any,
    preprocess: Preprocess | None = None,
    preprocessed: str | None = None,
) -> Inputs:
    """Return what the model is given.

    Parameters
    ----------
    model : keras.Model
    doc
        As in `camlight.explain_prediction_keras`.
    preprocess : callable, optional
        Makes an array of the picture.
    preprocessed : str, optional
        The known way in which `doc` was preprocessed.

    Raises
    ------
    TypeError
        If `doc` can't be an image.
    ValueError
        If `doc` doesn't fit the model, holds NaN or infinity, or more than one picture.
    """
    slots, pack = arrange(model, doc)
    position = _picture_among(slots)
    originals: dict[int, Image.Image] = {}
    if preprocess is not None:
        data_format = data_format_of(model)
        for i in _pictures_among(slots, position):
            shape = slots[i].shape or (None, None, None, 3)
            originals[i] = opened(slots[i].value)
            ready = prepared(originals[i], shape, data_format, preprocess)
            slots[i] = replace(slots[i], value=ready)
    arrays = [_read(model, slot, alone=len(slots) == 1) for slot in slots]
    return Inputs(pack(arrays), position, originals, preprocessed)


def check_image(image: Any) -> None:
    """Raise TypeError unless `image` is None or a Pillow image."""
    if not (image is None or isinstance(image, Image.Image)):
        text = repr(image)
        text = text if len(text) <= 60 else f"{text[:57]}..."
        raise TypeError(
            "Expected `image` to be a PIL.Image.Image. "
            f"Received: {text} of type {type(image).__name__}. "
            "Convert an array with `keras.utils.array_to_img`."
        )


def _read(model: keras.Model, slot: Slot, alone: bool) -> np.ndarray | None:
    if slot.value is None and slot.optional:
        return None
    array = to_array(slot.value, slot.name)
    return batch_of_one(model, array, slot.name, slot.shape, alone)


def _pictures_among(slots: list[Slot], first: int) -> list[int]:
    """Return all inputs that are given and can be pictures, as the `first` is."""
    return [
        i
        for i, slot in enumerate(slots)
        if i == first or (slot.rank == slots[first].rank == 4 and slot.value is not None)
    ]


def _picture_among(slots: list[Slot]) -> int:
    """Return the first input that can be a picture; else the one with the most axes."""
    ranks = [slot.rank for slot in slots]
    return ranks.index(4) if 4 in ranks else ranks.index(max(ranks))


@dataclass(frozen=True)
class Slot:
    """One input of a model, and what was given for it.

    Attributes
    ----------
    name : str
        How to speak of it: ``"doc"``, or ``"doc['age']"`` where there are several.
    value : object
    shape : tuple, optional
        What the model takes, the batch axis first and None where it takes any size; None where
        nothing is known.
    optional : bool
        Whether the model does without it.
    """

    name: str
    value: Any
    shape: tuple[int | None, ...] | None = None
    optional: bool = False

    @property
    def rank(self) -> int:
        """The number of axes, the batch axis included."""
        if self.shape is not None:
            return len(self.shape)
        if isinstance(self.value, (Image.Image, str)):
            return 4
        return int(getattr(self.value, "ndim", 0))


Pack = Callable[[Sequence[Any]], Any]


def arrange(model: keras.Model, doc: Any) -> tuple[list[Slot], Pack]:
    """Return the inputs of the model with what was given for each, and how to pack them.

    Raises
    ------
    TypeError
        If the model takes several inputs and `doc` is no list, tuple or dict.
    ValueError
        If an input is missing, or there is one too many.
    """
    symbols = list(getattr(model, "inputs", None) or ())
    if not symbols:
        return _as_given(doc)
    structure = input_structure(model)
    if len(symbols) == 1:
        values = [_only(doc)]
        names = ["doc"]
    else:
        keys = _keys(structure, symbols)
        values = _matched(model, doc, keys, symbols)
        names = [f"doc[{key!r}]" for key in keys]
    slots = [
        Slot(name, value, tuple(symbol.shape), _is_optional(symbol))
        for name, value, symbol in zip(names, values, symbols, strict=True)
    ]
    return slots, lambda arrays: keras.tree.pack_sequence_as(structure, list(arrays))


def _as_given(doc: Any) -> tuple[list[Slot], Pack]:
    """Take the structure of `doc` as it is, for a model that doesn't say what it takes."""
    if isinstance(doc, (list, tuple, dict)) and any(map(_is_data, keras.tree.flatten(doc))):
        leaves = keras.tree.flatten(doc)
        slots = [Slot(f"doc[{i}]", leaf) for i, leaf in enumerate(leaves)]
        return slots, lambda arrays: keras.tree.pack_sequence_as(doc, list(arrays))
    return [Slot("doc", doc)], lambda arrays: arrays[0]


def _only(doc: Any) -> Any:
    """Return the one input out of a list or dict of it."""
    if isinstance(doc, (list, tuple, dict)) and len(doc) == 1:
        [inner] = doc.values() if isinstance(doc, dict) else doc
        return inner if _is_data(inner) else doc
    return doc


def _keys(structure: Any, symbols: Sequence[Any]) -> list[str]:
    """Return what the user calls the inputs, in the order of `symbols`."""
    if isinstance(structure, dict) and len(structure) == len(symbols):
        positions = {id(symbol): key for key, symbol in structure.items()}
        return [str(positions.get(id(symbol), symbol.name)) for symbol in symbols]
    return [str(symbol.name) for symbol in symbols]


def _matched(
    model: keras.Model, doc: Any, keys: Sequence[str], symbols: Sequence[Any]
) -> list[Any]:
    takes = f"the {len(keys)} inputs of model `{model.name}`, {', '.join(keys)}"
    if isinstance(doc, dict):
        optional = {key for key, symbol in zip(keys, symbols, strict=True) if _is_optional(symbol)}
        missing, unknown = set(keys) - set(doc) - optional, set(map(str, doc)) - set(keys)
        if missing or unknown:
            what = [f"no {', '.join(sorted(missing))}"] if missing else []
            what += [f"the unknown {', '.join(sorted(unknown))}"] if unknown else []
            raise ValueError(f"Expected `doc` to hold {takes}. Received: {' and '.join(what)}.")
        return [doc.get(key) for key in keys]
    if isinstance(doc, (list, tuple)):
        leaves = keras.tree.flatten(doc) if len(doc) != len(keys) else list(doc)
        if len(leaves) != len(keys):
            raise ValueError(f"Expected `doc` to hold {takes}. Received: {len(doc)} of them.")
        return leaves
    raise TypeError(
        f"Expected `doc` to be a list or a dict with {takes}. "
        f"Received: {type(doc).__name__}. Pass `{{{', '.join(f'{k!r}: ...' for k in keys)}}}`."
    )


def _is_optional(symbol: Any) -> bool:
    return bool(getattr(origin_of(symbol), "optional", False))


def _is_data(leaf: Any) -> bool:
    return isinstance(leaf, (np.ndarray, str, Image.Image)) or keras.ops.is_tensor(leaf)
