"""One scale for the maps of all targets, so that weak ones look weak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .overlay import checked

if TYPE_CHECKING:
    from camlight.base import TargetExplanation

__all__ = ["on_one_scale", "share_a_scale"]


def on_one_scale(targets: Sequence[TargetExplanation], signed: bool) -> list[np.ndarray]:
    """Return the targets' maps in units of the strongest cell of them all.

    Parameters
    ----------
    targets : sequence of TargetExplanation
    signed : bool
        Whether the maps keep what speaks against the target.

    Returns
    -------
    list of ndarray of float64
        In [0, 1]; in [-1, 1] if signed. Of several targets without raw maps each heatmap as it
        is; a raw map that isn't finite has no evidence to show and is 0 everywhere.

    Raises
    ------
    TypeError, ValueError
        If a heatmap isn't one, or a signed map is asked for where there is no raw map.

    Examples
    --------
    >>> from camlight import TargetExplanation
    >>> raw_maps = [np.array([[4.0, -2.0]]), np.array([[1.0, -8.0]])]
    >>> targets = [TargetExplanation(0, heatmap=np.eye(2)[:1], raw_map=raw) for raw in raw_maps]
    >>> on_one_scale(targets, signed=False)
    [array([[1., 0.]]), array([[0.25, 0.  ]])]
    >>> on_one_scale(targets, signed=True)
    [array([[ 0.5 , -0.25]]), array([[ 0.125, -1.   ]])]
    """
    heatmaps = [checked(target.heatmap).astype(float, copy=False) for target in targets]
    raw_maps = _raw_maps(targets)
    if signed and raw_maps is None:
        raise ValueError(
            "Expected targets with a `raw_map`, whose signs are drawn. Received: one without. "
            "`camlight.explain_prediction` gives raw maps; or draw with `signed=False`."
        )
    if raw_maps is None or not (signed or len(targets) > 1):
        return heatmaps
    shown = [raw if signed else np.maximum(raw, 0.0) for raw in raw_maps]
    peak = max(float(np.abs(values).max()) for values in shown)
    return [values / peak if peak > 0 else np.zeros(values.shape) for values in shown]


def share_a_scale(targets: Sequence[TargetExplanation]) -> bool:
    """Say whether the targets' maps can be compared with one another."""
    return len(targets) == 1 or _raw_maps(targets) is not None


def _raw_maps(targets: Sequence[TargetExplanation]) -> list[np.ndarray] | None:
    found = [getattr(target, "raw_map", None) for target in targets]  # ELI5's own have none
    known = [raw for raw in found if raw is not None and raw.size]
    if len(known) < len(found):
        return None
    return [
        raw.astype(float, copy=False) if np.isfinite(raw).all() else np.zeros(raw.shape)
        for raw in known
    ]
