"""What a labelled page shows of an explanation: pictures, signals or slices of volumes."""

from dataclasses import dataclass
from math import ceil, sqrt
from typing import NamedTuple

import numpy as np
from PIL import Image

from camlight.base import Explanation, TargetExplanation

from .fields import numbers_of, source_of, title_of, warnings_of
from .overlay import Style, maps_of, to_rgba

_LAYOUTS = ("overlay", "panels", "grid")
_SIGNAL = (800, 200)
_MOST_SLICES = 4
_LEAST_SHARE = 0.1  # of the strongest slice's: weaker ones have nothing to see


class Words(NamedTuple):
    """What stands above a panel."""

    title: str
    numbers: str
    otherwise: str = ""  # the title where no font has its letters


@dataclass(frozen=True)
class Panel:
    """One drawing, and the words above it: a photo, a map, or one over the other."""

    words: Words
    extent: tuple[int, int]  # width and height of what was explained; length and 1 of a signal
    values: np.ndarray | None  # the map; of a signal one row
    photo: Image.Image | None = None
    curves: np.ndarray | None = None  # the channels of a signal, shape (L, C)
    axis: str = ""  # what runs along a signal

    def picture(self, style: Style) -> Image.Image:
        """Return the photo under the map, mode RGBA; of a signal the band behind it."""
        if self.values is None:
            assert self.photo is not None
            return self.photo
        band = self.curves is not None
        large = style.enlarged(self.values, self.extent if band else sized(self.extent))
        painted = style.painted(large, opaque=self.photo is None and not band)
        return painted if self.photo is None else Image.alpha_composite(self.photo, painted)


@dataclass(frozen=True)
class Page:
    """Rows of panels of `size` pixels, and the words that stand around them all."""

    rows: list[list[Panel]]
    size: tuple[int, int]
    unit: str
    source: str
    warnings: list[str]

    @property
    def panels(self) -> list[Panel]:
        """All of them, row after row."""
        return [panel for row in self.rows for panel in row]

    @property
    def text(self) -> float:
        """The size of the text that goes with the panels, in pixels."""
        return 15.0 if self.panels[0].curves is not None else max(13.0, max(self.size) / 28)


def layout_of(expl: Explanation, layout: str | None, contours: int) -> str:
    """Return a layout by its name, or ``"picture"``, ``"signal"`` or ``"volume"``; or refuse it."""
    if layout is not None and layout not in _LAYOUTS:
        raise ValueError(
            f"Expected `layout` to be None or one of {', '.join(map(repr, _LAYOUTS))}. "
            f"Received: {layout!r}."
        )
    targets = expl.targets or []
    dimensions = {t.heatmap.ndim for t in targets if isinstance(t.heatmap, np.ndarray)}
    if expl.image is None and dimensions & {1, 3}:
        return _without_picture(expl, layout, contours, dimensions)
    if not isinstance(expl.image, Image.Image):
        reason = f" The explanation has an error: {expl.error}" if expl.error else ""
        raise TypeError(
            "Expected an explanation whose `image` is a PIL.Image.Image. "
            f"Received: `image` of type {type(expl.image).__name__}.{reason}"
        )
    if not targets:
        return "picture"
    if layout == "overlay" and len(targets) > 1:
        raise ValueError(
            "Expected an explanation of one target for `layout='overlay'`. Received: "
            f"{len(targets)} targets. Draw them in a grid, `layout='grid'`, or one by one: "
            "`dataclasses.replace(expl, targets=[t])`."
        )
    return layout or ("overlay" if len(targets) == 1 else "grid")


def _without_picture(expl: Explanation, layout: str | None, contours: int, found: set[int]) -> str:
    if len(found) > 1:
        raise ValueError(
            "Expected targets with maps of one kind. Received: maps of "
            f"{' and '.join(map(str, sorted(found)))} dimensions."
        )
    kind, shape = ("signal", "(L, C)") if found == {1} else ("volume", "(D, H, W, C)")
    if layout in ("overlay", "panels"):
        raise ValueError(
            f"Expected `layout` to be None or 'grid' for a {kind}. Received: {layout!r}."
        )
    if contours and kind == "signal":
        raise ValueError(f"Expected `contours` of 0 for a signal. Received: {contours}.")
    data = getattr(expl, "data", None)  # ELI5's own explanations have none
    if data is not None and data.ndim != shape.count(",") + 1:
        raise ValueError(f"Expected `data` of shape {shape} for a {kind}. Received: {data.shape}.")
    return kind


