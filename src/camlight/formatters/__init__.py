"""From an explanation to something to look at. Each formatter loads on first use."""

from typing import TYPE_CHECKING

from camlight._lazy import lazy

if TYPE_CHECKING:
    from . import as_dataframe, as_dict, fields, figure, html, image, text
    from .as_dataframe import (
        explain_prediction_df,
        explain_prediction_dfs,
        format_as_dataframe,
        format_as_dataframes,
    )
    from .as_dict import format_as_dict
    from .figure import format_as_figure
    from .html import format_as_html, format_html_styles
    from .image import format_as_image
    from .text import format_as_text

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

__all__ = [
    "as_dataframe",
    "as_dict",
    "explain_prediction_df",
    "explain_prediction_dfs",
    "fields",
    "figure",
    "format_as_dataframe",
    "format_as_dataframes",
    "format_as_dict",
    "format_as_figure",
    "format_as_html",
    "format_as_image",
    "format_as_text",
    "format_html_styles",
    "html",
    "image",
    "text",
]


__getattr__ = lazy(__name__, _HOMES, submodules=[name for name in __all__ if name not in _HOMES])


def __dir__() -> list[str]:
    return __all__
