"""Where did it look? Grad-CAM explanations of Keras image models, with ELI5's API.

Public names and submodules load on first use, so that ``import camlight`` costs next to nothing:
neither Keras, a backend, Pillow, matplotlib nor IPython is imported before it is needed.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from camlight._lazy import lazy

__version__ = "0.1.0"

if TYPE_CHECKING:
    from . import base as base
    from . import demo as demo
    from . import evaluate as evaluate
    from . import explain as explain
    from . import formatters as formatters
    from . import ipython as ipython
    from . import keras as keras
    from . import methods as methods
    from .base import Explanation, ExplanationError, ExplanationWarning, TargetExplanation
    from .explain import explain_prediction
    from .formatters.as_dataframe import (
        explain_prediction_df,
        explain_prediction_dfs,
        format_as_dataframe,
        format_as_dataframes,
    )
    from .formatters.as_dict import format_as_dict
    from .formatters.figure import format_as_figure
    from .formatters.html import format_as_html, format_html_styles
    from .formatters.image import format_as_image
    from .formatters.text import format_as_text
    from .integrations.eli5 import install_as_eli5
    from .ipython import show_prediction
    from .keras import explain_prediction_keras
    from .keras.explain_predictions import explain_predictions
    from .keras.layer_table import layers
    from .layer_table import LayerTable
    from .methods import METHODS
    from .saving import load

_HOMES = {
    "METHODS": "methods",
    "Explanation": "base",
    "ExplanationError": "base",
    "ExplanationWarning": "base",
    "TargetExplanation": "base",
    "explain_prediction": "explain",
    "explain_prediction_df": "formatters.as_dataframe",
    "explain_prediction_dfs": "formatters.as_dataframe",
    "explain_prediction_keras": "keras",
    "explain_predictions": "keras.explain_predictions",
    "format_as_dataframe": "formatters.as_dataframe",
    "format_as_dataframes": "formatters.as_dataframe",
    "format_as_dict": "formatters.as_dict",
    "format_as_figure": "formatters.figure",
    "format_as_html": "formatters.html",
    "format_as_image": "formatters.image",
    "format_as_text": "formatters.text",
    "format_html_styles": "formatters.html",
    "install_as_eli5": "integrations.eli5",
    "layers": "keras.layer_table",
    "load": "saving",
    "LayerTable": "layer_table",
    "show_prediction": "ipython",
}
_SUBMODULES = (
    "base",
    "demo",
    "evaluate",
    "explain",
    "formatters",
    "ipython",
    "keras",
    "methods",
)

__all__ = [
    "METHODS",
    "Explanation",
    "ExplanationError",
    "ExplanationWarning",
    "LayerTable",
    "TargetExplanation",
    "__version__",
    "explain_prediction",
    "explain_prediction_df",
    "explain_prediction_dfs",
    "explain_prediction_keras",
    "explain_predictions",
    "format_as_dataframe",
    "format_as_dataframes",
    "format_as_dict",
    "format_as_figure",
    "format_as_html",
    "format_as_image",
    "format_as_text",
    "format_html_styles",
    "install_as_eli5",
    "layers",
    "load",
    "show_prediction",
]


__getattr__ = lazy(__name__, _HOMES, _SUBMODULES)


def __dir__() -> list[str]:
    return sorted([*__all__, *_SUBMODULES])


if "keras" in sys.modules:
    # what a program has loaded is met now rather than in the first call
    import_module("camlight.keras")
