"""Explanations in files: arrays in NumPy's ``.npz``, all else as JSON inside it; no pickle."""

import json
import os
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from threading import get_ident
from typing import Any

import numpy as np
from PIL import Image

from .base import Explanation, TargetExplanation

_VERSION = 2
_HEAD, _PICTURE, _DATA = "explanation", "image", "data"
_IN_PNG = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}  # modes that it keeps as they are
_MOST_IN_PNG = 50_000_000  # pixels: Pillow takes a larger one for an attack


def save(explanation: Explanation, path: str | os.PathLike[str]) -> None:
    """Write an explanation to a file, as `Explanation.save` says."""
    arrays: dict[str, np.ndarray] = {}
    head = _without_arrays(explanation, "", arrays)
    if head.pop(_DATA, None) is not None:
        raise TypeError(
            "Expected the `data` of an explanation to be an array of numbers. "
            f"Received: {type(explanation.data).__name__}."
        )
    head["targets"] = explanation.targets and [
        _without_arrays(target, f"targets/{number}/", arrays)
        for number, target in enumerate(explanation.targets)
    ]
    if (picture := head.pop(_PICTURE)) is not None:
        arrays[_PICTURE], head[_PICTURE] = _packed(picture)
    try:
        text = json.dumps({"version": _VERSION, **head})
    except TypeError as error:
        raise TypeError(
            f"Expected an explanation of numbers, texts, arrays and a picture. Received: {error}."
        ) from error
    arrays[_HEAD] = np.frombuffer(text.encode(), "uint8")
    path = _place(path)
    part = path.with_name(f".{os.getpid()}-{get_ident()}.part")
    try:
        with part.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type] # names of arrays
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _place(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file that can be there."""
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(
            f"Expected the path of a file, such as {str(path / 'cat.npz')!r}. "
            f"Received: {str(path)!r}, a folder."
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"Expected a path in a folder that is there. Received: {str(path)!r}. "
            "Make its folder first: `Path(path).parent.mkdir(parents=True)`."
        )
    return path


def load(path: str | os.PathLike[str]) -> Explanation:
    """Return the explanation that `Explanation.save` wrote to a file.

    Parameters
    ----------
    path : str or os.PathLike

    Returns
    -------
    Explanation
        Equal to the one that was saved, with lists for tuples; of its picture mode, size and
        pixels, not what else Pillow notes, such as a resolution.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no saved explanation, a damaged one, or a later version's.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Explanation("net", layer="conv").save(f"{folder}/one.npz")
    ...     load(f"{folder}/one.npz").layer
    'conv'
    """
    with Path(path).open("rb") as file:
        try:
            with np.load(file, allow_pickle=False) as archive:
                arrays = dict(archive)
            head = json.loads(arrays[_HEAD].tobytes())
            version = int(head.pop("version"))
            found = _explanation(head, arrays) if version <= _VERSION else None
        except Exception as error:  # a damaged file may fail anywhere: in zip, NumPy, JSON, Pillow
            raise ValueError(
                f"Expected a file that `Explanation.save` wrote. Received: {Path(path).name!r}, "
                "another's or damaged."
            ) from error
    if found is None:
        raise ValueError(
            f"Expected a file of version {_VERSION} or earlier. Received: version {version}. "
            "A later camlight wrote it: `pip install --upgrade camlight`."
        )
    return found


def _without_arrays(
    value: Explanation | TargetExplanation, prefix: str, arrays: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Move a value's arrays of numbers to `arrays`; return what is left of it."""
    left = {}
    for one in fields(value):
        found = getattr(value, one.name)
        if isinstance(found, np.ndarray) and found.dtype != object:
            arrays[prefix + one.name] = found
        else:
            left[one.name] = found.item() if isinstance(found, np.generic) else found
    return left


def _explanation(head: dict[str, Any], arrays: dict[str, np.ndarray]) -> Explanation:
    for number, target in enumerate(head["targets"] or ()):
        prefix = f"targets/{number}/"
        own: dict[str, Any] = {
            n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)
        }
        head["targets"][number] = TargetExplanation(**target, **own)
    if _PICTURE in head:
        head[_PICTURE] = _unpacked(arrays[_PICTURE], head[_PICTURE])
    if "layers" in head:
        head["layers"] = tuple(head["layers"])
    return Explanation(**head, data=arrays.get(_DATA))


def _packed(picture: Image.Image) -> tuple[np.ndarray, dict[str, Any]]:
    """Return a picture's data, and how to read them."""
    pixels = picture.width * picture.height
    if picture.mode not in _IN_PNG or not 0 < pixels <= _MOST_IN_PNG:
        how = {"mode": picture.mode, "size": picture.size, "palette": picture.getpalette()}
        return np.frombuffer(picture.tobytes(), "uint8"), how
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return np.frombuffer(buffer.getvalue(), "uint8"), {}


def _unpacked(data: np.ndarray, how: dict[str, Any]) -> Image.Image:
    if not how:
        with Image.open(BytesIO(data.tobytes())) as file:
            return file.copy()
    picture = Image.frombytes(how["mode"], tuple(how["size"]), data.tobytes())
    if how.get("palette"):
        picture.putpalette(how["palette"])
    return picture
