"""The results as they are kept: all of them in JSON, and a table and a plot to look at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["circumstances", "write"]

FORWARD = ("compiled forward", "forward")


def write(results: dict[str, Any], folder: Path) -> None:
    """Write ``<date>.json``, ``table.md`` and ``speed.png`` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{results['date']}.json"
    file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (folder / "table.md").write_text("\n".join(_table(results)) + "\n", encoding="utf-8")
    _plot(results["warm"], folder / "speed.png")


def _table(results: dict[str, Any]) -> Iterator[str]:
    yield f"# Speed\n\n{circumstances(results)}"
    if results.get("dates"):
        older = ", ".join(f"{name} ({date})" for name, date in results["dates"].items())
        yield f"\nMeasured before that date: {older}."
    yield (
        "\nWarm, in one process and in turn: the median time, divided by that of the compiled "
        "forward pass (on PyTorch: the forward pass in inference mode). 1 is what the model alone "
        "costs; n/a is what a contender refuses or gets wrong, its message is in the JSON file."
    )
    for backend in dict.fromkeys(entry["backend"] for entry in results["warm"]):
        yield from _warm(backend, [e for e in results["warm"] if e["backend"] == backend])
    if "cold_seconds" in results:
        yield from _cold(results["cold_seconds"])
    if "repeats_seconds" in results:
        yield "\n## Calls of a new model, seconds\n"
        yield "| calls | by itself | `compile=False` | `compile=True` | to the better |"
        yield "|---|---|---|---|---|"
        for row in results["repeats_seconds"]:
            yield "| " + " | ".join(str(value) for value in row.values()) + " |"
    yield from _memory(results)
    if "drawing" in results:
        drawing = results["drawing"]
        yield "\n## Drawing on {} x {} pixels\n\n| | ms | ratio |\n|---|---|---|".format(
            *drawing["size"]
        )
        for name, found in drawing["times"].items():
            yield f"| {name} | {found['median_ms']:.0f} | {found['ratio']:.2f} |"
    if "importing" in results:
        yield f"\n`import camlight`: {results['importing']['import_ms']} ms."


def circumstances(results: dict[str, Any]) -> str:
    """Return in words when results were measured, on what machine and with what versions."""
    machine = results["machine"]
    versions = [f"{name} {version}" for name, version in results["versions"].items()]
    return (
        f"{results['date']}, {machine['cpus']} CPUs ({machine['architecture']}), "
        f"{machine['memory_gb']} GB, Python {results['python']}, {', '.join(versions)}."
    )


def _cold(found: dict[str, Any]) -> Iterator[str]:
    yield "\n## First call, fresh process, seconds\n"
    yield "| | import | first call | to the model's own |\n|---|---|---|---|"
    for name, seconds in found.items():
        if isinstance(seconds, str):
            yield f"| {name} | n/a | n/a | n/a |"
            continue
        ratio = seconds["call"] / found["model"]["call"]
        yield f"| {name} | {seconds['import']} | {seconds['call']} | {ratio:.2f} |"


def _warm(backend: str, entries: list[dict[str, Any]]) -> Iterator[str]:
    entries = [entry for entry in entries if "contender" in entry]
    contenders = list(dict.fromkeys(entry["contender"] for entry in entries))
    yield f"\n## {backend}\n"
    yield "| model | pictures | targets | layer | " + " | ".join(contenders) + " |"
    yield "|---" * (4 + len(contenders)) + "|"
    rows: dict[tuple[Any, ...], dict[str, str]] = {}
    for entry in entries:
        key = (entry["model"], entry["pictures"], entry["targets"], entry["layer"])
        rows.setdefault(key, {})[entry["contender"]] = _figure(entry)
    for key, figures in rows.items():
        cells = [figures.get(name, "") for name in contenders]
        yield "| " + " | ".join([*map(str, key), *cells]) + " |"


def _figure(entry: dict[str, Any]) -> str:
    if "error" in entry:
        return "n/a"
    if entry["contender"] in FORWARD:
        return f"1 ({entry['median_ms']:.1f} ms)"
    return f"{entry['ratio']:.2f}"


def _memory(results: dict[str, Any]) -> Iterator[str]:
    if "peak" in results:
        yield "\n## Memory\n\nPeak of a batch run, MB (of which before it):"
        for name, found in results["peak"].items():
            yield f"{name} {found['peak_megabytes']:.0f} ({found['before_megabytes']:.0f});"
    if "soak" in results:
        calls = results["soak"]["camlight"]["calls"]
        yield f"\n{calls} calls with changing pictures; after the first 200 the resident memory of"
        for name, found in results["soak"].items():
            yield (
                f"{name} grew by {found['range_megabytes']} MB in all, "
                f"{found['slope_kilobytes_a_call']} kB a call (standard error "
                f"{found['standard_error']});"
            )


def _plot(entries: list[dict[str, Any]], file: Path) -> None:
    import matplotlib.pyplot as plt

    cases = {
        "one picture": {"pictures": 1, "targets": 1, "layer": "last"},
        "ten targets": {"pictures": 1, "targets": 10, "layer": "last"},
        "16 pictures": {"pictures": 16, "targets": 1, "layer": "last"},
    }
    chosen = [e for e in entries if e.get("model") == "MobileNetV2" and "ratio" in e]
    chosen = [e for e in chosen if e["backend"] == "tensorflow"]
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.2), sharey=True, layout="constrained")
    order = ["tf-explain", "eli5", "tf-keras-vis", "xplique", "camlight"]
    for axis, (title, case) in zip(axes, cases.items(), strict=True):
        found = {e["contender"]: e["ratio"] for e in chosen if case.items() <= e.items()}
        ratios = [found.get(name, 0) for name in order]
        colours = ["#2a788e" if name == "camlight" else "#c8c8c8" for name in order]
        axis.barh(order, ratios, color=colours)
        for row, ratio in enumerate(ratios):
            axis.text(max(ratio, 1) * 1.08, row, f"{ratio:.3g}" if ratio else "n/a", va="center")
        axis.axvline(1, color="black", linewidth=1)
        axis.set(xscale="log", xlim=(0.8, 700), title=title)
        axis.spines[["top", "right"]].set_visible(False)
        axis.xaxis.set_major_formatter("{x:g}")
    axes[1].set_xlabel("times as long as the model alone, compiled (the line)")
    figure.suptitle("What a Grad-CAM of MobileNetV2 costs on TensorFlow")
    figure.savefig(file, dpi=110)
    plt.close(figure)
