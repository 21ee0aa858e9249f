"""How many pictures are made at once."""

import numpy as np

__all__ = ["portion"]

_AT_ONCE = 16
_NUMBERS = 2_500_000


def portion(picture: np.ndarray) -> int:
    """Return how many variants of a picture are made at once: 16, or fewer that are larger.

    Examples
    --------
    >>> portion(np.zeros((224, 224, 3))), portion(np.zeros((2000, 1500, 3)))
    (16, 1)
    """
    return max(1, min(_AT_ONCE, _NUMBERS // max(1, picture.size)))
