"""An explanation as a dictionary that JSON can hold."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from PIL import Image

__all__ = ["format_as_dict"]


def format_as_dict(explanation: Any) -> Any:
    """Return an explanation, or a part of one, as what ``json.dumps`` takes.

    Arrays become lists, NumPy numbers Python's; a number that JSON has no word for (NaN,
    infinity) becomes None; a picture becomes its mode and size.

    Parameters
    ----------
    explanation : Explanation or TargetExplanation, or a list of them

    Returns
    -------
    dict
        Keys are the field names.

    Notes
    -----
    The interface is ELI5's ``eli5.format_as_dict``.

    Examples
    --------
    >>> from camlight import TargetExplanation
    >>> format_as_dict(TargetExplanation(3, heatmap=np.ones((1, 2))))["heatmap"]
    [[1.0, 1.0]]
    """
    if is_dataclass(explanation):
        return {f.name: format_as_dict(getattr(explanation, f.name)) for f in fields(explanation)}
    if isinstance(explanation, dict):
        return {str(key): format_as_dict(value) for key, value in explanation.items()}
    if isinstance(explanation, (list, tuple)):
        return [format_as_dict(item) for item in explanation]
    if isinstance(explanation, (np.ndarray, np.generic)):
        return format_as_dict(explanation.tolist())
    if isinstance(explanation, Image.Image):
        return {"mode": explanation.mode, "size": list(explanation.size)}
    if isinstance(explanation, float) and not math.isfinite(explanation):
        return None
    if explanation is None or isinstance(explanation, (str, int, float)):
        return explanation
    return str(explanation)
