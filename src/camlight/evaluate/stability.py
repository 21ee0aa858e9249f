"""Max-sensitivity: how far a map moves when the picture hardly changes.

Yeh et al., "On the (In)fidelity and Sensitivity of Explanations",
https://arxiv.org/abs/1901.09392, section 4.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .checks import UndefinedMeasure, checked_count, checked_picture, checked_positive, checked_seed
from .measure import Measure

__all__ = ["max_sensitivity"]


def max_sensitivity(
    explain: Callable[[np.ndarray], np.ndarray],
    picture: np.ndarray,
    *,
    radius: float | None = None,
    samples: int = 10,
    seed: int = 0,
) -> Measure:
    """Measure how far a map can be moved by changes of the picture that nobody would see.

    Parameters
    ----------
    explain : callable
        From a picture, shape (H, W, C), to its map, of the same target each time.
    picture : ndarray, shape (H, W, C)
        As the model takes it.
    radius : float, optional
        The most by which any value of the picture is changed; by default a twenty-fifth of the
        picture's range, about the paper's 0.2 on photos normalised for ImageNet.
    samples : int
        How many changed pictures are tried. Default 10.
    seed : int
        Of the changes, which are uniform between -radius and radius. Default 0.

    Returns
    -------
    Measure
        ``value`` is the largest distance of a changed picture's map from that of the picture, as a
        share of the latter's length, both Euclidean; ``details`` has all the `distances`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another type or shape than described or isn't finite, or the
        picture's own map is 0 everywhere.

    Notes
    -----
    Explains ``samples + 1`` pictures, each of which costs what the method costs. Lower is better,
    but not by itself: a map that doesn't look at the picture at all has 0, as `centre_map` shows.
    It is the largest of few samples, so a lower bound of the paper's.

    Examples
    --------
    >>> picture = np.array([[[3.0], [4.0]]])
    >>> measure = max_sensitivity(lambda p: p[..., 0], picture, radius=0.5, samples=3)
    >>> 0 < measure.value <= 0.5 * 2**0.5 / 5
    True
    >>> max_sensitivity(lambda p: np.ones((1, 2)), picture).value
    0.0
    """
    picture = checked_picture(picture)
    samples = checked_count("samples", samples)
    reach = checked_positive("radius", np.ptp(picture) / 25 if radius is None else radius)
    random = np.random.default_rng(checked_seed(seed))
    own = _explained(explain, picture)
    length = float(np.linalg.norm(own))
    if length == 0:
        raise UndefinedMeasure(
            "Expected a map that shows something, to see how far it moves. Received: a map of "
            "zeros. Explain another target, or take `pre_softmax=True`."
        )
    distances = []
    for _ in range(samples):
        change = random.uniform(-reach, reach, picture.shape).astype(picture.dtype)
        moved = _explained(explain, picture + change)
        if moved.shape != own.shape:
            raise ValueError(
                "Expected `explain` to return maps of one shape. "
                f"Received: {own.shape} and {moved.shape}."
            )
        distances.append(float(np.linalg.norm(moved - own)) / length)
    details = {"distances": np.array(distances), "radius": reach}
    return Measure("max-sensitivity", max(distances), "lower", samples + 1, details)


def _explained(explain: Callable[[np.ndarray], np.ndarray], picture: np.ndarray) -> np.ndarray:
    found = explain(picture)
    if not isinstance(found, np.ndarray) or not np.isfinite(found).all():
        received = "NaN or infinity" if isinstance(found, np.ndarray) else type(found).__name__
        raise ValueError(
            f"Expected `explain` to return a map, an array of finite numbers. Received: {received}."
        )
    return found.astype(np.float64, copy=False)
