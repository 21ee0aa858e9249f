"""An explanation as a dictionary that JSON can hold."""

import math
from base64 import b64encode
from dataclasses import fields, is_dataclass
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from camlight._pixels import eight_bit


def format_as_dict(explanation: Any, *, image: bool = False) -> Any:
    """Return an explanation, or a part of one, as what ``json.dumps`` takes.

    Arrays become lists, NumPy numbers Python's; a number that JSON has no word for (NaN,
    infinity) becomes None; a picture becomes its mode and size, an explained signal or volume
    its shape. The interface is ELI5's; `image` is camlight's.

    Parameters
    ----------
    explanation : Explanation or TargetExplanation, or a list of them
        Each becomes a dict, whose keys are the field names.
    image : bool
        Whether a picture brings its pixels along, under ``"data"``: a PNG in eight bits, as a
        data URI for ``<img src=...>``; a signal or volume its values, as lists. Default False.

    Examples
    --------
    >>> from camlight import Explanation
    >>> format_as_dict(Explanation("net", image=Image.new("RGB", (2, 2))))["image"]
    {'mode': 'RGB', 'size': [2, 2]}
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
        if not image or not all(value.size):
            return words
        picture = value if value.mode in ("1", "P") else eight_bit(value)
        return words | {"data": data_uri(picture, "png")}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def data_uri(image: Image.Image, kind: str, **options: Any) -> str:
    """Return a picture as a file in a ``data:`` address."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return f"data:image/{kind};base64,{b64encode(buffer.getvalue()).decode('ascii')}"
