"""The fields of an explanation: which to show, by ELI5's constants, and how they are worded."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from camlight.base import Explanation, TargetExplanation

__all__ = ["ALL", "INFO", "WEIGHTS"]

WEIGHTS = ("transition_features", "targets", "feature_importances", "decision_tree")
INFO = ("method", "description")
ALL = INFO + WEIGHTS

_ROWS = ("upper", "middle", "lower")
_COLUMNS = ("left", "centre", "right")
_ORDER = ("first", "middle", "last")


def sections(show: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the sections to show, once each is one."""
    if isinstance(show, str) or not isinstance(show, Iterable):
        name = show if isinstance(show, str) else "targets"
        raise TypeError(
            f"Expected `show` to be a list of names, such as {[name]}. Received: {show!r}."
        )
    wanted = tuple(show)
    for name in wanted:
        if name not in ALL:
            raise ValueError(
                f"Expected `show` to name some of {', '.join(map(repr, (*INFO, 'targets')))}. "
                f"Received: {name!r}."
            )
    return wanted


def check_explanation(given: Any) -> None:
    """Raise TypeError unless it is an explanation, camlight's or ELI5's own."""
    if all(hasattr(given, name) for name in ("estimator", "targets", "error")):
        return
    several = isinstance(given, (list, tuple)) or hasattr(given, "__next__")
    cure = " Format them one by one: `for expl in explanations`." if several else ""
    raise TypeError(
        "Expected an explanation, as `camlight.explain_prediction` returns. "
        f"Received: {type(given).__name__}.{cure}"
    )


def name_of(target: TargetExplanation) -> str | None:
    """Return a target's name, if it has one; ELI5's own targets have none."""
    return getattr(target, "name", None)


def title_of(target: TargetExplanation) -> str:
    """Return a target's name, or ``"y=285"``."""
    if isinstance(target.target, str):
        return target.target
    return str(name_of(target) or f"y={target.target}")


def numbers_of(target: TargetExplanation) -> str:
    """Return ``"score 0.93, probability 0.31"``, as far as they are known."""
    known = {"score": target.score, "probability": target.proba}
    return ", ".join(f"{word} {value:.3g}" for word, value in known.items() if value is not None)


def rounded(value: float) -> str:
    """Return a number with three places, or with two digits where these would all be 0."""
    return f"{value:.1e}" if 0 < abs(value) < 0.0005 else f"{value:.3f}"


def source_of(expl: Explanation) -> str:
    """Return ``"Grad-CAM at layer conv, network net"``: where the maps come from."""
    how = " at layer ".join(part for part in (expl.method, getattr(expl, "layer", None)) if part)
    return ", ".join(part for part in (how, f"network {expl.estimator}") if part)


def warnings_of(expl: Explanation) -> list[str]:
    """Return the warnings of an explanation; ELI5's own has none."""
    return list(getattr(expl, "warnings", ()))


def describe_location(heatmap: np.ndarray) -> str:
    """Return which ninth of the picture holds most of a map, and how much: "upper left, 61 %".

    A cell counts for where its centre lies: in a ninth, a signal's third, a volume's 27th.
    """
    total = heatmap.sum()
    if not np.isfinite(total):
        return "unknown"
    if total <= 0:
        return "nowhere"
    thirds = [((2 * np.arange(size) + 1) * 3) // (2 * size) for size in heatmap.shape]
    shares = np.zeros((3,) * heatmap.ndim)
    np.add.at(shares, tuple(np.meshgrid(*thirds, indexing="ij")), heatmap / total)
    *depth, row, column = (0, *np.unravel_index(int(shares.argmax()), shares.shape))
    name = "centre" if row == column == 1 else f"{_ROWS[row]} {_COLUMNS[column]}"
    if heatmap.ndim == 1:
        name = f"{_ORDER[column]} third"
    if heatmap.ndim == 3:
        name = f"{_ORDER[depth[-1]]} slices, {name}"
    return f"{name}, {100 * shares.max():.0f} %"
