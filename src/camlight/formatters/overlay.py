"""Maps as pictures: coloured, enlarged and blended over the picture they explain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from numbers import Integral, Real

import matplotlib
import numpy as np
from PIL import Image

from camlight._pixels import eight_bit
from camlight.base import TargetExplanation

Colormap = Callable[[np.ndarray], np.ndarray]

VIRIDIS: Colormap = matplotlib.colormaps["viridis"]
# of matplotlib's diverging maps the one whose two sides differ most to the colour-blind of any
# kind (a test looks with their eyes), also when laid over a photo
_DIVERGING: Colormap = matplotlib.colormaps["bwr"]


def heatmap_to_image(heatmap: np.ndarray) -> Image.Image:
    """Return a heatmap as a picture, one pixel for each cell, as ELI5's function does.

    Parameters
    ----------
    heatmap : ndarray, shape (H, W), (H, W, 3) or (H, W, 4)
        In [0, 1]; they give a picture in mode L, RGB or RGBA.

    Raises
    ------
    TypeError, ValueError
        If `heatmap` is no array; if its shape is another or its values lie outside [0, 1].

    Examples
    --------
    >>> heatmap_to_image(np.array([[0.0, 0.5, 1.0]])).getpixel((2, 0))
    255
    """
    checked(heatmap)
    if heatmap.ndim != 2 and not (heatmap.ndim == 3 and heatmap.shape[2] in (3, 4)):
        raise ValueError(
            "Expected a heatmap of shape (H, W), (H, W, 3) or (H, W, 4). "
            f"Received: shape {heatmap.shape}."
        )
    return Image.fromarray((heatmap * 255).astype("uint8"))


def expand_heatmap(
    heatmap: np.ndarray,
    image: Image.Image,
    resampling_filter: int | None = Image.Resampling.LANCZOS,
) -> Image.Image:
    """Return a heatmap as a picture of the size of `image`, as ELI5's function does.

    Parameters
    ----------
    heatmap : ndarray
        As in `heatmap_to_image`, which also says what is returned and raised.
    image : PIL.Image.Image
        Anything else is a TypeError.
    resampling_filter : int or None
        One of `PIL.Image.Resampling`. Default ``LANCZOS``.

    Examples
    --------
    >>> expand_heatmap(np.eye(2), Image.new("RGB", (8, 6)), Image.Resampling.BOX).size
    (8, 6)
    """
    if not isinstance(image, Image.Image):
        raise TypeError(
            f"Expected `image` to be a PIL.Image.Image. Received: {type(image).__name__}."
        )
    return heatmap_to_image(heatmap).resize(image.size, resample=resampling_filter)


@dataclass(frozen=True)
class Style:
    """How maps in [0, 1], signed in [-1, 1], are drawn: the arguments of `format_as_image`."""

    resampling_filter: int | None
    colormap: Colormap | str
    alpha_limit: float | None
    signed: bool = False
    contours: int = 0
    text_size: float | None = None

    def __post_init__(self) -> None:
        lines, size = self.contours, self.text_size
        if isinstance(lines, bool) or not isinstance(lines, Integral):
            raise TypeError(f"Expected `contours` to be a number of lines. Received: {lines!r}.")
        if lines < 0:
            raise ValueError(f"Expected `contours` of 0 or more. Received: {lines}.")
        if isinstance(size, bool) or not isinstance(size, Real | None):
            raise TypeError(f"Expected `text_size` to be a number or None. Received: {size!r}.")
        if size is not None and not 0 < size < float("inf"):
            raise ValueError(f"Expected `text_size` above 0. Received: {size}.")

    @property
    def lowest(self) -> float:
        """The least value of a map."""
        return -1.0 if self.signed else 0.0

    @property
    def levels(self) -> list[float]:
        """Where the contour lines lie: evenly between 0 and 1, signed also below 0."""
        steps = range(-self.contours if self.signed else 1, self.contours + 1)
        return [step / (self.contours + 1) for step in steps if step]

    def over(self, image: Image.Image, values: np.ndarray) -> Image.Image:
        """Return the bare overlay, mode RGBA: as in ELI5, cells are coloured and then enlarged."""
        large = expand_heatmap(self.colours(_flat(values)), image, self.resampling_filter)
        return Image.alpha_composite(to_rgba(image), large)

    def colours(self, values: np.ndarray) -> np.ndarray:
        """Return the colours of a map of shape (H, W), as opaque as it is strong, (H, W, 4)."""
        # viridis is no diverging map: who leaves it at the default means "what suits"
        suits = _DIVERGING if self.signed and self.colormap is VIRIDIS else self.colormap
        coloured = colours_of((values + 1) / 2 if self.signed else values, suits)
        limit = self.alpha_limit
        if not isinstance(limit, Real | None):
            raise TypeError(f"Expected `alpha_limit` to be a number or None. Received: {limit!r}.")
        if limit is not None and not 0 <= limit <= 1:
            raise ValueError(f"Expected `alpha_limit` between 0 and 1. Received: {float(limit)}.")
        coloured[..., 3] = np.minimum(np.abs(values), 1.0 if limit is None else limit)
        return coloured

    def enlarged(self, values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Return the values of a map of shape (H, W) at ``(width, height)`` points."""
        cells = Image.fromarray(_flat(values).astype("float32"))
        large = np.asarray(cells.resize(size, resample=self.resampling_filter))
        return np.asarray(large.clip(self.lowest, 1.0))

    def painted(self, values: np.ndarray, *, opaque: bool = False) -> Image.Image:
        """Return a map that is large already in the colours of the bar, mode RGBA."""
        steps = (values - self.lowest) * (255 / (1.0 - self.lowest)) + 0.5
        palette = (self.palette(opaque=opaque) * 255).astype("uint8")
        return Image.fromarray(palette.take(steps.astype("uint8"), axis=0))

    def palette(self, *, opaque: bool = True) -> np.ndarray:
        """Return 256 colours in [0, 1], from that of the least value to that of 1."""
        table: np.ndarray = self.colours(np.linspace(self.lowest, 1.0, 256)[np.newaxis])[0]
        table[:, 3] = 1.0 if opaque else table[:, 3]
        return table


