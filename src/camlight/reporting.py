"""Warnings that point at the user's own line."""

import functools
import sys
import warnings
from pathlib import Path

from .base import ExplanationWarning

__all__ = ["warn"]

_OURS = (str(Path(__file__).parent), functools.__file__)


def warn(message: str) -> None:
    """Issue an `ExplanationWarning` at the first caller outside this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, ExplanationWarning, stacklevel=level)
