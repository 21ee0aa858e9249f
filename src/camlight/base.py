"""What an explanation is: a value that says what was asked, what was found, and on which picture.

The classes carry ELI5's fields in ELI5's order and print as ELI5's do. Fields that camlight adds
come last and do not print.
"""

from __future__ import annotations

import functools
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


_OURS = (str(Path(__file__).parent), functools.__file__)


def warn(message: str) -> None:
    """Issue an `ExplanationWarning` at the first caller outside this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, ExplanationWarning, stacklevel=level)


class ExplanationError(RuntimeError):
    """Something failed inside the model; the message names where, and what to try.

    The framework's own error is its ``__cause__``.

    Examples
    --------
    >>> try:
    ...     raise ExplanationError("layer `conv` failed") from ArithmeticError("overflow")
    ... except ExplanationError as error:
    ...     print(repr(error.__cause__))
    ArithmeticError('overflow')
    """


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        return (
            isinstance(left, np.ndarray)
            and isinstance(right, np.ndarray)
            and np.array_equal(left, right, equal_nan=True)
        )
    if hasattr(left, "getbands") and hasattr(right, "getbands"):
        return _seen(left) == _seen(right)
    return bool(left == right)


def _seen(picture: Image.Image) -> tuple[object, ...]:
    """Return what there is to see of a picture, without what Pillow notes of its file."""
    return picture.mode, picture.size, picture.getpalette(), picture.tobytes()


def _same_fields(left: Any, right: Any) -> bool:
    return all(_same(getattr(left, f.name), getattr(right, f.name)) for f in fields(left))


@dataclass(eq=False, slots=True, weakref_slot=True)
class TargetExplanation:
    """What was found for one target, such as a class.

    Parameters
    ----------
    target : int or str
        The target: an index into the model's output.
    feature_weights : None
        ELI5's field for feature tables; unused for pictures.
    proba : float, optional
        The target's probability, where it is known apart from the score.
    score : float, optional
        The model's own output for the target.
    weighted_spans : None
        ELI5's field for highlighted text; unused for pictures.
    heatmap : ndarray of float64, shape (H, W), optional
        The map in [0, 1], its maximum 1, at the layer's resolution; of shape (L,) for a signal,
        (D, H, W) for a volume.
    raw_map : ndarray of float64, of the same shape, optional
        The signed map before ReLU and scaling, in units of score: maps of one model and layer
        can be compared with one another by it.
    name : str, optional
        The target's name, where names were given.

    Examples
    --------
    >>> import numpy as np
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

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TargetExplanation):
            return NotImplemented
        return _same_fields(self, other)

    __hash__ = None  # type: ignore[assignment]


@dataclass(eq=False, slots=True, weakref_slot=True)
class Explanation:
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
    feature_importances, decision_tree, transition_features : None
        ELI5's fields for other kinds of models; unused for pictures.
    highlight_spaces : None
        ELI5's field for text; unused for pictures.
    image : PIL.Image.Image, optional
        The picture that was explained.
    layer : str, optional
        The layer whose map was used; inside a nested model by its path, ``"backbone/out_relu"``.
    warnings : list of str
        What to keep in mind when reading the maps; each was also issued as an
        `ExplanationWarning`.
    data : ndarray of float, shape (L, C) or (D, H, W, C), optional
        The signal or volume that was explained, as the model took it, its channels last; None
        for a picture.

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

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Explanation):
            return NotImplemented
        return _same_fields(self, other)

    __hash__ = None  # type: ignore[assignment]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the explanation to a file, from which `camlight.load` reads it.

        Parameters
        ----------
        path : str or os.PathLike
            Such as ``"cat.npz"``. A file that is there is replaced.

        Raises
        ------
        TypeError
            If a field holds what neither JSON nor an array can hold.
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
        wanted = [kind for kind in makers if not include or kind in include]
        return {kind: makers[kind]() for kind in wanted if kind not in (exclude or ())}

    def _repr_html_(self) -> str:
        from .formatters.html import format_as_html  # a value must not load its formatters

        return format_as_html(self)
