"""Drop in confidence: what the score loses where only the map is left to be seen.

Chattopadhay et al., "Grad-CAM++: Generalized Gradient-based Visual Explanations for Deep
Convolutional Networks", https://arxiv.org/abs/1710.11063, section 4.1.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from camlight.methods.maps import relu_and_scale

from .baselines import Baseline, baseline_of
from .checks import ScorePictures, UndefinedMeasure, checked_map, checked_picture, scores_of
from .measure import Measure

__all__ = ["average_drop", "confidence_drop"]


def confidence_drop(
    heatmap: np.ndarray,
    picture: np.ndarray,
    score_pictures: ScorePictures,
    *,
    baseline: Baseline = "zero",
) -> Measure:
    """Measure the share of the score that is lost when the picture is multiplied by the map.

    Parameters
    ----------
    heatmap : ndarray, shape (H, W)
        The map; its positive part is scaled so that its maximum is 1, as it is drawn.
    picture : ndarray, shape (H, W, C)
        As the model takes it.
    score_pictures : callable
        From pictures, shape (N, H, W, C), to the score of each, shape (N,).
    baseline : {"blur", "mean", "zero"}, float or ndarray of the picture's shape
        What is seen where the map is 0. Default ``"zero"``, as in the paper: zero as the model
        takes it, which preprocessing may have made of a grey, not of black.

    Returns
    -------
    Measure
        ``value`` is ``max(0, score - masked) / score``: from 0 to 1, and more where the masked
        score is below 0, as one that is no probability may be; ``details`` has the `score` and
        the `masked` one, and whether it is an `increase`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another type or shape than described, or isn't finite; or if the
        score of the whole picture isn't positive, so that no share of it can be lost.

    Notes
    -----
    Scores 2 pictures. Lower is better, but a map that is 1 everywhere loses nothing: the number
    rewards large maps, and says something only beside one of the same size.

    Examples
    --------
    >>> picture = np.array([[[4.0], [1.0]]])
    >>> heatmap = np.array([[2.0, -1.0]])
    >>> confidence_drop(heatmap, picture, lambda p: p.sum((1, 2, 3))).value
    0.2
    """
    picture = checked_picture(picture)
    mask = relu_and_scale(checked_map(heatmap, picture))[..., np.newaxis]
    empty = baseline_of(picture, baseline)
    seen = (empty + mask * (picture - empty)).astype(picture.dtype)
    score, masked = map(float, scores_of(score_pictures, [picture, seen]))
    if score <= 0:
        raise UndefinedMeasure(
            "Expected a positive score, of which a share can be lost. "
            f"Received: {score:.3g}. Measure the probability: leave `pre_softmax` out."
        )
    details = {"score": score, "masked": masked, "increase": masked > score}
    return Measure("confidence drop", max(0.0, score - masked) / score, "lower", 2, details)


def average_drop(measures: Iterable[Measure]) -> tuple[float, float]:
    """Return the average drop and the increase in confidence over many pictures, in percent.

    Parameters
    ----------
    measures : iterable of Measure
        What `confidence_drop` found, for each picture.

    Returns
    -------
    drop : float
        The mean share of the score that was lost, from 0 to 100, and more where scores fell below
        0; lower is better.
    increase : float
        In how many of a hundred pictures the score rose; higher is better.

    Raises
    ------
    TypeError
        If `measures` can't be gone through.
    ValueError
        If there are none, or they measure something else.

    Examples
    --------
    >>> def half_lost(pictures):
    ...     return pictures.sum((1, 2, 3))
    >>> picture, heatmap = np.ones((1, 2, 1)), np.array([[1.0, 0.0]])
    >>> average_drop([confidence_drop(heatmap, picture, half_lost)])
    (50.0, 0.0)
    """
    if not isinstance(measures, Iterable):
        raise TypeError(
            "Expected a list of what `confidence_drop` found, one for each picture. "
            f"Received: {type(measures).__name__}."
        )
    drops = list(measures)
    strange = [one for one in drops if "increase" not in getattr(one, "details", ())]
    if strange or not drops:
        names = {str(getattr(one, "metric", type(one).__name__)) for one in strange}
        raise ValueError(
            "Expected what `confidence_drop` found for one picture or more. Received: "
            f"{', '.join(sorted(names)) or 'nothing'}."
        )
    drop = float(np.mean([measure.value for measure in drops]))
    increase = float(np.mean([measure.details["increase"] for measure in drops]))
    return 100 * drop, 100 * increase
