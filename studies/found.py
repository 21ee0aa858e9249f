"""What ``studies.which_method`` found, to be asked for by tables, plots, pages and tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["EARLY", "LAST", "MIDDLE", "RESULTS", "SIDES", "Cases", "Found"]

RESULTS = Path(__file__).parent / "results"
LAST, MIDDLE, EARLY = "top_activation", "block5c_add", "block3b_add"
SIDES = {LAST: 7, MIDDLE: 14, EARLY: 28}
COARSE = ("cam", "ablationcam", "smoothgradcam++", "scorecam")
"""Their maps are as coarse as the automatic layer's, without its being named."""

Row = dict[str, Any]
Cases = list[list[Any]]


class Found:
    """All results, those of both networks together."""

    def __init__(self, folder: Path = RESULTS) -> None:
        self.parts: dict[str, list[Row]] = {}
        for part in ("localised", "slow", "covered"):
            read = json.loads((folder / f"{part}.json").read_text(encoding="utf-8"))
            self.parts[part] = read.pop("rows")
            self.about = read

    def cases(self, test: str, method: str, layer: str = "", **asked: Any) -> tuple[Cases, Cases]:
        """Return the cases of one setting, and the same cases of a map that knows nothing.

        Parameters
        ----------
        test : {"pairs", "moved", "covered"}
        method : str
        layer : str
            Or the size of the square, for occlusion.
        **asked
            ``logit=False``, ``network="lite0"``; ``control="centre"`` for the blob instead of
            random maps; ``part="slow"``.
        """
        part = asked.get("part", "covered" if test == "covered" else "localised")
        found: Cases = []
        known: Cases = []
        for row in self.parts[part]:
            if (
                row.get("method") == method
                and layer in ("", row.get("layer"), _square(row))
                and row["pre_softmax"] == asked.get("logit", True)
                and row["network"] == asked.get("network", row["network"])
            ):
                found += row[test]
                known += self._control(part, row, asked.get("control", "random map"))[test]
        return found, known

    def _control(self, part: str, row: Row, kind: str) -> Row:
        """Return the row of the map that knows nothing: as coarse, on the same pictures."""
        if part == "covered":
            fine = 7 if row["method"] in COARSE else 224
            asked = {"control": kind, "side": SIDES.get(row.get("layer", ""), fine)}
        else:
            layer = row.get("layer", LAST) if part == "localised" else None
            asked = {"method": "random", "layer": layer, "photos": row.get("photos")}
        asked["network"] = row["network"]
        return next(
            one
            for one in self.parts[part]
            if all(one.get(name) == value for name, value in asked.items())
        )


def _square(row: Row) -> str:
    return f"{row.get('method_options', {}).get('size')} px"
