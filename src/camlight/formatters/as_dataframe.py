"""An explanation as a pandas DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from camlight.explain import explain_prediction

from .fields import check_explanation, describe_location, name_of, warnings_of

if TYPE_CHECKING:
    import pandas as pd

    from camlight.base import Explanation, TargetExplanation

_AXES = ("slice", "row", "column")
_COLUMNS = ("target", "name", *_AXES, "value", "raw", "score", "proba", "where")

__all__ = [
    "explain_prediction_df",
    "explain_prediction_dfs",
    "format_as_dataframe",
    "format_as_dataframes",
]


def explain_prediction_df(model: Any, doc: Any, **kwargs: Any) -> pd.DataFrame | None:
    """Return what `format_as_dataframe` makes of what `explain_prediction` does, as in ELI5.

    Examples
    --------
    >>> from camlight import demo
    >>> model, photo = demo.efficientnet_lite0(), demo.photo("chelsea")
    >>> explain_prediction_df(model, photo, preprocess=demo.preprocess_input).value.idxmax()
    25
    """
    return format_as_dataframe(explain_prediction(model, doc, **kwargs))


def explain_prediction_dfs(model: Any, doc: Any, **kwargs: Any) -> dict[str, pd.DataFrame]:
    """Return what `format_as_dataframes` makes of what `explain_prediction` does, as in ELI5.

    Examples
    --------
    >>> from camlight import demo
    >>> model, photo = demo.efficientnet_lite0(), demo.photo("chelsea")
    >>> sorted(explain_prediction_dfs(model, photo, preprocess=demo.preprocess_input))
    ['scores', 'targets']
    """
    return format_as_dataframes(explain_prediction(model, doc, **kwargs))


def format_as_dataframe(explanation: Explanation | list[TargetExplanation]) -> pd.DataFrame | None:
    """Return the maps of an explanation, a row for each cell; the interface is ELI5's.

    Returns
    -------
    pandas.DataFrame or None
        Columns ``target``, ``name`` where there is one, ``row``, ``column`` (cells counted from
        the upper left, from 0), ``value``, the heatmap in [0, 1], and ``raw``, the signed map in
        units of score, where it is known; None where there is no map. The map of a signal has no
        ``row``, that of a volume a ``slice`` before it. Warnings stand in ``attrs["warnings"]``.

    Examples
    --------
    >>> from camlight import TargetExplanation
    >>> format_as_dataframe([TargetExplanation(7, heatmap=np.array([[0.5, 1.0]]))])
       target  row  column  value
    0       7    0       0    0.5
    1       7    0       1    1.0
    """
    targets = _targets(explanation)
    frames = [_cells(target, target.heatmap) for target in targets if target.heatmap is not None]
    if not frames:
        return None
    frame = _in_order(_pandas().concat(frames, ignore_index=True))
    if not isinstance(explanation, list) and (warnings := warnings_of(explanation)):
        frame.attrs["warnings"] = warnings
    return frame


def format_as_dataframes(explanation: Explanation) -> dict[str, pd.DataFrame]:
    """Return the DataFrames of an explanation: its maps, scores and warnings.

    Returns
    -------
    dict of str to pandas.DataFrame
        As far as there are any: ``"targets"``, the maps, as `format_as_dataframe` gives them and
        ELI5 too; ``"scores"``, with ``target``, ``name`` where there are names, ``score``,
        ``proba`` and ``where`` most of the map lies; ``"warnings"``, a row for each ``warning``.

    Examples
    --------
    >>> from camlight import Explanation, TargetExplanation
    >>> target = TargetExplanation(7, score=0.25, heatmap=np.array([[0.0, 1.0]]))
    >>> format_as_dataframes(Explanation("net", targets=[target]))["scores"]
       target  score  proba                where
    0       7   0.25    NaN  middle right, 100 %
    """
    frame = format_as_dataframe(explanation)
    frames = {} if frame is None else {"targets": frame}
    if targets := _targets(explanation):
        maps = [target.heatmap for target in targets]
        places = [None if heatmap is None else describe_location(heatmap) for heatmap in maps]
        rows = [
            _named(target) | {"score": target.score, "proba": target.proba, "where": place}
            for target, place in zip(targets, places, strict=True)
        ]
        scores = _pandas().DataFrame(rows)
        frames["scores"] = _in_order(scores.astype({"score": float, "proba": float}))
    if warnings := warnings_of(explanation):
        frames["warnings"] = _pandas().DataFrame({"warning": warnings})
    return frames


def _targets(explanation: Explanation | list[TargetExplanation]) -> list[TargetExplanation]:
    if isinstance(explanation, list) and all(hasattr(t, "heatmap") for t in explanation):
        return explanation
    check_explanation(explanation)
    assert not isinstance(explanation, list)
    return explanation.targets or []


def _cells(target: TargetExplanation, heatmap: np.ndarray) -> pd.DataFrame:
    places = np.indices(heatmap.shape).reshape(heatmap.ndim, -1)
    columns = _named(target) | dict(zip(_AXES[-heatmap.ndim :], places, strict=True))
    columns["value"] = heatmap.ravel()
    if (raw_map := getattr(target, "raw_map", None)) is not None:
        columns["raw"] = raw_map.ravel()
    return _pandas().DataFrame(columns)


def _named(target: TargetExplanation) -> dict[str, Any]:
    name = name_of(target)
    return {"target": target.target} | ({"name": name} if name else {})


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the columns in order: a name that only a later target has would come last."""
    return frame[[column for column in _COLUMNS if column in frame]]


def _pandas() -> Any:
    try:
        import pandas as pd  # an extra: everything else works without it
    except ImportError as error:
        raise ImportError(
            "DataFrames need pandas, which is not installed: "
            'run `pip install "camlight[dataframe]"`.'
        ) from error
    return pd
