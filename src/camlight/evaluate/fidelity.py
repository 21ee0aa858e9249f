"""How well a map foretells what the score loses: drop in confidence, and infidelity.

Chattopadhay et al., https://arxiv.org/abs/1710.11063, section 4.1; Yeh et al.,
https://arxiv.org/abs/1901.09392.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from camlight.methods.maps import relu_and_scale

from . import checks
from .checks import Measure, ScorePictures, UndefinedMeasure
from .controls import Baseline, baseline_of

__all__ = ["average_drop", "confidence_drop", "infidelity"]


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
    picture, score_pictures, baseline
        As in `deletion`. Default of `baseline`, what is seen where the map is 0, ``"zero"``, as in
        the paper: zero as the model takes it, which preprocessing may have made of a grey.

    Returns
    -------
    Measure
        ``value`` is ``max(0, score - masked) / score``: from 0 to 1, and more where the masked
        score is below 0, as one that is no probability may be; ``details`` has the `score` and
        the `masked` one, and whether it is an `increase`.

    Raises
    ------
    TypeError, ValueError, UndefinedMeasure
        As in `deletion`, and if the score of the whole picture isn't positive, so that no share of
        it can be lost.

    Notes
    -----
    Scores 2 pictures. Lower is better, but a map that is 1 everywhere loses nothing: the number
    rewards large maps, and says something only beside one of the same size.

    Examples
    --------
    >>> picture, heatmap = np.array([[[4.0], [1.0]]]), np.array([[2.0, -1.0]])
    >>> confidence_drop(heatmap, picture, lambda p: p.sum((1, 2, 3))).value
    0.2
    """
    picture = checks.picture(picture)
    mask = relu_and_scale(checks.heatmap(heatmap, picture.shape[:-1]))[..., np.newaxis]
    empty = baseline_of(picture, baseline)
    seen = (empty + mask * (picture - empty)).astype(picture.dtype)
    score, masked = map(float, checks.scores(score_pictures, [picture, seen]))
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
    TypeError, ValueError
        If `measures` can't be gone through, there are none, or they measure something else.

    Examples
    --------
    >>> picture, heatmap = np.ones((1, 2, 1)), np.array([[1.0, 0.0]])
    >>> average_drop([confidence_drop(heatmap, picture, lambda p: p.sum((1, 2, 3)))])
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


