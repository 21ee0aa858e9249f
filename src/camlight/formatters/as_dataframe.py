"""An explanation as a pandas DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from camlight.explain import explain_prediction

if TYPE_CHECKING:
    import pandas as pd

    from camlight.base import Explanation, TargetExplanation

__all__ = [
    "explain_prediction_df",
    "explain_prediction_dfs",
    "format_as_dataframe",
    "format_as_dataframes",
]


def explain_prediction_df(model: Any, doc: Any, **kwargs: Any) -> pd.DataFrame | None:
    """Explain a prediction and return it as `format_as_dataframe` does.

    Parameters
    ----------
    model, doc, **kwargs
        As in `camlight.explain_prediction`.

    Returns
    -------
    pandas.DataFrame or None

    Notes
    -----
    The interface is ELI5's ``eli5.explain_prediction_df``.

    Examples
    --------
    >>> from camlight import demo
    >>> model = demo.efficientnet_lite0()
    >>> image = demo.photo("chelsea").resize((224, 224))
    >>> doc = demo.preprocess_input(np.asarray(image)[np.newaxis])
    >>> explain_prediction_df(model, doc).nlargest(1, "value")[["row", "column", "value"]]
        row  column  value
    25    3       4    1.0
    """
    return format_as_dataframe(explain_prediction(model, doc, **kwargs))


def explain_prediction_dfs(model: Any, doc: Any, **kwargs: Any) -> dict[str, pd.DataFrame]:
    """Explain a prediction and return it as `format_as_dataframes` does.

    Examples
    --------
    >>> from camlight import demo
    >>> model = demo.efficientnet_lite0()
    >>> image = demo.photo("chelsea").resize((224, 224))
    >>> doc = demo.preprocess_input(np.asarray(image)[np.newaxis])
    >>> len(explain_prediction_dfs(model, doc)["targets"])
    49
    """
    return format_as_dataframes(explain_prediction(model, doc, **kwargs))


def format_as_dataframe(
    explanation: Explanation | list[TargetExplanation],
) -> pd.DataFrame | None:
    """Return the maps of an explanation, a row for each cell.

    Parameters
    ----------
    explanation : Explanation or list of TargetExplanation

    Returns
    -------
    pandas.DataFrame or None
        Columns ``target``, ``row``, ``column`` (cells counted from the upper left, from 0) and
        ``value``, the heatmap in [0, 1]; None where there is no map. A named target has its
        ``name`` behind ``target``; the map of a signal has no ``row``, that of a volume a
        ``slice`` before it.

    Notes
    -----
    The interface is ELI5's ``eli5.format_as_dataframe``, whose rows are features; the features
    of a picture are the cells of its map.

    Examples
    --------
    >>> from camlight import TargetExplanation
    >>> format_as_dataframe([TargetExplanation(7, heatmap=np.array([[0.5, 1.0]]))])
       target  row  column  value
    0       7    0       0    0.5
    1       7    0       1    1.0
    """
    targets = explanation if isinstance(explanation, list) else explanation.targets or []
    frames = [_cells(target, target.heatmap) for target in targets if target.heatmap is not None]
    return _pandas().concat(frames, ignore_index=True) if frames else None


def format_as_dataframes(explanation: Explanation) -> dict[str, pd.DataFrame]:
    """Return the DataFrames of an explanation by the field they come from: ``"targets"``.

    Notes
    -----
    The interface is ELI5's ``eli5.format_as_dataframes``.

    Examples
    --------
    >>> from camlight import Explanation
    >>> format_as_dataframes(Explanation("net"))
    {}
    """
    frame = format_as_dataframe(explanation)
    return {} if frame is None else {"targets": frame}


_AXES = ("slice", "row", "column")


def _cells(target: TargetExplanation, heatmap: np.ndarray) -> pd.DataFrame:
    name = getattr(target, "name", None)  # ELI5's own targets have none
    columns = {"target": target.target} | ({"name": name} if name else {})
    axes = _AXES[-heatmap.ndim :]
    places = zip(axes, np.indices(heatmap.shape), strict=True)
    columns |= {axis: place.ravel() for axis, place in places}
    return _pandas().DataFrame(columns | {"value": heatmap.ravel()})


def _pandas() -> Any:
    try:
        import pandas as pd  # an extra: everything else works without it
    except ImportError as error:
        raise ImportError(
            "DataFrames need pandas, which is not installed: "
            'run `pip install "camlight[dataframe]"`.'
        ) from error
    return pd
