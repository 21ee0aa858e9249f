"""An explanation as a card, as it is seen without scripts; ``card.js`` does more."""

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, NamedTuple, TypeGuard
from urllib.parse import quote

import numpy as np
from PIL import Image

from camlight._pixels import eight_bit
from camlight.base import Explanation, TargetExplanation

from . import fields
from .as_dict import data_uri
from .fields import check_explanation, describe_location, rounded, sections, title_of, warnings_of
from .image import format_as_image
from .overlay import Colormap, checked, colours_of
from .panels import sized

_LONGEST = (1024, 768, 512)  # sides in pixels, tried in turn, and for each of them
_QUALITIES = (85, 70)  # these of JPEG or WebP, until the photo takes
_MOST_BYTES = 120_000  # no more than this: a card stays below 300 KB
_EXACT_PIXELS = 20_000  # smaller pictures are stored as they are
_SMALLEST_SHOWN = 256  # smaller pictures are shown enlarged, so that their pixels are seen
_MAP_SIDE = 96  # enough for a smooth map, which the browser enlarges further
_MOST_CELLS = 24_000  # of all maps together
_FEWEST_CELLS = 32  # along the longer side of a map, however many maps there are


def format_as_html(
    explanation: Explanation,
    include_styles: bool = True,
    force_weights: bool = True,
    show: Iterable[str] = fields.ALL,
    preserve_density: bool | None = None,
    highlight_spaces: bool | None = None,
    horizontal_layout: bool = True,
    show_feature_values: bool = False,
    *,
    colormap: Colormap | str = "viridis",
    alpha_limit: float | None = 0.65,
) -> str:
    """Return an explanation as a card of HTML, its pictures inside it and all its text escaped.

    In the card one chooses the target and the opacity, and reads the value of the cell under the
    pointer, with the keyboard too. It asks for nothing from anywhere; where no script runs, the
    map of the first target is seen. Pictures larger than 1024 pixels are stored reduced, and maps
    in thousandths: it takes less than 300 KB. The interface is ELI5's but for the last two.

    Parameters
    ----------
    include_styles : bool
        Whether the styles come along; `format_html_styles` gives them alone. Default True.
    show, highlight_spaces, show_feature_values
        As in `format_as_text`, which also says what is raised.
    force_weights, preserve_density, horizontal_layout
        ELI5's arguments for tables of features; a picture has none, and they change nothing.
    colormap, alpha_limit
        As in `format_as_image`; the limit is where the slider stands at first.

    Examples
    --------
    >>> from camlight import Explanation
    >>> "&lt;b&gt;" in format_as_html(Explanation("net", error="no <b> here"))
    True
    """
    check_explanation(explanation)
    show = sections(show)
    parts = [*([format_html_styles()] if include_styles else []), '<div class="camlight">']
    if explanation.error:
        parts.append(_note("error", "Error", explanation.error, ' role="alert"'))
    parts += [_note("warning", "Warning", text) for text in warnings_of(explanation)]
    script = ""
    method = _method(explanation, show)
    if "targets" in show and explanation.targets:
        method = _card(explanation, colormap, alpha_limit, footer=method)
        script = f"<script>\n{_file('card.js')}</script>"
    return "\n".join([*parts, method, "</div>", script])


def format_html_styles() -> str:
    """Return the styles alone, for pages that call ``format_as_html(include_styles=False)``.

    Examples
    --------
    >>> format_html_styles().startswith("<style>")
    True
    """
    return f"<style>\n{_file('card.css')}</style>\n"


@cache
def _file(name: str) -> str:
    return files("camlight.formatters").joinpath(name).read_text(encoding="utf-8")


def _note(kind: str, word: str, text: str, role: str = "") -> str:
    return (
        f'<p class="camlight-note camlight-{kind}"{role}><strong>{word}:</strong> '
        f"<span>{escape(text)}</span></p>"
    )


def _method(expl: Explanation, show: tuple[str, ...]) -> str:
    """Return how the maps were made: in one line, what it means behind it."""
    line = ""
    if "method" in show and expl.method:
        line = f"Explained as: {escape(expl.method)}"
        if layer := getattr(expl, "layer", None):
            line += f", layer <bdi><code>{escape(layer)}</code></bdi>"
        shapes = {t.heatmap.shape for t in expl.targets or [] if t.heatmap is not None}
        if len(shapes) == 1:
            line += f", {' &times; '.join(map(str, *shapes))} cells"
    words = escape(expl.description) if "description" in show and expl.description else ""
    if line and words:
        return f'<details class="camlight-method"><summary>{line}</summary><p>{words}</p></details>'
    return f'<p class="camlight-method">{line or words}</p>' if line or words else ""


class _Photo(NamedTuple):
    url: str
    size: tuple[int, int]
    enlarged: int  # how many times it is shown


