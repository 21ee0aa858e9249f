"""From an explanation to something to look at. Each formatter loads on first use."""

from typing import TYPE_CHECKING

from camlight._lazy import lazy

if TYPE_CHECKING:  # what follows, for type checkers and editors
    from . import as_dataframe as as_dataframe
    from . import as_dict as as_dict
    from . import fields as fields
    from . import figure as figure
    from . import html as html
    from . import image as image
    from . import text as text
    from .as_dataframe import explain_prediction_df as explain_prediction_df
    from .as_dataframe import explain_prediction_dfs as explain_prediction_dfs
    from .as_dataframe import format_as_dataframe as format_as_dataframe
    from .as_dataframe import format_as_dataframes as format_as_dataframes
    from .as_dict import format_as_dict as format_as_dict
    from .figure import format_as_figure as format_as_figure
    from .html import format_as_html as format_as_html
    from .html import format_html_styles as format_html_styles
    from .image import format_as_image as format_as_image
    from .text import format_as_text as format_as_text

_HOMES = {
    "explain_prediction_df": "as_dataframe",
    "explain_prediction_dfs": "as_dataframe",
    "format_as_dataframe": "as_dataframe",
    "format_as_dataframes": "as_dataframe",
    "format_as_dict": "as_dict",
    "format_as_figure": "figure",
    "format_as_html": "html",
    "format_as_image": "image",
    "format_as_text": "text",
    "format_html_styles": "html",
}
_SUBMODULES = ("as_dataframe", "as_dict", "fields", "figure", "html", "image", "text")

__all__ = sorted([*_HOMES, *_SUBMODULES])

lazy(__name__, _HOMES, _SUBMODULES)
