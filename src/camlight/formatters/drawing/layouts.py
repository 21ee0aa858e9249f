"""Which way of drawing an explanation is meant."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from camlight.base import Explanation

__all__ = ["check_text_size", "layout_of"]

_LAYOUTS = ("overlay", "panels", "grid")


def layout_of(expl: Explanation, layout: str | None, contours: int) -> str:
    """Return a layout by its name, or ``"picture"``, ``"signal"`` or ``"volume"``.

    Parameters
    ----------
    expl : Explanation
    layout : {"overlay", "panels", "grid"}, optional
        By default ``"overlay"`` for one target, ``"grid"`` for several.
    contours : int
        How many lines are asked for.

    Raises
    ------
    TypeError
        If the explanation has nothing to draw on.
    ValueError
        If there is no such layout, or it doesn't suit.
    """
    if layout is not None and layout not in _LAYOUTS:
        raise ValueError(
            f"Expected `layout` to be None or one of {', '.join(map(repr, _LAYOUTS))}. "
            f"Received: {layout!r}."
        )
    targets = expl.targets or []
    dimensions = {t.heatmap.ndim for t in targets if isinstance(t.heatmap, np.ndarray)}
    if expl.image is None and dimensions & {1, 3}:
        if len(dimensions) > 1:
            raise ValueError(
                "Expected targets with maps of one kind. Received: maps of "
                f"{' and '.join(map(str, sorted(dimensions)))} dimensions."
            )
        kind = "signal" if dimensions == {1} else "volume"
        if layout in ("overlay", "panels"):
            raise ValueError(
                f"Expected `layout` to be None or 'grid' for a {kind}. Received: {layout!r}."
            )
        if contours and kind == "signal":
            raise ValueError(f"Expected `contours` of 0 for a signal. Received: {contours}.")
        _check_data(expl, kind)
        return kind
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


def _check_data(expl: Explanation, kind: str) -> None:
    data = getattr(expl, "data", None)  # ELI5's own explanations have none
    shape = {"signal": "(L, C)", "volume": "(D, H, W, C)"}[kind]
    if data is not None and data.ndim != shape.count(",") + 1:
        raise ValueError(f"Expected `data` of shape {shape} for a {kind}. Received: {data.shape}.")


def check_text_size(text_size: float | None) -> None:
    """Raise TypeError or ValueError unless `text_size` is None or a number above 0."""
    if text_size is None:
        return
    if isinstance(text_size, bool) or not isinstance(text_size, Real):
        raise TypeError(f"Expected `text_size` to be a number or None. Received: {text_size!r}.")
    if not 0 < text_size < float("inf"):
        raise ValueError(f"Expected `text_size` above 0. Received: {text_size}.")
