"""The picture of a card: small, stored once, under the first map where no script runs."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import quote

import numpy as np
from PIL import Image

from camlight._pixels import eight_bit

__all__ = ["Photo", "element", "exact", "map_size", "small", "with_map"]

_LONGEST = (1024, 768, 512)  # sides in pixels, tried in turn, and for each of them
_QUALITIES = (85, 70)  # these of JPEG or WebP, until the photo takes
_MOST_BYTES = 120_000  # no more than this: a card stays below 300 KB
_EXACT_PIXELS = 20_000  # smaller pictures are stored as they are
_SMALLEST_SHOWN = 256  # smaller pictures are shown enlarged, so that their pixels are seen
_MAP_SIDE = 96  # enough for a smooth map, which the browser enlarges further

_UNQUOTED = "/:;,='+() "  # what may stand in an address inside an attribute


@dataclass(frozen=True)
class Photo:
    """A picture in an address of its own.

    Parameters
    ----------
    url : str
        A ``data:`` address.
    size : (int, int)
        Width and height, in pixels.

    Examples
    --------
    >>> exact(Image.new("RGB", (32, 16))).size
    (32, 16)
    """

    url: str
    size: tuple[int, int]

    @property
    def enlarged(self) -> int:
        """How many times the picture is shown enlarged."""
        return max(1, round(_SMALLEST_SHOWN / max(self.size)))


def exact(image: Image.Image) -> Photo:
    """Return a picture as a PNG file."""
    return _photo(image, "png", _file(image, "png"))


def small(image: Image.Image) -> Photo:
    """Return a picture as a small file: 1024 pixels long at most, and exact where it is tiny."""
    if image.width * image.height <= _EXACT_PIXELS:
        return exact(_colour(image))
    for longest in _LONGEST:
        reduced = _colour(_at_most(eight_bit(image), longest))
        kind = "webp" if reduced.mode == "RGBA" else "jpeg"
        for quality in _QUALITIES:
            data = _file(reduced, kind, quality=quality)
            if len(data) <= _MOST_BYTES:
                return _photo(reduced, kind, data)
    return _photo(reduced, kind, data)


def element(photo: Photo, alt: str, url: str | None = None) -> str:
    """Return an ``<img>`` of the photo, or of `url` at its size; `alt` is escaped already.

    It is wrapped in what a script lays the map over.
    """
    width, height = (side * photo.enlarged for side in photo.size)
    pixels = " camlight-pixels" if photo.enlarged > 1 else ""
    return (
        '<div class="camlight-view">'
        f'<div class="camlight-stage" style="--camlight-ratio: {width / height:.4g}">'
        f'<img class="camlight-picture{pixels}" src="{url or photo.url}" '
        f'width="{width}" height="{height}" alt="{alt}"></div></div>'
    )


def map_size(photo: Photo) -> tuple[int, int]:
    """Return the width and height with which a map over `photo` is stored."""
    scale = _MAP_SIDE / max(photo.size)
    width, height = (max(1, round(side * scale)) for side in photo.size)
    return width, height


def with_map(photo: Photo, heat: Image.Image, alt: str) -> str:
    """Return one ``<img>`` that holds the photo and, over it, a map, mode RGBA.

    Notebooks that aren't trusted, and pages that clean what they show, leave no more than that of
    a card: neither scripts nor styles. A script finds the photo in it.
    """
    width, height = photo.size
    size = f"width='{width}' height='{height}'"
    pixels = " style='image-rendering:pixelated'" if photo.enlarged > 1 else ""
    picture = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' {size}>"
        f"<image {size}{pixels} href='{photo.url}'/>"
        f"<image {size} preserveAspectRatio='none' href='{exact(heat).url}'/></svg>"
    )
    return element(photo, alt, f"data:image/svg+xml,{quote(picture, safe=_UNQUOTED)}")


def _photo(image: Image.Image, kind: str, data: bytes) -> Photo:
    return Photo(f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}", image.size)


def _colour(image: Image.Image) -> Image.Image:
    """Return a picture in mode RGB, or RGBA where something of it is transparent."""
    image = eight_bit(image)
    if image.mode in ("LA", "RGBA") and np.asarray(image.getchannel("A")).min() < 255:
        return image.convert("RGBA")
    return image.convert("RGB")


def _at_most(image: Image.Image, longest: int) -> Image.Image:
    scale = longest / max(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)


def _file(image: Image.Image, kind: str, quality: int = 85) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, quality=quality, method=0)  # `method` is WebP's: fast
    return buffer.getvalue()