def infidelity(
    heatmap: np.ndarray,
    picture: np.ndarray,
    score_pictures: ScorePictures,
    *,
    perturbation: str = "square",
    size: float | None = None,
    samples: int = 100,
    baseline: Baseline = "mean",
    scaled: bool = True,
    seed: int = 0,
) -> Measure:
    """Measure by how much the map misses what the score loses when the picture is perturbed.

    Parameters
    ----------
    heatmap : ndarray, shape (H, W), or (H, W, C) along with ``perturbation="noise"``
        For squares: how much each place adds to the score. For noise: how much the score changes
        with each value, such as a gradient.
    picture, score_pictures, baseline
        As in `deletion`.
    perturbation : {"square", "noise"}
        Whether a square is taken out, or Gaussian noise off every value. Default ``"square"``.
    size : float, optional
        The side of the square in places, by default a quarter of the shortest side; or the noise's
        standard deviation, by default a tenth of the picture's.
    samples : int
        How many perturbations are tried. Default 100.
    scaled : bool
        Whether the map is first multiplied by the number of 0 or more that makes the infidelity
        smallest: for maps that aren't in units of the score. Default True.
    seed : int
        Of the perturbations. Default 0.

    Returns
    -------
    Measure
        ``value`` is the mean of ``(foretold - lost) ** 2``, in squared units of the score;
        ``details`` has the `scale` that the map was multiplied by and the `share` of the mean
        square of `lost` that it explains, 1 for a perfect map and 0 for a map of zeros.

    Raises
    ------
    TypeError, ValueError, UndefinedMeasure
        As in `deletion`, and if no perturbation changes the score.

    Notes
    -----
    Scores ``samples + 1`` pictures, which don't depend on the map. Lower is better; only maps
    of the same picture, score and perturbations can be compared. The paper lets the number that
    scales the map be negative; here a map whose sign is wrong explains nothing, rather than all.

    Examples
    --------
    >>> weights, picture = np.array([[[2.0], [-1.0], [3.0]]]), np.array([[[1.0], [5.0], [2.0]]])
    >>> def linear(pictures):  # its gradient foretells every change
    ...     return (pictures * weights).sum((1, 2, 3))
    >>> round(infidelity(weights, picture, linear, perturbation="noise").value, 12)
    0.0
    """
    picture = checks.picture(picture)
    samples, seed = checks.count("samples", samples), checks.seed(seed)
    if not isinstance(scaled, bool | np.bool_):
        raise TypeError(f"Expected `scaled` to be True or False. Received: {scaled!r}.")
    if perturbation == "square":
        heatmap = checks.heatmap(heatmap, picture.shape[:-1])
        empty = baseline_of(picture, baseline)
        side = max(1, min(picture.shape[:-1]) // 4) if size is None else size
        side = checks.count("size", side, min(picture.shape[:-1]))
        changes = _squares(heatmap, picture, empty, side, seed)
    elif perturbation == "noise":
        heatmap = _checked_gradient(heatmap, picture)
        deviation = checks.positive("size", picture.std() / 10 if size is None else size)
        changes = _noises(heatmap, picture, deviation, seed)
    else:
        raise ValueError(
            f"Expected `perturbation` to be 'square' or 'noise'. Received: {perturbation!r}."
        )
    foretold: list[float] = []

    def perturbed() -> Iterator[np.ndarray]:
        yield picture
        for amount, changed in islice(changes, samples):
            foretold.append(amount)
            yield changed

    scores = checks.scores(score_pictures, perturbed())
    return _infidelity(np.array(foretold), scores[0] - scores[1:], bool(scaled))


def _squares(
    heatmap: np.ndarray, picture: np.ndarray, empty: np.ndarray, side: int, seed: int
) -> Iterator[tuple[float, np.ndarray]]:
    """Yield what the map foretells for a square taken out, and the picture without it."""
    random = np.random.default_rng(seed)
    while True:
        corner = [int(random.integers(length - side + 1)) for length in heatmap.shape]
        square = tuple(slice(start, start + side) for start in corner)
        changed = picture.copy()
        changed[square] = empty[square]
        yield float(heatmap[square].sum()), changed


def _noises(
    gradient: np.ndarray, picture: np.ndarray, deviation: float, seed: int
) -> Iterator[tuple[float, np.ndarray]]:
    """Yield what the gradient foretells for noise taken off, and the picture without it."""
    random = np.random.default_rng(seed)
    while True:
        noise = random.normal(scale=deviation, size=picture.shape)
        yield float((gradient * noise).sum()), (picture - noise).astype(picture.dtype)


def _infidelity(foretold: np.ndarray, lost: np.ndarray, scaled: bool) -> Measure:
    if not lost.any():
        raise UndefinedMeasure(
            "Expected a score that changes when the picture does: there is nothing to foretell. "
            "Received: a score that no perturbation changed. Take larger ones, `size`, or "
            "`pre_softmax=True` if a softmax is saturated."
        )
    square = float(foretold @ foretold)
    scale = (max(0.0, float(foretold @ lost) / square) if square > 0 else 0.0) if scaled else 1.0
    value = float(np.mean((scale * foretold - lost) ** 2))
    share = 1 - value / float(np.mean(lost**2))
    details = {"scale": scale, "share": share, "foretold": foretold, "lost": lost}
    return Measure("infidelity", value, "lower", len(lost) + 1, details)


def _checked_gradient(heatmap: np.ndarray, picture: np.ndarray) -> np.ndarray:
    if getattr(heatmap, "shape", None) != picture.shape:
        raise ValueError(
            'Expected `heatmap`, along with `perturbation="noise"`, to say how much the score '
            f"changes with each value of the picture, shape {picture.shape}. Received: "
            f'shape {getattr(heatmap, "shape", None)}. For a value a place take "square".'
        )
    return checks.heatmap(heatmap, picture.shape)
