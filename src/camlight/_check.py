"""Numbers among the arguments, checked; named so that an error says which."""

from numbers import Integral, Real
from typing import Any

import numpy as np


def checked_count(name: str, value: Any, least: int = 1) -> int:
    """Return a whole number, or raise TypeError if it is none, ValueError if it is too small."""
    if not isinstance(value, Integral) or isinstance(value, (bool, np.bool_)):
        raise TypeError(
            f"Expected `{name}` to be an integer. Received: {value!r} of type "
            f"{type(value).__name__}."
        )
    if value < least:
        raise ValueError(f"Expected `{name}` of {least} or more. Received: {value}.")
    return int(value)


def checked_number(name: str, value: Any, least: float = 0.0) -> float:
    """Return a finite number, or raise TypeError if it is none, ValueError if it is too small."""
    number = checked_real(name, value)
    if not (np.isfinite(number) and number >= least):
        raise ValueError(f"Expected a finite `{name}` of {least:g} or more. Received: {value}.")
    return number


def checked_share(name: str, value: Any) -> float:
    """Return a number between 0 and 1, or raise TypeError, or ValueError if it lies elsewhere."""
    share = checked_real(name, value)
    if not 0 < share < 1:
        raise ValueError(f"Expected `{name}` between 0 and 1. Received: {value}.")
    return share


def checked_real(name: str, value: Any) -> float:
    """Return a real number, or raise TypeError if it is none."""
    if not isinstance(value, Real) or isinstance(value, (bool, np.bool_)):
        raise TypeError(
            f"Expected `{name}` to be a number. Received: {value!r} of type {type(value).__name__}."
        )
    return float(value)
