"""Maps as pictures, enlarged and blended over the picture they explain."""

from __future__ import annotations

import numpy as np
from PIL import Image

from camlight._pixels import eight_bit

from .colours import DIVERGING, VIRIDIS, Colormap, colours_of, opacity

__all__ = ["checked", "expand_heatmap", "heatmap_to_image", "overlay", "signed_overlay", "to_rgba"]

_MODES = {3: "RGB", 4: "RGBA"}


def overlay(
    image: Image.Image,
    heatmap: np.ndarray | None,
    resampling_filter: int | None = Image.Resampling.LANCZOS,
    colormap: Colormap | str = VIRIDIS,
    alpha_limit: float | None = 0.65,
) -> Image.Image:
    """Return `image` with `heatmap` over it; the arguments are those of `format_as_image`."""
    heatmap = _flat(checked(heatmap).astype(float, copy=False))
    coloured = colours_of(heatmap, colormap)
    coloured[..., 3] = opacity(heatmap, alpha_limit)
    return Image.alpha_composite(to_rgba(image), expand_heatmap(coloured, image, resampling_filter))


def signed_overlay(
    image: Image.Image,
    signed: np.ndarray,
    resampling_filter: int | None = Image.Resampling.LANCZOS,
    colormap: Colormap | str = DIVERGING,
    alpha_limit: float | None = 0.65,
) -> Image.Image:
    """Return `image` under a map of shape (H, W) in [-1, 1], as opaque as the map is far from 0."""
    coloured = colours_of((_flat(signed) + 1) / 2, colormap)
    coloured[..., 3] = opacity(np.abs(signed), alpha_limit)
    return Image.alpha_composite(to_rgba(image), expand_heatmap(coloured, image, resampling_filter))


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
    checked(heatmap)
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


def to_rgba(image: Image.Image) -> Image.Image:
    """Return a new RGBA picture."""
    return image.copy() if image.mode == "RGBA" else eight_bit(image).convert("RGBA")


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
