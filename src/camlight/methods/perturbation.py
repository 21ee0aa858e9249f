"""Scores of the picture with parts of it hidden: under a square, or behind random masks."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from camlight._check import checked_count, checked_share

from .maps import enlarged, matmul, shares_of_cells


def occlusion(
    picture: np.ndarray,
    score_pictures: Callable[..., np.ndarray],
    *,
    size: int | tuple[int, ...] | None = None,
    stride: int | tuple[int, ...] | None = None,
    value: Any = None,
) -> np.ndarray:
    """Occlusion: how far the score falls when a square that covers each pixel is laid over it.

    Parameters
    ----------
    picture : ndarray, shape (H, W, C)
    score_pictures : callable
    size : int or tuple of int, optional
        Of the square, in pixels, or one for each axis. Default: a quarter of the shortest side.
    stride : int or tuple of int, optional
        How far it moves, in pixels, at most its size. Default: a quarter of it.
    value : float or array of C floats, optional
        What it is filled with, in the picture's own numbers. Default: each channel's mean.

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map: for each pixel the mean loss of score over all squares that covered it.

    Raises
    ------
    TypeError, ValueError
        If an option is of another type, the square is larger than the picture or moves farther
        than its size, or `value` doesn't fit the channels.

    Notes
    -----
    - Formula: ``mean(score - score with the square)``, at each pixel over all squares that covered
      it. The paper shows the score itself, at the square's middle; here what matters is high.
    - Paper: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2013,
      https://arxiv.org/abs/1311.2901, section 4.2.
    - Assumes: that `value` means nothing to the model: the square's edge can be evidence too.
    - Cost: one forward pass for each square and one more: 170 at the defaults. Needs no gradient.
    - Fails: on what stands in the picture twice or is larger than the square: both are underrated.
    - Advice: a second opinion without gradients, as good as Grad-CAM (docs' study: 0.90).

    Examples
    --------
    >>> sums = lambda pictures, count: np.array([picture.sum() for picture in pictures])
    >>> occlusion(np.array([[[4.0], [0.0], [2.0]]]), sums, size=(1, 2), stride=1, value=0)
    array([[4., 3., 2.]])
    """
    lengths = picture.shape[:-1]
    sizes = _per_axis("size", max(1, min(lengths) // 4) if size is None else size, lengths)
    quarter = tuple(max(1, length // 4) for length in sizes)
    strides = _per_axis("stride", quarter if stride is None else stride, lengths)
    windows = list(_windows(lengths, sizes, strides))
    covered = _covered(picture, windows, _filling(value, picture))
    score, *others = score_pictures(covered, len(windows) + 1)
    losses, times = np.zeros(lengths), np.zeros(lengths)
    for window, other in zip(windows, others, strict=True):
        losses[window] += score - other
        times[window] += 1
    return losses / times


def _windows(
    lengths: tuple[int, ...], sizes: tuple[int, ...], strides: tuple[int, ...]
) -> Iterator[tuple[slice, ...]]:
    starts = []
    for length, size, stride in zip(lengths, sizes, strides, strict=True):
        if size > length:
            raise ValueError(
                f"Expected `size` of at most the picture's {lengths} pixels. Received: {sizes}."
            )
        if stride > size:
            raise ValueError(
                f"Expected `stride` of at most `size`, {size}, so that every pixel is covered. "
                f"Received: {stride}."
            )
        starts.append([*range(0, length - size, stride), length - size])
    for corner in product(*starts):
        yield tuple(slice(at, at + size) for at, size in zip(corner, sizes, strict=True))


def _covered(
    picture: np.ndarray, windows: Sequence[tuple[slice, ...]], fill: np.ndarray
) -> Iterator[np.ndarray]:
    """Yield the picture, and then it with one window after the other covered."""
    yield picture
    for window in windows:
        variant = picture.copy()
        variant[window] = fill
        yield variant


def _per_axis(name: str, given: Any, lengths: tuple[int, ...]) -> tuple[int, ...]:
    several = given if isinstance(given, (tuple, list)) else (given,) * len(lengths)
    if len(several) != len(lengths):
        raise ValueError(
            f"Expected `{name}` to be one number, or one for each of the picture's "
            f"{len(lengths)} axes. Received: {given!r}."
        )
    return tuple(checked_count(name, number) for number in several)


def _filling(value: Any, picture: np.ndarray) -> np.ndarray:
    channels = picture.shape[-1]
    if value is None:
        return np.asarray(picture.reshape(-1, channels).mean(axis=0))
    try:
        fill = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        fill = np.array(np.nan)
    if fill.shape not in ((), (1,), (channels,)) or not np.isfinite(fill).all():
        raise ValueError(
            f"Expected `value` to be a number, or one for each of {channels} channels. "
            f"Received: {value!r}."
        )
    return fill


def rise(
    picture: np.ndarray,
    score_pictures: Callable[..., np.ndarray],
    *,
    masks: int = 1000,
    cells: int = 8,
    p: float = 0.5,
    seed: int = 0,
) -> np.ndarray:
    """RISE: random masks added up, each weighted by the score of the picture seen through it.

    Parameters
    ----------
    picture : ndarray, shape (H, W, C)
    score_pictures : callable
    masks : int
        How many. Default 1000; the paper takes 4000 to 8000.
    cells : int
        Of which a mask is made, along each axis. Default 8.
    p, seed
        How likely a cell is to be seen, and the seed of that. Defaults 0.5 and 0.

    Returns
    -------
    ndarray of float64, shape (H, W)
        The signed map: how much higher than on average the score is when the pixel is seen.

    Notes
    -----
    - Formula: ``sum((score - mean score) * mask) / (masks * p)``, the score that of the picture
      times the mask. The paper's (equation 6) lacks ``- mean score``: it stands on a pedestal.
    - Paper: Petsiuk, Das and Saenko, "RISE", 2018, https://arxiv.org/abs/1806.07421.
    - Assumes: that 0 means "nothing" to the model, which holds for pictures scaled to around 0.
    - Cost: a forward pass for each mask, 1000 by default. Needs no gradient.
    - Fails: to be fine: few masks give a grainy map, and what is smaller than a cell is blurred.
    - Advice: a second opinion without gradients, as good as Grad-CAM (docs' study: 0.89).

    Examples
    --------
    >>> upper_left = lambda pictures, count: np.array([one[:4, :4].sum() for one in pictures])
    >>> signed = rise(np.ones((8, 8, 1)), upper_left, masks=500, cells=4)
    >>> bool(signed[:4, :4].min() > signed[5:, 5:].max())
    True
    """
    masks, p = checked_count("masks", masks), checked_share("p", p)
    drawn = RandomMasks(picture.shape[:-1], masks, cells, p, seed)
    scores = score_pictures((drawn.seen(picture, *one) for one in drawn), masks)
    # those that are cut at the same column are added up before they are enlarged there
    sums: dict[int, Any] = defaultdict(float)
    for (rows, start), above in zip(drawn, scores - scores.mean(), strict=True):
        sums[start] += above * rows
    total = np.zeros(picture.shape[:-1])
    for start, rows in sums.items():
        total += drawn.mask(rows, start)
    return total / (masks * p)


class RandomMasks:
    """Smooth random masks in [0, 1], the same each time: rows (H, cells), and where they start."""

    def __init__(
        self, size: tuple[int, ...], count: int, cells: Any = 8, p: float = 0.5, seed: Any = 0
    ) -> None:
        self._size, self._count, self._p = size, count, p
        self._cells = checked_count("cells", cells)
        self._seed = checked_count("seed", seed, least=0)
        self._widths = [-(-length // self._cells) for length in size]
        self._whole = [(self._cells + 1) * width for width in self._widths]

    def __iter__(self) -> Iterator[tuple[np.ndarray, int]]:
        rng = np.random.default_rng(self._seed)
        lengths = self._size[:-1]
        for _ in range(self._count):
            grid = rng.random((self._cells,) * len(self._size)) < self._p
            *corner, start = (int(rng.integers(width)) for width in self._widths)
            cut = tuple(slice(at, at + n) for at, n in zip(corner, lengths, strict=True))
            yield enlarged(grid, self._whole[:-1])[cut], start

    def mask(self, rows: np.ndarray, start: int) -> np.ndarray:
        """Return a mask, shape (H, W), or a sum of masks that start at the same column."""
        return matmul(rows.reshape(-1, self._cells), self._shares(start).T).reshape(self._size)

    def seen(self, picture: np.ndarray, rows: np.ndarray, start: int) -> np.ndarray:
        """Return the picture times a mask, of which each value is made once for each channel."""
        shares = np.repeat(self._shares(start), picture.shape[-1], axis=0).astype(picture.dtype)
        rows = rows.astype(picture.dtype).reshape(-1, self._cells)
        seen = matmul(rows, shares.T).reshape(picture.shape)
        seen *= picture
        return seen

    def _shares(self, start: int) -> np.ndarray:
        return shares_of_cells(self._cells, self._whole[-1])[start : start + self._size[-1]]
