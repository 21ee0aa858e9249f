"""The input: checked before anything runs, and arranged as the model takes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from PIL import Image

from .backends import as_array
from .capture.compiled import Plan
from .graph.nodes import input_structure, origin_of
from .graph.spatial import FeatureMapSpec, data_format_of, takes_pictures
from .preprocessing import Preprocess, opened, prepared, true_colours

Shape = tuple[int | None, ...]
Pack = Callable[[Sequence[Any]], Any]
Canvas = tuple[Image.Image | None, np.ndarray | None]
"""What a map is drawn on: a picture, or the values of a signal or a volume."""


@dataclass(frozen=True)
class Inputs:
    """What the model is given: nested `values`, of which, flattened, one is the `picture`.

    The `originals` of those that were made of pictures stand by their positions; `preprocessed`
    names the known way in which an array was.
    """

    values: Any
    picture: int
    originals: dict[int, Image.Image]
    preprocessed: str | None

    def canvas(self, image: Image.Image | None, plan: Plan) -> Canvas:
        """Return what the map is drawn on; the `image` of the user comes first."""
        batch = keras.tree.flatten(self.values)[plan.picture]
        if image is None and plan.spec.rank == 2 and batch.ndim <= 4:
            original = self.originals.get(plan.picture)
            image = self._image(batch, plan.spec) if original is None else original
        return image, _data(batch, plan.spec)

    def _image(self, doc: np.ndarray, spec: FeatureMapSpec) -> Image.Image:
        doc = spec.pictures(doc)
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


def _data(batch: np.ndarray, spec: FeatureMapSpec) -> np.ndarray | None:
    """Return the signal (L, C) or volume (D, H, W, C) to draw; None for anything else."""
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
    """Return what the model is given, checked; `preprocess` makes an array of a picture first."""
    slots, pack = arrange(model, doc)
    ranks = [slot.rank for slot in slots]
    first = ranks.index(4 if 4 in ranks else max(ranks))
    originals: dict[int, Image.Image] = {}
    if preprocess is not None:
        for i, slot in enumerate(slots):
            if i == first or (slot.rank == ranks[first] == 4 and slot.value is not None):
                shape = slot.shape or (None, None, None, 3)
                originals[i] = opened(slot.value)
                ready = prepared(originals[i], shape, data_format_of(model), preprocess)
                slots[i] = replace(slot, value=ready)
    arrays = [
        None
        if slot.value is None and slot.optional
        else _batch_of_one(model, _to_array(slot), slot, alone=len(slots) == 1)
        for slot in slots
    ]
    return Inputs(pack(arrays), first, originals, preprocessed)


def check_image(image: Any) -> None:
    """Raise TypeError unless `image` is None or a Pillow image."""
    if not (image is None or isinstance(image, Image.Image)):
        raise TypeError(
            f"Expected `image` to be a PIL.Image.Image. Received: {_brief(image)}. "
            "Convert an array with `keras.utils.array_to_img`."
        )


@dataclass(frozen=True)
class Slot:
    """An input of a model: its name in messages, such as ``doc['age']``, and what was given for it.

    The shape is what the model takes, None for any size, or None where nothing is known of it;
    one that is optional may be left out.
    """

    name: str
    value: Any
    shape: Shape | None = None
    optional: bool = False

    @property
    def rank(self) -> int:
        """The number of axes, the batch axis included."""
        if self.shape is not None:
            return len(self.shape)
        if isinstance(self.value, (Image.Image, str)):
            return 4
        return int(getattr(self.value, "ndim", 0))


def arrange(model: keras.Model, doc: Any) -> tuple[list[Slot], Pack]:
    """Return the inputs of the model with what was given for each, and how to pack them."""
    symbols = list(getattr(model, "inputs", None) or ())
    if symbols:
        structure = input_structure(model)
        keys = _keys(structure, symbols)
        optional = [bool(getattr(origin_of(symbol), "optional", False)) for symbol in symbols]
        alone = len(symbols) == 1
        values = [_only(doc)] if alone else _matched(model, doc, keys, optional)
        slots = [
            Slot("doc" if alone else f"doc[{key!r}]", value, tuple(symbol.shape), may_lack)
            for key, value, symbol, may_lack in zip(keys, values, symbols, optional, strict=True)
        ]
    elif isinstance(doc, (list, tuple, dict)) and any(map(_is_data, keras.tree.flatten(doc))):
        # a model that doesn't say what it takes gets the structure of `doc`
        structure = doc
        slots = [Slot(f"doc[{i}]", leaf) for i, leaf in enumerate(keras.tree.flatten(doc))]
    else:
        return [Slot("doc", doc)], lambda arrays: arrays[0]
    return slots, lambda arrays: keras.tree.pack_sequence_as(structure, list(arrays))


def _only(doc: Any) -> Any:
    """Return the one input out of a list or dict of it."""
    if isinstance(doc, (list, tuple, dict)) and len(doc) == 1:
        [inner] = doc.values() if isinstance(doc, dict) else doc
        return inner if _is_data(inner) else doc
    return doc


def _is_data(leaf: Any) -> bool:
    return isinstance(leaf, (np.ndarray, str, Image.Image)) or keras.ops.is_tensor(leaf)


def _keys(structure: Any, symbols: Sequence[Any]) -> list[str]:
    """Return what the user calls the inputs, in the order of `symbols`."""
    own: dict[int, str] = {}
    if isinstance(structure, dict) and len(structure) == len(symbols):
        own = {id(symbol): key for key, symbol in structure.items()}
    return [str(own.get(id(symbol), symbol.name)) for symbol in symbols]


def _matched(
    model: keras.Model, doc: Any, keys: Sequence[str], optional: Sequence[bool]
) -> list[Any]:
    """Return what was given for each of several inputs."""
    takes = f"the {len(keys)} inputs of model `{model.name}`, {', '.join(keys)}"
    if isinstance(doc, dict):
        needed = {key for key, may_lack in zip(keys, optional, strict=True) if not may_lack}
        missing, unknown = needed - set(doc), set(map(str, doc)) - set(keys)
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


def is_array(doc: Any) -> bool:
    """Say whether `doc` is an array or a tensor of any framework."""
    strange = (Image.Image, keras.KerasTensor, np.ma.MaskedArray)
    return hasattr(doc, "__array__") and not isinstance(doc, strange)


def _to_array(slot: Slot) -> np.ndarray:
    """Return what was given as an array of finite numbers, or say what is wrong with it."""
    doc, name = slot.value, slot.name
    if not is_array(doc):
        raise TypeError(
            f"Expected `{name}` to be a NumPy array of shape `(1, height, width, channels)`, "
            f"preprocessed for the model. Received: {_brief(doc)}. "
            "From a file, or a Pillow image: pass along the model's `preprocess_input`, as "
            "`preprocess=`, and camlight makes that array."
        )
    array = as_array(doc)
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"Expected `{name}` to be an array of numbers. "
            f"Received: an array of dtype {array.dtype}. Convert it: `doc.astype('float32')`."
        )
    if array.size == 0:
        raise ValueError(f"Expected `{name}` to hold one picture. Received: shape {array.shape}.")
    if not np.isfinite(array).all():
        bad = int(array.size - np.isfinite(array).sum())
        raise ValueError(
            f"Expected `{name}` to hold finite numbers. Received: {bad} of {array.size} values NaN "
            "or infinite. Check the preprocessing, or replace them: `np.nan_to_num(doc)`."
        )
    if array.dtype.kind == "b":
        return array.astype("float32")
    return array.astype("float64") if array.dtype == np.longdouble else array


def _batch_of_one(model: keras.Model, array: np.ndarray, slot: Slot, alone: bool) -> np.ndarray:
    """Return an input as a batch of one; what lacks its batch axis, such as (H, W, C), gets it."""
    expected = slot.shape
    if expected is None:
        expected = (None,) * (4 if alone and takes_pictures(model) else array.ndim)
    batch = array[np.newaxis] if array.ndim == len(expected) - 1 else array
    sizes = ", ".join("any" if size is None else str(size) for size in (1, *expected[1:]))
    shape = f"({sizes})"
    if batch.ndim == len(expected) and batch.ndim and len(batch) != 1:
        raise ValueError(
            f"Expected `{slot.name}` to be one picture, shape {shape}. Received: a batch of "
            f"{len(batch)}, shape {array.shape}. Explain them one by one: `doc[i:i + 1]`."
        )
    if not _fits(expected, batch.shape):
        raise ValueError(
            f"Expected `{slot.name}` to have the shape that model `{model.name}` takes, {shape}. "
            f"Received: {array.shape}.{_advice(expected, batch)}"
        )
    return batch


def _fits(expected: Shape, shape: tuple[int, ...]) -> bool:
    """Say whether a shape is as expected, but for the number of pictures."""
    return len(expected) == len(shape) and all(
        size in (None, given) for size, given in zip(expected[1:], shape[1:], strict=True)
    )


def _advice(expected: Shape, batch: np.ndarray) -> str:
    if len(expected) != 4:
        return ""
    pixels = batch if batch.ndim == 3 else batch[np.newaxis]
    if _fits(expected, (*pixels.shape, 1)):
        return " Add the axis of the channels: `doc[..., np.newaxis]`."
    moves = ((1, -1, "last"), (-1, 1, "first")) if batch.ndim == 4 else ()
    for source, goal, way in moves:
        if _fits(expected, np.moveaxis(batch, source, goal).shape):
            return f" Put the channels {way}: `np.moveaxis(doc, {source}, {goal})`."
    return (
        " Resize the picture when loading it, "
        "`keras.utils.load_img(path, target_size=(height, width))`, or pass the picture as it is "
        "along with `preprocess`."
    )


def _brief(value: Any) -> str:
    text = " ".join(repr(value).split())
    return f"{text if len(text) <= 60 else f'{text[:57]}...'} of type {type(value).__name__}"
