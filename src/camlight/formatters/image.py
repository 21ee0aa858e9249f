"""An explanation as a picture: the map is coloured, resized and blended over the image."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from numbers import Real
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from PIL import Image

from camlight.pictures import eight_bit

if TYPE_CHECKING:
    from camlight.base import Explanation

__all__ = ["expand_heatmap", "format_as_image", "heatmap_to_image"]

Colormap = Callable[[np.ndarray], np.ndarray]

_MODES = {3: "RGB", 4: "RGBA"}


def format_as_image(
    expl: Explanation,
    resampling_filter: int | None = Image.Resampling.LANCZOS,
    colormap: Colormap | str = matplotlib.colormaps["viridis"],
    alpha_limit: float | None = 0.65,
) -> Image.Image:
    """Return the explained picture with its heatmap over it.

    The heatmap is coloured, each cell's opacity set to ``min(heat, alpha_limit)``, resized to
    the picture and blended over it. Neither the explanation nor its picture changes.

    Parameters
    ----------
    expl : Explanation
        With an ``image`` and at most one target, whose ``heatmap`` lies in [0, 1].
    resampling_filter : int or None
        One of `PIL.Image.Resampling`: how the heatmap is enlarged. Default ``LANCZOS``; ``BOX``
        shows the cells as they are.
    colormap : callable or str
        Takes an array of shape (H, W) in [0, 1], returns RGBA of shape (H, W, 4) in [0, 1], as
        the colour maps of matplotlib do; or the name of one of these. Default viridis.
    alpha_limit : float or None
        Greatest opacity, from 0 (only the picture) to 1; None for no limit. Default 0.65.

    Returns
    -------
    PIL.Image.Image
        Mode RGBA, of the picture's size. Without targets the picture alone.

    Raises
    ------
    TypeError
        If the picture is no Pillow image, the heatmap no array, or `alpha_limit` no number.
    ValueError
        If the heatmap or `alpha_limit` lies outside [0, 1], `colormap` returns another shape,
        or there is more than one target.

    Notes
    -----
    The interface and the pixels are those of ELI5's ``eli5.format_as_image``.

    Examples
    --------
    >>> from camlight import Explanation, TargetExplanation
    >>> target = TargetExplanation(1, heatmap=np.array([[0.0, 1.0]]))
    >>> expl = Explanation("net", targets=[target], image=Image.new("RGB", (20, 10)))
    >>> overlay = format_as_image(expl)
    >>> overlay.mode, overlay.size
    ('RGBA', (20, 10))
    """
    if not isinstance(expl.image, Image.Image):
        reason = f" The explanation has an error: {expl.error}" if expl.error else ""
        raise TypeError(
            "Expected an explanation whose `image` is a PIL.Image.Image. "
            f"Received: `image` of type {type(expl.image).__name__}.{reason}"
        )
    if not expl.targets:
        return _to_rgba(expl.image)
    if len(expl.targets) > 1:
        raise ValueError(
            "Expected an explanation of one target, to draw one map. Received: "
            f"{len(expl.targets)} targets. Draw each: `dataclasses.replace(expl, targets=[t])`."
        )
    heatmap = expl.targets[0].heatmap
    return overlay(expl.image, heatmap, resampling_filter, colormap, alpha_limit)


def overlay(
    image: Image.Image,
    heatmap: np.ndarray | None,
    resampling_filter: int | None = Image.Resampling.LANCZOS,
    colormap: Colormap | str = matplotlib.colormaps["viridis"],
    alpha_limit: float | None = 0.65,
) -> Image.Image:
    """Return `image` with `heatmap` over it; the arguments are those of `format_as_image`."""
    heatmap = _checked(heatmap).astype(float, copy=False)
    if heatmap.ndim != 2:
        raise ValueError(f"Expected a heatmap of shape (H, W). Received: {heatmap.shape}.")
    coloured = _coloured(heatmap, colormap)
    coloured[..., 3] = _limited(heatmap, alpha_limit)
    heat = expand_heatmap(coloured, image, resampling_filter)
    return Image.alpha_composite(_to_rgba(image), heat)


def heatmap_to_image(heatmap: np.ndarray) -> Image.Image:
    """Return a heatmap as a picture, one pixel for each cell.

    Parameters
    ----------
    heatmap : ndarray, shape (H, W), (H, W, 3) or (H, W, 4)
        Grey, RGB or RGBA values in [0, 1].

    Returns
    -------
    PIL.Image.Image
        Mode L, RGB or RGBA, of size (W, H).

    Raises
    ------
    TypeError
        If `heatmap` is no array.
    ValueError
        If its shape is another or its values lie outside [0, 1].

    Notes
    -----
    The interface is ELI5's ``eli5.formatters.image.heatmap_to_image``.

    Examples
    --------
    >>> heatmap_to_image(np.array([[0.0, 0.5, 1.0]])).getpixel((2, 0))
    255
    """
    _checked(heatmap)
    if heatmap.ndim != 2 and not (heatmap.ndim == 3 and heatmap.shape[2] in _MODES):
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
    """Return a heatmap as a picture of the size of `image`.

    Parameters
    ----------
    heatmap : ndarray, shape (H, W), (H, W, 3) or (H, W, 4)
        Grey, RGB or RGBA values in [0, 1].
    image : PIL.Image.Image
        The picture whose size is taken.
    resampling_filter : int or None
        One of `PIL.Image.Resampling`. Default ``LANCZOS``.

    Returns
    -------
    PIL.Image.Image
        Mode L, RGB or RGBA.

    Raises
    ------
    TypeError
        If `image` is no Pillow image or `heatmap` no array.
    ValueError
        If the heatmap's shape or values don't suit, as in `heatmap_to_image`.

    Notes
    -----
    The interface is ELI5's ``eli5.formatters.image.expand_heatmap``.

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


def _to_rgba(image: Image.Image) -> Image.Image:
    """Return a new RGBA picture."""
    return image.copy() if image.mode == "RGBA" else eight_bit(image).convert("RGBA")


def _checked(heatmap: np.ndarray | None) -> np.ndarray:
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


def _named(colormap: Colormap | str) -> Colormap:
    """Return the colour map that is meant."""
    if isinstance(colormap, str):
        known = list(matplotlib.colormaps)
        if colormap not in known:
            near = get_close_matches(colormap, known, n=3) or ["viridis", "magma", "gray"]
            raise ValueError(
                "Expected `colormap` to be one of matplotlib's, such as "
                f"{', '.join(map(repr, near))}. Received: {colormap!r}."
            )
        return matplotlib.colormaps[colormap]
    if not callable(colormap):
        raise TypeError(
            "Expected `colormap` to be callable, such as `matplotlib.colormaps['viridis']`, or "
            f"the name of one. Received: {colormap!r}."
        )
    return colormap


def _coloured(heatmap: np.ndarray, colormap: Colormap | str) -> np.ndarray:
    coloured = np.array(_named(colormap)(heatmap), dtype=float)
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


def _limited(heatmap: np.ndarray, alpha_limit: float | None) -> np.ndarray:
    if alpha_limit is None:
        return heatmap
    if not isinstance(alpha_limit, Real):
        raise TypeError(
            f"Expected `alpha_limit` to be a number or None. Received: {alpha_limit!r}."
        )
    if not 0 <= alpha_limit <= 1:
        raise ValueError(f"Expected `alpha_limit` between 0 and 1. Received: {float(alpha_limit)}.")
    limited: np.ndarray = np.minimum(heatmap, alpha_limit)
    return limited
