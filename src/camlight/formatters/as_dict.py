"""An explanation as a dictionary that JSON can hold."""

from __future__ import annotations

import base64
import math
from dataclasses import fields, is_dataclass
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from camlight._pixels import eight_bit

__all__ = ["format_as_dict"]


def format_as_dict(explanation: Any, *, image: bool = False) -> Any:
    """Return an explanation, or a part of one, as what ``json.dumps`` takes.

    Arrays become lists, NumPy numbers Python's; a number that JSON has no word for (NaN,
    infinity) becomes None; a picture becomes its mode and size, an explained signal or volume
    its shape. The interface is ELI5's; `image` is camlight's.

    Parameters
    ----------
    explanation : Explanation or TargetExplanation, or a list of them
    image : bool
        Whether a picture brings its pixels along, under ``"data"``: a PNG in eight bits, as the
        data URI that a web page takes as ``<img src=...>``. A signal or volume brings its values
        along, as lists. Default False.

    Returns
    -------
    dict
        Keys are the field names.

    Examples
    --------
    >>> from camlight import Explanation, TargetExplanation
    >>> format_as_dict(TargetExplanation(3, heatmap=np.ones((1, 2))))["heatmap"]
    [[1.0, 1.0]]
    >>> expl = Explanation("net", image=Image.new("RGB", (2, 2)))
    >>> format_as_dict(expl)["image"]
    {'mode': 'RGB', 'size': [2, 2]}
    >>> format_as_dict(expl, image=True)["image"]["data"]
    'data:image/png;base64,iVBORw0...'
    """
    return _plain(explanation, image)


def _plain(value: Any, image: bool) -> Any:
    if is_dataclass(value):
        found = {field.name: _plain(getattr(value, field.name), image) for field in fields(value)}
        data = getattr(value, "data", None)
        return found if image or data is None else found | {"data": {"shape": list(data.shape)}}
    if isinstance(value, dict):
        return {str(key): _plain(item, image) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, image) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist(), image)
    if isinstance(value, Image.Image):
        words = {"mode": value.mode, "size": list(value.size)}
        return words | {"data": _data_uri(value)} if image and all(value.size) else words
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (str, int, float)):
        return value
    return str(value)


def _data_uri(picture: Image.Image) -> str:
    buffer = BytesIO()
    (picture if picture.mode in ("1", "P") else eight_bit(picture)).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