def colours_of(heatmap: np.ndarray, colormap: Colormap | str) -> np.ndarray:
    """Return the RGBA colours, shape (H, W, 4), of a map of shape (H, W) in [0, 1]."""
    known = matplotlib.colormaps
    if isinstance(colormap, str) and colormap not in known:
        near = get_close_matches(colormap, known, n=3) or ["viridis", "magma", "gray"]
        raise ValueError(
            "Expected `colormap` to be one of matplotlib's, such as "
            f"{', '.join(map(repr, near))}. Received: {colormap!r}."
        )
    colormap = known[colormap] if isinstance(colormap, str) else colormap
    if not callable(colormap):
        raise TypeError(
            "Expected `colormap` to be callable, such as `matplotlib.colormaps['viridis']`, or "
            f"the name of one. Received: {colormap!r}."
        )
    coloured = np.array(colormap(heatmap), dtype=float)
    if coloured.shape != (*heatmap.shape, 4):
        raise ValueError(
            f"Expected `colormap` to return RGBA of shape {(*heatmap.shape, 4)} for a heatmap of "
            f"shape {heatmap.shape}. Received: shape {coloured.shape}."
        )
    if not (coloured.min() >= 0 and coloured.max() <= 1):
        raise ValueError(
            "Expected `colormap` to return values between 0 and 1. "
            f"Received: minimum {coloured.min()}, maximum {coloured.max()}."
        )
    return coloured


def to_rgba(image: Image.Image) -> Image.Image:
    """Return a new RGBA picture."""
    return eight_bit(image).convert("RGBA")


def checked(heatmap: np.ndarray | None) -> np.ndarray:
    """Return a heatmap; raise TypeError or ValueError unless it holds numbers in [0, 1]."""
    if not isinstance(heatmap, np.ndarray) or heatmap.dtype.kind not in "fiub":
        kind = f"dtype {heatmap.dtype}" if isinstance(heatmap, np.ndarray) else type(heatmap)
        raise TypeError(f"Expected a heatmap to be an array of numbers. Received: {kind}.")
    if heatmap.size == 0:
        raise ValueError(f"Expected a heatmap with values. Received: shape {heatmap.shape}.")
    low, high = heatmap.min(), heatmap.max()
    if not (low >= 0 and high <= 1):
        raise ValueError(
            "Expected a heatmap with values between 0 and 1. "
            f"Received: minimum {low}, maximum {high}. Scale it: `np.maximum(m, 0) / m.max()`."
        )
    return heatmap


def _flat(heatmap: np.ndarray) -> np.ndarray:
    if heatmap.ndim != 2:
        raise ValueError(f"Expected a heatmap of shape (H, W). Received: {heatmap.shape}.")
    return heatmap


def maps_of(
    targets: Sequence[TargetExplanation], *, signed: bool = False
) -> tuple[list[np.ndarray], bool]:
    """Return the maps of targets, and whether 1 is the strongest cell of all their raw maps."""
    heatmaps = [checked(target.heatmap).astype(float, copy=False) for target in targets]
    found = [getattr(target, "raw_map", None) for target in targets]  # ELI5's own have none
    raw_maps = [np.asarray(raw, dtype=float) for raw in found if raw is not None and raw.size]
    known = len(raw_maps) == len(found)
    if signed and not known:
        raise ValueError(
            "Expected targets with a `raw_map`, whose signs are drawn. Received: one without. "
            "`camlight.explain_prediction` gives raw maps; or draw with `signed=False`."
        )
    if not known or not (signed or len(targets) > 1):
        return heatmaps, False
    finite = [raw if np.isfinite(raw).all() else np.zeros(raw.shape) for raw in raw_maps]
    shown = finite if signed else [np.maximum(raw, 0.0) for raw in finite]
    peak = max(float(np.abs(values).max()) for values in shown) or 1.0
    return [values / peak for values in shown], len(targets) > 1
