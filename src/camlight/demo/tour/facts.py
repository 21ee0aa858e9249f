"""What an explanation found, in numbers and words."""

import numpy as np

from camlight.base import Explanation
from camlight.formatters.location import describe_location


def where_to_look(expl: Explanation) -> str:
    """Return where most of the evidence lies, such as ``"middle left, 34 %"``.

    Parameters
    ----------
    expl : Explanation
        Of one target.

    Returns
    -------
    str
        One ninth of the photo, and how much of the map it holds.
    """
    return describe_location(found(expl)[1])


def percent(share: float, digits: int = 0) -> str:
    """Return a share of 1 as a percentage, written as in ``"30 %"``."""
    return f"{share:.{digits}%}".replace("%", " %")


def found(expl: Explanation) -> tuple[int, np.ndarray, float]:
    """Return the class, the heatmap and the score of an explanation of one class.

    Parameters
    ----------
    expl : Explanation
        Of one target, with a heatmap.

    Returns
    -------
    tuple of (int, ndarray, float)
        Index of the class, heatmap, score.
    """
    [target] = expl.targets or []
    if target.heatmap is None or target.score is None:
        raise ValueError(f"expected an explanation with a heatmap, received {target}")
    return int(target.target), target.heatmap, target.score
