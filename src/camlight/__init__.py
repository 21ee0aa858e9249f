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
    from .keras.layer_table import LayerTable as LayerTable
    from .keras.layer_table import layers as layers
    from .methods import METHODS as METHODS
    from .saving import load as load

_HOMES = {
    name: home
    for home, names in {
        "base": "Explanation ExplanationError ExplanationWarning TargetExplanation",
        "explain": "explain_prediction",
        "formatters": "explain_prediction_df explain_prediction_dfs format_as_dataframe "
        "format_as_dataframes format_as_dict format_as_figure format_as_html format_as_image "
        "format_as_text format_html_styles",
        "integrations.eli5": "install_as_eli5",
        "ipython": "show_prediction",
        "keras": "explain_prediction_keras forget",
        "keras.explain_predictions": "explain_predictions",
        "keras.layer_table": "LayerTable layers",
        "methods": "METHODS",
        "saving": "load",
    }.items()
    for name in names.split()
}
_SUBMODULES = ("base", "demo", "evaluate", "explain", "formatters", "ipython", "keras", "methods")
_SHADOWING = {"layers", "load"}

# a star import takes nobody's `keras`, nor the `layers` of `from keras import layers`
__all__ = ["__version__", *(name for name in _HOMES if name not in _SHADOWING)]

lazy(__name__, _HOMES, _SUBMODULES)
