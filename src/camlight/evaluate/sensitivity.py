"""Whether a map's sums go along with the score, and how far the map moves with the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from . import checks
from .checks import Baseline, Measure, ScorePictures, UndefinedMeasure, baseline_of


def sensitivity_n(
    heatmap: np.ndarray,
    picture: np.ndarray,
    score_pictures: ScorePictures,
    *,
    sizes: Sequence[float] = (0.1, 0.3, 0.5, 0.7),
    samples: int = 50,
    cell: int = 1,
    baseline: Baseline = "mean",
    seed: int = 0,
) -> Measure:
    """Measure how well the map's sum over random places goes along with the loss of score there.

    Ancona et al. 2018, https://arxiv.org/abs/1711.06104, section 4. Scores ``len(sizes) * samples +
    1`` pictures, whatever the map.

    Parameters
    ----------
    heatmap, picture, score_pictures, baseline
        As in `deletion`, with its errors; the map says how much each place adds to the score.
    sizes, samples, seed : sequence of float; int and int
        How many cells are taken out, or which shares; how many random subsets of each size, 2 or
        more, and their seed. Default 50 and 0.
    cell : int
        Side of the squares that go together, in places. Default 1; of photos a sixteenth is better.

    Returns
    -------
    Measure
        The mean over the sizes of Pearson's correlation, higher is better; ``details`` has `sizes`
        and `correlations`. Of 50 subsets, less than 0.28 may be chance. An `UndefinedMeasure` where
        the map, or the score, is the same for all subsets of a size.

    Examples
    --------
    >>> weights, picture = np.array([[[2.0], [-1.0], [3.0]]]), np.array([[[1.0], [5.0], [2.0]]])
    >>> terms, linear = (weights * picture)[..., 0], lambda p: (p * weights).sum((1, 2, 3))
    >>> round(sensitivity_n(terms, picture, linear, sizes=[1, 2], baseline="zero").value, 12)
    1.0
    """
    heatmap, picture = checks.question(heatmap, picture)
    samples, seed = checks.count("samples", samples, least=2), checks.seed(seed)
    side = checks.count("cell", cell)
    grid = [-(-length // side) for length in heatmap.shape]
    along = [np.arange(length) // side for length in heatmap.shape]
    cells = np.ravel_multi_index(tuple(np.meshgrid(*along, indexing="ij")), grid)
    sums = np.bincount(cells.ravel(), heatmap.ravel())
    numbers = _numbers(sizes, len(sums))
    random, empty = np.random.default_rng(seed), baseline_of(picture, baseline)
    chosen = np.zeros((len(numbers) * samples, len(sums)), bool)
    for row, number in zip(chosen, np.repeat(numbers, samples), strict=True):
        row[random.choice(len(sums), number, replace=False)] = True

    def without() -> Iterator[np.ndarray]:
        yield picture
        for subset in chosen:
            yield np.where(subset[cells][..., np.newaxis], empty, picture)

    scores = checks.scores(score_pictures, without())
    lost = (scores[0] - scores[1:]).reshape(len(numbers), samples)
    foretold = (chosen @ sums).reshape(len(numbers), samples)
    correlations = np.array([_pearson(*pair) for pair in zip(foretold, lost, strict=True)])
    details = {"sizes": np.array(numbers), "correlations": correlations}
    return Measure("sensitivity-n", correlations.mean().item(), "higher", len(scores), details)


def _numbers(sizes: Sequence[float], cells: int) -> list[int]:
    """Return how many cells each size is, at least one and not all of them."""
    asked = np.asarray(sizes)
    fits = asked.ndim == 1 and asked.size > 0 and asked.dtype.kind in "fiu" and (asked > 0).all()
    if fits and (asked[asked >= 1] % 1 == 0).all():
        numbers = [max(1, round(cells * n)) if n < 1 else round(n) for n in asked.tolist()]
        if max(numbers) < cells:
            return numbers
    raise ValueError(
        f"Expected `sizes` to hold whole numbers of cells from 1 to {cells - 1}, of {cells} that "
        f"there are, or shares of them between 0 and 1. Received: {sizes!r}."
    )


def _pearson(foretold: np.ndarray, lost: np.ndarray) -> float:
    """Return a correlation, or raise an error where one side is the same everywhere."""
    for values, what, cure in (
        (foretold, "a map", "It says the same of every place: measure another."),
        (lost, "a score", "Take more out, `sizes` or `cell`, or explain another score."),
    ):
        if np.ptp(values) <= 1e-9 * np.abs(values).max(initial=0.0):
            raise UndefinedMeasure(
                f"Expected {what} that differs between subsets, to correlate. Received: one that "
                f"is {values[0]:.3g} for all of them. {cure}"
            )
    return float(np.corrcoef(foretold, lost)[0, 1])


def max_sensitivity(
    explain: Callable[[np.ndarray], np.ndarray],
    picture: np.ndarray,
    *,
    radius: float | None = None,
    samples: int = 10,
    seed: int = 0,
) -> Measure:
    """Measure how far a map can be moved by changes of the picture that nobody would see.

    Yeh et al. 2019, https://arxiv.org/abs/1901.09392, section 4, of which it is a lower bound.
    Explains ``samples + 1`` pictures. Errors are those of `deletion`.

    Parameters
    ----------
    explain, picture : callable; and ndarray, shape (H, W, C)
        From a picture, as the model takes it, to its map, of the same target each time.
    radius : float, optional
        The most by which a value is changed; by default a twenty-fifth of the picture's range.
    samples, seed : int
        How many changed pictures are tried, and the seed of the uniform changes. Default 10 and 0.

    Returns
    -------
    Measure
        The largest Euclidean distance of a map from the picture's own, as a share of its length,
        with all `distances` in ``details``. Lower is better, but not by itself: a map that doesn't
        look at the picture has 0. An `UndefinedMeasure` where the own map is 0 everywhere.

    Examples
    --------
    >>> measure = max_sensitivity(lambda p: p[..., 0], np.array([[[3.0], [4.0]]]), radius=0.5)
    >>> 0 < measure.value <= 0.5 * 2**0.5 / 5
    True
    """
    picture = checks.picture(picture)
    samples = checks.count("samples", samples)
    reach = checks.positive("radius", np.ptp(picture) / 25 if radius is None else radius)
    random = np.random.default_rng(checks.seed(seed))
    own = _explained(explain, picture)
    length = float(np.linalg.norm(own))
    if length == 0:
        cure = "Explain another target, or take `pre_softmax=True`."
        raise UndefinedMeasure(f"Expected a map with evidence. Received: a map of zeros. {cure}")
    distances = []
    for _ in range(samples):
        change = random.uniform(-reach, reach, picture.shape).astype(picture.dtype)
        moved = _explained(explain, picture + change)
        if moved.shape != own.shape:
            received = f"{own.shape} and {moved.shape}"
            raise ValueError(
                f"Expected `explain` to return maps of one shape. Received: {received}."
            )
        distances.append(float(np.linalg.norm(moved - own)) / length)
    details = {"distances": np.array(distances), "radius": reach}
    return Measure("max-sensitivity", max(distances), "lower", samples + 1, details)


def _explained(explain: Callable[[np.ndarray], np.ndarray], picture: np.ndarray) -> np.ndarray:
    found = explain(picture)
    if not isinstance(found, np.ndarray) or not np.isfinite(found).all():
        received = "NaN or infinity" if isinstance(found, np.ndarray) else type(found).__name__
        expected = "Expected `explain` to return a map, an array of finite numbers."
        raise ValueError(f"{expected} Received: {received}.")
    return found.astype(np.float64, copy=False)
