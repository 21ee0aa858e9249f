"""Where did it look? Grad-CAM explanations of Keras image models, with ELI5's API.

Public names and submodules load on first use, so that ``import camlight`` costs next to nothing:
neither Keras, a backend, Pillow, matplotlib nor IPython is imported before it is needed.
"""

from typing import TYPE_CHECKING

from camlight._lazy import lazy

__version__ = "0.1.0"

if TYPE_CHECKING:  # what follows, for type checkers and editors
    from . import base as base
    from . import demo as demo
    from . import evaluate as evaluate
    from . import explain as explain
    from . import formatters as formatters
    from . import ipython as ipython
    from . import keras as keras
    from . import methods as methods
    from .base import Explanation as Explanation
    from .base import ExplanationError as ExplanationError
    from .base import ExplanationWarning as ExplanationWarning
    from .base import TargetExplanation as TargetExplanation
    from .explain import explain_prediction as explain_prediction
    from .formatters import explain_prediction_df as explain_prediction_df
    from .formatters import explain_prediction_dfs as explain_prediction_dfs
    from .formatters import format_as_dataframe as format_as_dataframe
    from .formatters import format_as_dataframes as format_as_dataframes
    from .formatters import format_as_dict as format_as_dict
    from .formatters import format_as_figure as format_as_figure
    from .formatters import format_as_html as format_as_html
    from .formatters import format_as_image as format_as_image
    from .formatters import format_as_text as format_as_text
    from .formatters import format_html_styles as format_html_styles
    from .integrations.eli5 import install_as_eli5 as install_as_eli5
    from .ipython import show_prediction as show_prediction
    from .keras import explain_prediction_keras as explain_prediction_keras
    from .keras import forget as forget
    from .keras.explain_predictions import explain_predictions as explain_predictions
    from .keras.layer_table import layers as layers
    from .layer_table import LayerTable as LayerTable
    from .methods import METHODS as METHODS
    from .saving import load as load

_HOMES = {
    "METHODS": "methods",
    "Explanation": "base",
    "ExplanationError": "base",
    "ExplanationWarning": "base",
    "LayerTable": "layer_table",
    "TargetExplanation": "base",
    "explain_prediction": "explain",
    "explain_prediction_df": "formatters",
    "explain_prediction_dfs": "formatters",
    "explain_prediction_keras": "keras",
    "explain_predictions": "keras.explain_predictions",
    "forget": "keras",
    "format_as_dataframe": "formatters",
    "format_as_dataframes": "formatters",
    "format_as_dict": "formatters",
    "format_as_figure": "formatters",
    "format_as_html": "formatters",
    "format_as_image": "formatters",
    "format_as_text": "formatters",
    "format_html_styles": "formatters",
    "install_as_eli5": "integrations.eli5",
    "layers": "keras.layer_table",
    "load": "saving",
    "show_prediction": "ipython",
}
_SUBMODULES = ("base", "demo", "evaluate", "explain", "formatters", "ipython", "keras", "methods")

__all__ = ["__version__", *_HOMES]  # without submodules: a star import takes nobody's `keras`

lazy(__name__, _HOMES, _SUBMODULES)
