"""``python -m benchmarks.readme``: the README's table of speed, out of the latest results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["in_readme", "latest", "table"]

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
START, END = "<!-- speed: made by `python -m benchmarks.readme` -->\n", "<!-- end of speed -->"
COLUMNS = ("camlight", "eli5", "tf-keras-vis", "tf-explain", "xplique")
MODELS = ("MobileNetV2", "ResNet50", "EfficientNetB0", "NASNetMobile", "ViT-Tiny")
ONE = {"pictures": 1, "targets": 1, "layer": "last"}


def latest() -> dict[str, Any]:
    """Return the results of the latest date."""
    file = max((ROOT / "benchmarks" / "results").glob("20*.json"))
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def table(results: dict[str, Any]) -> str:
    """Return the table in Markdown, with what it was measured on."""
    rows = {f"{model}, one picture": {"model": model, **ONE} for model in MODELS}
    rows["MobileNetV2, batch of 16"] = {"model": "MobileNetV2", **ONE, "pictures": 16}
    rows["MobileNetV2, ten targets"] = {"model": "MobileNetV2", **ONE, "targets": 10}
    rows["MobileNetV2, an early layer"] = {"model": "MobileNetV2", **ONE, "layer": "early"}
    lines = [f"| TensorFlow | {' | '.join(COLUMNS)} |", "|---" * (1 + len(COLUMNS)) + "|"]
    warm = [entry for entry in results["warm"] if entry["backend"] == "tensorflow"]
    for title, case in rows.items():
        ratios = {e["contender"]: e.get("ratio") for e in warm if case.items() <= e.items()}
        cells = [f"{ratios[name]:.3g}" if ratios.get(name) else "n/a" for name in COLUMNS]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    seconds = [sum(results["cold_seconds"][name].values()) for name in COLUMNS]
    first = " | ".join(f"{found:.2g}" for found in seconds)
    lines.append(f"| First call with its import, seconds | {first} |")
    machine, versions = results["machine"], results["versions"]
    named = ("keras", "tensorflow", *COLUMNS[1:])
    lines.append(
        f"\n{results['date']}, {machine['cpus']} CPUs ({machine['architecture']}), "
        + ", ".join(f"{name} {versions[name]}" for name in named)
        + f".{_earlier(results)}"
    )
    return "\n".join([*lines, ""])


def _earlier(results: dict[str, Any]) -> str:
    """Return which of the rows are older than the rest."""
    dates = results.get("dates", {})
    known = {model: dates.get(f"{model} on tensorflow") for model in MODELS}
    known["first calls"] = dates.get("cold_seconds")
    older = [f"{model} {date}" for model, date in known.items() if date]
    return f" Measured before: {', '.join(older)}." if older else ""


def in_readme() -> str:
    """Return the table that the README has."""
    return README.read_text(encoding="utf-8").partition(START)[2].partition(END)[0]


def main() -> None:
    """Write the table into the README."""
    before, _, rest = README.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{START}{table(latest())}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
