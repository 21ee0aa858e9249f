"""The card: the picture, the map over it, and the targets to choose from.

What stands here is what is seen where no script runs. ``card.js`` adds the switcher, the slider
and the value under the pointer, out of the ``data-`` attributes.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple, TypeGuard
from urllib.parse import quote

import numpy as np
from PIL import Image

from camlight._pixels import eight_bit
from camlight.base import Explanation

from .fields import describe_location, rounded, title_of
from .image import format_as_image
from .overlay import Colormap, colours_of

if TYPE_CHECKING:
    from camlight.base import TargetExplanation

__all__ = ["card"]

_LONGEST = (1024, 768, 512)  # sides in pixels, tried in turn, and for each of them
_QUALITIES = (85, 70)  # these of JPEG or WebP, until the photo takes
_MOST_BYTES = 120_000  # no more than this: a card stays below 300 KB
_EXACT_PIXELS = 20_000  # smaller pictures are stored as they are
_SMALLEST_SHOWN = 256  # smaller pictures are shown enlarged, so that their pixels are seen
_MAP_SIDE = 96  # enough for a smooth map, which the browser enlarges further
_MOST_CELLS = 24_000  # of all maps together
_FEWEST_CELLS = 32  # along the longer side of a map, however many maps there are


class _Photo(NamedTuple):
    """A picture in a ``data:`` address, its size, and how many times it is shown enlarged."""

    url: str
    size: tuple[int, int]
    enlarged: int


def card(
    expl: Explanation, colormap: Colormap | str, alpha_limit: float | None, footer: str = ""
) -> str:
    """Return the targets of an explanation, all that is drawn of them, and a footer, as HTML."""
    targets = expl.targets or []
    first = next((target for target in targets if _drawable(target.heatmap)), None)
    side, how = 0, ""
    # drawing it first checks the colours and the limit
    if first is not None and isinstance(expl.image, Image.Image):
        view = _photo_with_map(expl, expl.image, first, colormap, alpha_limit)
        side = _block_side([t.heatmap for t in targets if _drawable(t.heatmap)])
        limit = 1.0 if alpha_limit is None else float(alpha_limit)
        how = f' data-limit="{limit}" data-colours="{_palette(colormap)}"'
    else:
        view = _drawn(expl, colormap, alpha_limit)
    shares = _shares(targets)
    rows = "".join(_row(target, share, side) for target, share in zip(targets, shares, strict=True))
    return (
        f'<div class="camlight-card"{how}>{view}<div class="camlight-panel">'
        f'<p class="camlight-title">Where <bdi>{escape(str(expl.estimator))}</bdi> looked</p>'
        f'<div class="camlight-targets">{rows}</div>{footer}</div></div>'
    )


def _photo_with_map(
    expl: Explanation,
    image: Image.Image,
    target: TargetExplanation,
    colormap: Colormap | str,
    alpha_limit: float | None,
) -> str:
    """Return one ``<img>`` that holds the photo and a map over it.

    Notebooks that aren't trusted, and pages that clean what they show, leave no more than that of
    a card: neither scripts nor styles. A script finds the photo in it.
    """
    photo = _small(image)
    width, height = photo.size
    scale = _MAP_SIDE / max(photo.size)
    nothing = Image.new("RGBA", (max(1, round(width * scale)), max(1, round(height * scale))))
    over_nothing = Explanation(expl.estimator, targets=[target], image=nothing)
    heat = format_as_image(over_nothing, colormap=colormap, alpha_limit=alpha_limit)
    size = f"width='{width}' height='{height}'"
    pixels = " style='image-rendering:pixelated'" if photo.enlarged > 1 else ""
    picture = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' {size}>"
        f"<image {size}{pixels} href='{photo.url}'/>"
        f"<image {size} preserveAspectRatio='none' href='{_stored(heat, 'png').url}'/></svg>"
    )
    url = "data:image/svg+xml," + quote(picture, safe="/:;,='+() ")
    return _element(photo._replace(url=url), _alt(target))


def _drawn(expl: Explanation, colormap: Colormap | str, alpha_limit: float | None) -> str:
    """Return what can be seen where no map lies over a picture: a signal, a volume, the picture."""
    targets = expl.targets or []
    flat = all(t.heatmap is None or t.heatmap.ndim == 2 for t in targets)
    if isinstance(expl.image, Image.Image) and flat:
        return _element(_small(expl.image), "The picture, without a map.")
    try:
        drawing = format_as_image(expl, colormap=colormap, alpha_limit=alpha_limit)
    except (TypeError, ValueError):  # what is wrong with the maps, the rows of the targets say
        return ""
    return _element(_stored(drawing, "png"), " ".join(map(_alt, targets)))


def _row(target: TargetExplanation, share: float | None, side: int) -> str:
    """Return one target: its name, how sure the model was, and where the evidence lies.

    Its map comes along in blocks of so many cells a side, and not if `side` is 0.
    """
    data = f' data-alt="{escape(_alt(target))}"'
    if side and _drawable(target.heatmap):
        rows, columns = target.heatmap.shape
        data += f' data-rows="{rows}" data-columns="{columns}" data-block="{side}"'
        data += f' data-map="{_thousandths(target.heatmap, side)}"'
    name, index = title_of(target), f"y={target.target}"
    known = {"probability": target.proba, "score": target.score}
    numbers = [f"{word} {rounded(value)}" for word, value in known.items() if value is not None]
    number, *others = numbers or [""]
    facts = " · ".join(fact for fact in (index, *others, _where(target)) if fact != name)
    bar = f'<span class="camlight-bar" style="width: {share:.1%}"></span>' if share else ""
    return (
        f'<div><label class="camlight-target"{data}>'
        f'<strong class="camlight-name"><bdi>{escape(name)}</bdi></strong> '
        f'<span class="camlight-number">{number}</span> '
        f'<span class="camlight-{"share" if share is not None else "line"}">{bar}</span>'
        f'<span class="camlight-facts">{escape(facts)}</span></label></div>'
    )


def _shares(targets: Sequence[TargetExplanation]) -> list[float | None]:
    """Return what is drawn as bars: probabilities, or scores that look like some."""
    for numbers in ([t.proba for t in targets], [t.score for t in targets]):
        if all(number is not None and 0 <= number <= 1 for number in numbers):
            return list(numbers)
    return [None] * len(targets)


def _where(target: TargetExplanation) -> str:
    if target.heatmap is None:
        return "no map"
    if not np.isfinite(target.heatmap).all():
        return "a map with values that are no numbers can't be drawn"
    place = describe_location(target.heatmap).replace(" %", "\xa0%")
    return "no evidence anywhere" if place == "nowhere" else f"most evidence: {place}"


def _alt(target: TargetExplanation) -> str:
    return f"The picture under the heatmap for {title_of(target)}; {_where(target)}."


def _drawable(heatmap: np.ndarray | None) -> TypeGuard[np.ndarray]:
    """Whether a map is one that a picture can lie under: of shape (H, W), in [0, 1]."""
    if not isinstance(heatmap, np.ndarray) or heatmap.dtype.kind not in "fiub":
        return False
    if heatmap.ndim != 2 or heatmap.size == 0:
        return False
    return bool(heatmap.min() >= 0 and heatmap.max() <= 1)


def _block_side(heatmaps: Sequence[np.ndarray]) -> int:
    """Return the side of the blocks of cells that are stored as one, so that all maps are small."""

    def cells(side: int) -> int:
        return sum(-(-rows // side) * -(-columns // side) for rows, columns in shapes)

    shapes, side = [heatmap.shape for heatmap in heatmaps], 1
    longest = max(map(max, shapes))
    while cells(side) > _MOST_CELLS and longest // (side + 1) >= _FEWEST_CELLS:
        side += 1
    return side


def _thousandths(heatmap: np.ndarray, side: int) -> str:
    """Return a map in whole thousandths, row by row; each number is a block's mean."""
    starts = [np.arange(0, n, side) for n in heatmap.shape]
    sums = np.add.reduceat(np.add.reduceat(heatmap.astype(float), starts[0]), starts[1], axis=1)
    lengths = [np.diff(start, append=n) for start, n in zip(starts, heatmap.shape, strict=True)]
    means = sums / np.outer(*lengths)
    return " ".join(map(str, np.rint(means * 1000).astype(int).ravel().tolist()))


