"""How maps are painted, whatever they are painted on."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from PIL import Image

from .colours import DIVERGING, VIRIDIS, Colormap, colours_of
from .overlay import expand_heatmap, overlay, signed_overlay

__all__ = ["Brush"]


@dataclass(frozen=True)
class Brush:
    """Paints maps in [0, 1], or in [-1, 1] if signed.

    Parameters
    ----------
    resampling_filter, colormap, alpha_limit, signed, contours
        Those of `camlight.format_as_image`.

    Raises
    ------
    TypeError
        If `contours` is no integer.
    ValueError
        If it is negative.

    Examples
    --------
    >>> Brush(None, VIRIDIS, 0.65, signed=True, contours=1).levels
    [-0.5, 0.5]
    """

    resampling_filter: int | None
    colormap: Colormap | str
    alpha_limit: float | None
    signed: bool = False
    contours: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.contours, bool) or not isinstance(self.contours, Integral):
            raise TypeError(
                f"Expected `contours` to be a number of lines. Received: {self.contours!r}."
            )
        if self.contours < 0:
            raise ValueError(f"Expected `contours` of 0 or more. Received: {self.contours}.")

    @property
    def levels(self) -> list[float]:
        """Where the contour lines lie: evenly between 0 and 1, signed also below 0."""
        positive = [step / (self.contours + 1) for step in range(1, self.contours + 1)]
        negative = [-level for level in reversed(positive)] if self.signed else []
        return negative + positive

    def over(self, image: Image.Image, values: np.ndarray) -> Image.Image:
        """Return `image` with the map over it, mode RGBA."""
        paint = signed_overlay if self.signed else overlay
        return paint(image, values, self.resampling_filter, self._colormap, self.alpha_limit)

    def alone(self, image: Image.Image, values: np.ndarray) -> Image.Image:
        """Return the map by itself, opaque and of the size of `image`."""
        return expand_heatmap(self.colours(values), image, self.resampling_filter)

    def colours(self, values: np.ndarray) -> np.ndarray:
        """Return the opaque colours of a map (H, W), shape (H, W, 4)."""
        return colours_of((values + 1) / 2 if self.signed else values, self._colormap)

    def enlarged(self, values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Return the map's values at ``(width, height)`` points, as its colours are enlarged."""
        picture = Image.fromarray(values.astype("float32"))
        return np.asarray(picture.resize(size, resample=self.resampling_filter), dtype=float)

    @property
    def _colormap(self) -> Colormap | str:
        # viridis is no diverging map: who leaves it at the default means "what suits"
        return DIVERGING if self.signed and self.colormap is VIRIDIS else self.colormap
