"""What an explanation is: a value that says what was asked, what was found, and on which picture.

ELI5's fields come first, in ELI5's order, and print as ELI5's do; camlight's own don't print.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Container

    from PIL import Image

__all__ = ["Explanation", "ExplanationError", "ExplanationWarning", "TargetExplanation", "warn"]


class ExplanationWarning(UserWarning):
    """An explanation can't be taken at face value; the message names the cause and the cure."""


def warn(message: str) -> None:
    """Issue an `ExplanationWarning` at the first caller outside this package."""
    level, frame, ours = 1, sys._getframe(), str(Path(__file__).parent)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(ours):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, ExplanationWarning, stacklevel=level)


class ExplanationError(RuntimeError):
    """Something failed inside the model; the message names where, and what to try.

    The framework's own error is its ``__cause__``.

    Examples
    --------
    >>> raise ExplanationError("layer `conv` failed") from ArithmeticError("overflow")
    Traceback (most recent call last):
    camlight.base.ExplanationError: layer `conv` failed
    """


class _Value:
    """Equal to another if all fields are: arrays by their values, pictures by their pixels."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        names = [one.name for one in fields(self)]  # type: ignore[arg-type] # of the dataclass
        return all(_same(getattr(self, name), getattr(other, name)) for name in names)


def _same(left: Any, right: Any) -> bool:
    are_arrays = [isinstance(value, np.ndarray) for value in (left, right)]
    if any(are_arrays):
        return all(are_arrays) and np.array_equal(left, right, equal_nan=True)
    if hasattr(left, "getbands") and hasattr(right, "getbands"):
        return _seen(left) == _seen(right)
    return bool(left == right)


def _seen(picture: Image.Image) -> tuple[object, ...]:
    return picture.mode, picture.size, picture.getpalette(), picture.tobytes()


@dataclass(eq=False, slots=True, weakref_slot=True)
class TargetExplanation(_Value):
    """What was found for one target, such as a class.

    Parameters
    ----------
    target : int or str
        The target: an index into the model's output.
    feature_weights, weighted_spans : None
        ELI5's fields for feature tables and highlighted text; unused for pictures.
    proba : float, optional
        The target's probability, where it is known apart from the score.
    score : float, optional
        The model's own output for the target.
    heatmap : ndarray of float64, shape (H, W), optional
        The map in [0, 1], its maximum 1, at the layer's resolution; of shape (L,) for a signal,
        (D, H, W) for a volume.
    raw_map : ndarray of float64, of the same shape, optional
        The signed map before ReLU and scaling, in units of score: by it maps can be compared.
    name : str, optional
        The target's name, where names were given.

    Examples
    --------
    >>> TargetExplanation(285, score=0.5, heatmap=np.array([[0.0, 1.0]])).score
    0.5
    """

    target: int | str
    feature_weights: Any = None
    proba: float | None = None
    score: float | None = None
    weighted_spans: Any = None
    heatmap: np.ndarray | None = None
    raw_map: np.ndarray | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)


@dataclass(eq=False, slots=True, weakref_slot=True)
class Explanation(_Value):
    """An explanation of one prediction.

    Parameters
    ----------
    estimator : str
        The model's name.
    description : str, optional
        What the method does, in words.
    error : str, optional
        Why there is no explanation; empty when there is one.
    method : str, optional
        The method's name, such as ``"Grad-CAM"``.
    is_regression : bool
        Whether the targets are values rather than classes.
    targets : list of TargetExplanation, optional
        One entry for each target explained.
    feature_importances, decision_tree, highlight_spaces, transition_features : None
        ELI5's fields for other kinds of models; unused for pictures.
    image : PIL.Image.Image, optional
        The picture that was explained.
    layer : str, optional
        The layer whose map was used; inside a nested model by its path, ``"backbone/out_relu"``.
    warnings : list of str
        What to keep in mind when reading the maps; each was an `ExplanationWarning` too.
    data : ndarray of float, shape (L, C) or (D, H, W, C), optional
        The signal or volume that was explained, channels last; None for a picture.
    layers : tuple of str
        The path of each layer whose map was used; can be passed as `layer` again.

    Examples
    --------
    >>> Explanation("mobilenet", error="not supported").error
    'not supported'
    """

    estimator: str
    description: str | None = None
    error: str | None = None
    method: str | None = None
    is_regression: bool = False
    targets: list[TargetExplanation] | None = None
    feature_importances: Any = None
    decision_tree: Any = None
    highlight_spaces: bool | None = None
    transition_features: Any = None
    image: Image.Image | None = None
    layer: str | None = field(default=None, repr=False)
    warnings: list[str] = field(default_factory=list, repr=False)
    data: np.ndarray | None = field(default=None, repr=False)
    layers: tuple[str, ...] = field(default=(), repr=False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the explanation to a file, from which `camlight.load` reads it.

        Parameters
        ----------
        path : str or os.PathLike
            Such as ``"cat.npz"``. A file that is there is replaced once the new one is complete.

        Raises
        ------
        TypeError
            If a field holds what neither JSON nor an array can hold.
        OSError
            If the path can't be written to, as where its folder isn't there.
        """
        from .saving import save  # a value must not load what reads and writes it

        save(self, path)

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] = ()
    ) -> dict[str, str]:
        """Return what a notebook shows: a card where it can, text where it can't."""
        from .formatters.text import format_as_text  # a value must not load its formatters

        makers: dict[str, Callable[[], str]] = {
            "text/html": self._repr_html_,
            "text/plain": lambda: format_as_text(self),
        }
        kinds = [kind for kind in makers if kind in (include or makers)]
        return {kind: makers[kind]() for kind in kinds if kind not in (exclude or ())}

    def _repr_html_(self) -> str:
        from .formatters.html import format_as_html  # a value must not load its formatters

        return format_as_html(self)