def _palette(colormap: Colormap | str) -> str:
    """Return 256 colours as hexadecimal digits, six for each."""
    rgba = colours_of((np.arange(256)[np.newaxis] + 0.5) / 256, colormap)
    return (rgba[0, :, :3] * 255).astype("uint8").tobytes().hex()


def _small(image: Image.Image) -> _Photo:
    """Return a picture as a small file: 1024 pixels long at most, and exact where it is tiny."""
    image = eight_bit(image)
    if image.mode in ("LA", "RGBA") and np.asarray(image.getchannel("A")).min() < 255:
        image, kind = image.convert("RGBA"), "webp"
    else:
        image, kind = image.convert("RGB"), "jpeg"
    if image.width * image.height <= _EXACT_PIXELS:
        return _stored(image, "png")
    for longest in _LONGEST:
        scale = min(1.0, longest / max(image.size))
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        reduced = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
        for quality in _QUALITIES:
            photo = _stored(reduced, kind, quality)
            if len(photo.url) * 3 / 4 <= _MOST_BYTES:
                return photo
    return photo


def _stored(image: Image.Image, kind: str, quality: int = 85) -> _Photo:
    buffer = BytesIO()
    image.save(buffer, kind, quality=quality, method=0)  # `method` is WebP's: fast
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    enlarged = max(1, round(_SMALLEST_SHOWN / max(image.size)))
    return _Photo(f"data:image/{kind};base64,{data}", image.size, enlarged)


def _element(photo: _Photo, alt: str) -> str:
    """Return an ``<img>``, wrapped in what a script lays the map over."""
    width, height = (side * photo.enlarged for side in photo.size)
    pixels = " camlight-pixels" if photo.enlarged > 1 else ""
    return (
        '<div class="camlight-view">'
        f'<div class="camlight-stage" style="--camlight-ratio: {width / height:.4g}">'
        f'<img class="camlight-picture{pixels}" src="{photo.url}" '
        f'width="{width}" height="{height}" alt="{escape(alt)}"></div></div>'
    )