def page_of(expl: Explanation, style: Style, layout: str) -> Page:
    """Return what is shown of an explanation with targets, in a layout that `layout_of` gave."""
    targets = expl.targets or []
    maps, shared = maps_of(targets, signed=style.signed)
    unit = "evidence\n(1 = strongest of all)" if shared else "evidence\n(1 = strongest)"
    named = [(_words(t, values, shared), values) for t, values in zip(targets, maps, strict=True)]
    data = getattr(expl, "data", None)  # ELI5's own explanations have none
    if layout == "signal":
        rows = [[_signal(words, data, values)] for words, values in named]
    elif layout == "volume":
        rows = [_slices(words, data, values) for words, values in named]
    else:
        assert expl.image is not None
        pixels = expl.image.size
        photo = to_rgba(expl.image).resize(sized(pixels), Image.Resampling.LANCZOS)
        cells = [Panel(words, pixels, values, photo) for words, values in named]
        columns = len(cells) if len(cells) <= 3 else ceil(sqrt(len(cells)))
        rows = [cells[first : first + columns] for first in range(0, len(cells), columns)]
        if layout == "panels":
            of_photo = Words("Photo", f"{pixels[0]} x {pixels[1]} pixels")
            of_both = Words("Map over photo", "the stronger, the more opaque")
            rows = [
                [
                    Panel(of_photo, pixels, None, photo),
                    Panel(words._replace(title=f"Map: {words.title}"), pixels, values),
                    Panel(of_both, pixels, values, photo),
                ]
                for words, values in named
            ]
    size = _SIGNAL if layout == "signal" else sized(rows[0][0].extent)
    return Page(rows, size, unit, source_of(expl), warnings_of(expl))


def sized(size: tuple[int, int], least: float = 320, most: float = 2000) -> tuple[int, int]:
    """Return a size enlarged or reduced to so many pixels along the longer side."""
    scale = min(max(max(size), least), most) / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _words(target: TargetExplanation, values: np.ndarray, shared: bool) -> Words:
    """Return a target's name and numbers; of several on one scale also how strong its map is."""
    peak = f"peak {max(float(values.max()), 0.0):.2g}" if shared else ""
    numbers = ", ".join(filter(None, [numbers_of(target), peak]))
    otherwise = "" if isinstance(target.target, str) else f"y={target.target}"
    return Words(title_of(target), numbers, otherwise)


def _signal(words: Words, data: np.ndarray | None, values: np.ndarray) -> Panel:
    """Show a signal's curves before its map, whose cells lie side by side along all of it."""
    axis = "cell of the map" if data is None else "place in the signal"
    curves = values[:, np.newaxis] if data is None else data
    return Panel(words, (len(curves), 1), values[np.newaxis], curves=curves, axis=axis)


def _slices(words: Words, data: np.ndarray | None, values: np.ndarray) -> list[Panel]:
    """Show the slices with most of the map, each over that of the volume in its middle."""
    shades = None
    if data is not None:
        volume = data if data.shape[3] == 3 else data.mean(axis=3)
        low, high = float(volume.min()), float(volume.max())
        shades = ((volume - low) / (high - low or 1.0) * 255).astype("uint8")
    depth, height, width = (values if shades is None else shades).shape[:3]
    size = width, height
    strength = np.abs(values).sum(axis=(1, 2))
    shares = strength / (strength.sum() or 1.0)
    most = np.argsort(-shares, kind="stable")[:_MOST_SLICES]
    title, otherwise = (
        ": ".join(filter(None, [name, words.numbers])) for name in (words.title, words.otherwise)
    )
    row: list[Panel] = []
    for index in sorted(most[shares[most] >= _LEAST_SHARE * shares.max()].tolist()):
        middle = (2 * index + 1) * depth // (2 * len(values))
        place = f"slice {middle + 1} of {depth}: {100 * shares[index]:.0f} % of the map"
        photo = None
        if shades is not None:
            slice_ = to_rgba(Image.fromarray(shades[middle]))
            photo = slice_.resize(sized(size), Image.Resampling.NEAREST)
        above = Words("", place) if row else Words(title, place, otherwise)
        row.append(Panel(above, size, values[index], photo))
    return row
