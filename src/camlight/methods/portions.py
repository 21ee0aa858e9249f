"""How many pictures, or other arrays, are held at once."""

import math
from collections.abc import Sequence

__all__ = ["NUMBERS", "portion"]

NUMBERS = 2_500_000
"""16 pictures of 224 x 224 pixels, 10 MB in float32."""


def portion(shape: Sequence[int], most: int = 16) -> int:
    """Return how many arrays of a shape are held at once: so many, or fewer that are larger.

    Examples
    --------
    >>> portion((224, 224, 3)), portion((2000, 1500, 3)), portion((8, 8, 3), most=64)
    (16, 1, 64)
    """
    return max(1, min(most, NUMBERS // max(1, math.prod(shape))))