def _card(
    expl: Explanation, colormap: Colormap | str, alpha_limit: float | None, footer: str
) -> str:
    """Return the targets of an explanation, all that is drawn of them, and a footer, as HTML."""
    targets, side, how = expl.targets or [], 0, ""
    first = next((target for target in targets if _drawable(target.heatmap)), None)
    # drawing it first checks the colours and the limit
    if first is not None and isinstance(expl.image, Image.Image):
        view = _photo_with_map(expl.image, first, colormap=colormap, alpha_limit=alpha_limit)
        side = _block_side([t.heatmap.shape for t in targets if _drawable(t.heatmap)])
        limit = 1.0 if alpha_limit is None else float(alpha_limit)
        rgba = colours_of((np.arange(256)[np.newaxis] + 0.5) / 256, colormap)
        colours = (rgba[0, :, :3] * 255).astype("uint8").tobytes().hex()
        how = f' data-limit="{limit}" data-colours="{colours}"'
    else:
        view = _drawn(expl, colormap=colormap, alpha_limit=alpha_limit)
    rows = "".join(_row(t, share, side) for t, share in zip(targets, _shares(targets), strict=True))
    return (
        f'<div class="camlight-card"{how}>{view}<div class="camlight-panel">'
        f'<p class="camlight-title">Where <bdi>{escape(str(expl.estimator))}</bdi> looked</p>'
        f'<div class="camlight-targets">{rows}</div>{footer}</div></div>'
    )


def _photo_with_map(image: Image.Image, target: TargetExplanation, **how: Any) -> str:
    """Return one ``<img>`` with photo and map: all that pages which clean what they show leave."""
    photo = _small(image)
    width, height = photo.size
    nothing = Image.new("RGBA", sized(photo.size, _MAP_SIDE, _MAP_SIDE))
    heat = format_as_image(Explanation("", targets=[target], image=nothing), **how)
    size = f"width='{width}' height='{height}'"
    pixels = " style='image-rendering:pixelated'" if photo.enlarged > 1 else ""
    picture = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' {size}>"
        f"<image {size}{pixels} href='{photo.url}'/>"
        f"<image {size} preserveAspectRatio='none' href='{_stored(heat, 'png').url}'/></svg>"
    )
    url = "data:image/svg+xml," + quote(picture, safe="/:;,='+() ")
    return _element(photo._replace(url=url), _alt(target))


def _drawn(expl: Explanation, **how: Any) -> str:
    """Return what can be seen where no map lies over a picture: a signal, a volume, the picture."""
    targets = expl.targets or []
    flat = all(t.heatmap is None or t.heatmap.ndim == 2 for t in targets)
    if isinstance(expl.image, Image.Image) and flat:
        return _element(_small(expl.image), "The picture, without a map.")
    try:
        drawing = format_as_image(expl, **how)
    except (TypeError, ValueError):  # what is wrong with the maps, the rows of the targets say
        return ""
    return _element(_stored(drawing, "png"), " ".join(map(_alt, targets)))


def _row(target: TargetExplanation, share: float | None, side: int) -> str:
    """Return one target, with its map in blocks of so many cells a side, or without if it is 0."""
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
    try:
        return checked(heatmap).ndim == 2
    except (TypeError, ValueError):
        return False


def _block_side(shapes: Sequence[tuple[int, ...]]) -> int:
    """Return the side of the blocks of cells that are stored as one, so that all maps are small."""
    most = max(1, int(np.max(shapes)) // _FEWEST_CELLS)
    for side in range(1, most):
        if np.ceil(np.divide(shapes, side)).prod(axis=1).sum() <= _MOST_CELLS:
            return side
    return most


def _thousandths(heatmap: np.ndarray, side: int) -> str:
    """Return a map in whole thousandths, row by row; each number is a block's mean."""
    starts = [np.arange(0, n, side) for n in heatmap.shape]
    sums = np.add.reduceat(np.add.reduceat(heatmap.astype(float), starts[0]), starts[1], axis=1)
    lengths = [np.diff(start, append=n) for start, n in zip(starts, heatmap.shape, strict=True)]
    means = sums / np.outer(*lengths)
    return " ".join(map(str, np.rint(means * 1000).astype(int).ravel().tolist()))


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
        size = sized(image.size, least=1, most=longest)
        reduced = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
        for quality in _QUALITIES:
            photo = _stored(reduced, kind, quality)
            if len(photo.url) * 3 / 4 <= _MOST_BYTES:
                return photo
    return photo


def _stored(image: Image.Image, kind: str, quality: int = 85) -> _Photo:
    url = data_uri(image, kind, quality=quality, method=0)  # `method` is WebP's: fast
    return _Photo(url, image.size, max(1, round(_SMALLEST_SHOWN / max(image.size))))


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
