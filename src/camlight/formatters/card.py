"""The card: the picture, the map over it, and the targets to choose from.

What stands here is what is seen where no script runs. ``card.js`` adds the switcher, the slider
and the value under the pointer, out of the ``data-`` attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING, cast

import numpy as np
from PIL import Image

from camlight.base import Explanation

from . import card_maps, card_picture
from .fields import describe_location, rounded, title_of
from .image import format_as_image
from .overlay import Colormap

if TYPE_CHECKING:
    from camlight.base import TargetExplanation

__all__ = ["card"]


def card(
    expl: Explanation, colormap: Colormap | str, alpha_limit: float | None, footer: str = ""
) -> str:
    """Return the targets of an explanation and all that can be drawn of them, as HTML.

    Parameters
    ----------
    expl : Explanation
    colormap, alpha_limit
        As in `camlight.format_as_image`.
    footer : str
        HTML that stands below the targets.
    """
    targets = expl.targets or []
    maps = [target.heatmap for target in targets if card_maps.drawable(target.heatmap)]
    lies_under = bool(maps) and isinstance(expl.image, Image.Image)
    side = card_maps.block_side(maps) if lies_under else 0
    # drawing it first checks the colours and the limit
    view = (
        _photo_with_map(expl, colormap, alpha_limit)
        if lies_under
        else _drawn(expl, colormap, alpha_limit)
    )
    how = _how(colormap, alpha_limit) if lies_under else ""
    rows = "".join(map(partial(_row, side=side), targets, _shares(targets)))
    return (
        f'<div class="camlight-card"{how}>{view}<div class="camlight-panel">'
        f'<p class="camlight-title">Where <bdi>{escape(str(expl.estimator))}</bdi> looked</p>'
        f'<div class="camlight-targets">{rows}</div>{footer}</div></div>'
    )


def _how(colormap: Colormap | str, alpha_limit: float | None) -> str:
    """Return the attributes that say how maps are drawn."""
    limit = 1 if alpha_limit is None else alpha_limit
    return f' data-limit="{float(limit)}" data-colours="{card_maps.palette(colormap)}"'


def _photo_with_map(expl: Explanation, colormap: Colormap | str, alpha_limit: float | None) -> str:
    first = next(t for t in expl.targets or [] if card_maps.drawable(t.heatmap))
    photo = card_picture.small(cast("Image.Image", expl.image))
    # over nothing, what is drawn is the map alone
    nothing = Image.new("RGBA", card_picture.map_size(photo))
    only = Explanation(expl.estimator, targets=[first], image=nothing)
    heat = format_as_image(only, colormap=colormap, alpha_limit=alpha_limit)
    return card_picture.with_map(photo, heat, escape(_alt(first)))


def _drawn(expl: Explanation, colormap: Colormap | str, alpha_limit: float | None) -> str:
    """Return what can be seen where no map lies over a picture: a signal, a volume, the picture."""
    flat = all(t.heatmap is None or t.heatmap.ndim == 2 for t in expl.targets or [])
    if isinstance(expl.image, Image.Image) and flat:
        return card_picture.element(card_picture.small(expl.image), "The picture, without a map.")
    try:
        drawing = format_as_image(expl, colormap=colormap, alpha_limit=alpha_limit)
    except (TypeError, ValueError):
        return ""
    where = " ".join(_alt(target) for target in expl.targets or [])
    return card_picture.element(card_picture.exact(drawing), escape(where))


def _row(target: TargetExplanation, share: float | None, side: int) -> str:
    """Return one target: its name, how sure the model was, and where the evidence lies.

    Its map comes along in blocks of so many cells a side, and not if `side` is 0.
    """
    data = f' data-alt="{escape(_alt(target))}"'
    heatmap = target.heatmap
    if side and card_maps.drawable(heatmap):
        rows, columns = heatmap.shape
        data += f' data-rows="{rows}" data-columns="{columns}" data-block="{side}"'
        data += f' data-map="{card_maps.thousandths(heatmap, side)}"'
    name, index = title_of(target), f"y={target.target}"
    number, *others = _numbers(target) or [""]
    facts = " · ".join(fact for fact in (index, *others, _where(target)) if fact != name)
    bar = f'<span class="camlight-bar" style="width: {share:.1%}"></span>' if share else ""
    return (
        f'<div><label class="camlight-target"{data}>'
        f'<strong class="camlight-name"><bdi>{escape(name)}</bdi></strong> '
        f'<span class="camlight-number">{number}</span> '
        f'<span class="camlight-{"share" if share is not None else "line"}">{bar}</span>'
        f'<span class="camlight-facts">{escape(facts)}</span></label></div>'
    )


def _numbers(target: TargetExplanation) -> list[str]:
    numbers = {"probability": target.proba, "score": target.score}
    return [f"{name} {rounded(value)}" for name, value in numbers.items() if value is not None]


def _shares(targets: Sequence[TargetExplanation]) -> list[float | None]:
    """Return what is drawn as bars: probabilities, or scores that look like some."""
    for numbers in ([t.proba for t in targets], [t.score for t in targets]):
        if all(number is not None and 0 <= number <= 1 for number in numbers):
            return list(numbers)
    return [None] * len(targets)


def _where(target: TargetExplanation) -> str:
    heatmap = target.heatmap
    if heatmap is None:
        return "no map"
    if not np.isfinite(heatmap).all():
        return "a map with values that are no numbers can't be drawn"
    place = describe_location(heatmap).replace(" %", "\xa0%")
    return "no evidence anywhere" if place == "nowhere" else f"most evidence: {place}"


def _alt(target: TargetExplanation) -> str:
    return f"The picture under the heatmap for {title_of(target)}; {_where(target)}."
