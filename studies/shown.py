"""``python -m studies.shown``: tables and a plot of what ``studies.which_method`` measured."""

from __future__ import annotations

from collections.abc import Iterator

from camlight import METHODS
from camlight.methods.method import read_method
from studies.found import EARLY, LAST, MIDDLE, RESULTS, SIDES, Cases, Found
from studies.intervals import Interval, interval
from studies.plot import plot
from studies.which_method import FEW, OF_A_LAYER, OF_THE_PICTURE, SLOW

__all__ = ["report"]

TABLES = RESULTS / "which_method.md"
NAMES = [*OF_A_LAYER[:-1], *OF_THE_PICTURE]
HIGHER = {"pairs": (1, True), "moved": (1, True), "insertion": (1, True), "deletion": (2, False)}
"""For each measure the column it stands in, and whether more is better."""


def title(method: str) -> str:
    """Return what people call a method."""
    return read_method(method, {}).title if method in METHODS else method


def cell(found: Found, measure: str, method: str, layer: str = "", **asked: object) -> str:
    """Return a mean and its interval: bold if surely better than all controls, ↓ if worse than one.

    Sure is what an interval of the differences, case by case, says: it leaves out 0.
    """
    test = measure if measure in ("pairs", "moved") else "covered"
    column, higher = HIGHER[measure]
    controls = ["random map", "centre"] if test == "covered" else ["random map"]
    differences = []
    for control in controls:
        cases, known = found.cases(test, method, layer, control=control, **asked)
        better = (cases, known) if higher else (known, cases)
        differences.append(interval(better[0], column, minus=better[1]))
    text = str(interval(cases, column))
    if all(surely(one) > 0 for one in differences):
        return f"**{text}**"
    return f"{text} ↓" if any(surely(one) < 0 for one in differences) else text


def surely(difference: Interval) -> int:
    """Return 1 or -1 if the interval lies above or below 0, in the hundredths that are shown."""
    return (round(difference.low, 2) > 0) - (round(difference.high, 2) < 0)


def peaks(cases: Cases) -> str:
    """Return in how many of all cases the peak lies where it should."""
    return f"{interval(cases, 2).mean * 100:.0f} %"


def table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"


def which_method(found: Found) -> list[list[str]]:
    """Return a row for each method, at the automatic layer, the best at telling photos apart first.

    Those that were measured on one network stand in a table of their own.
    """
    rows = []
    for method in NAMES:
        layer = LAST if method in OF_A_LAYER else ""
        first = interval(found.cases("pairs", method, layer)[0], 1).mean
        rows.append((first, [title(method), *_localised(found, method, layer)]))
        rows[-1][1].extend(cell(found, one, method, layer) for one in ("insertion", "deletion"))
    return [row for _, row in sorted(rows, key=lambda row: -row[0])] + _controls(found)


def _localised(found: Found, method: str, layer: str, **asked: object) -> list[str]:
    cells = []
    for test in ("pairs", "moved"):
        cells += [cell(found, test, method, layer, **asked)]
        cells += [peaks(found.cases(test, method, layer, **asked)[0])]
    return cells


def _controls(found: Found) -> list[list[str]]:
    """Return the rows of maps that know nothing."""
    _, coarse = found.cases("covered", "gradcam", LAST)
    _, pixels = found.cases("covered", "gradient")
    _, blob = found.cases("covered", "gradcam", LAST, control="centre")
    named = {
        "random map, 7 x 7": coarse,
        "random map, of pixels": pixels,
        "blob in the centre": blob,
    }
    rows = [
        [f"*{name}*", *[""] * 4, *(str(interval(cases, n)) for n in (1, 2))]
        for name, cases in named.items()
    ]
    rows[0][1:5] = _localised(found, "random", LAST)
    return rows


def slow(found: Found) -> list[list[str]]:
    """Return a row for each slow method, and for Grad-CAM and the control on the same pictures."""
    gradcam, random = found.cases("pairs", "gradcam", part="slow")
    rows = []
    for method, options in [("gradcam", {}), *SLOW]:
        square = f"{options['size']} px" if method == "occlusion" else ""
        named = f"{title(method)}, squares of {square}" if square else title(method)
        pairs, _ = found.cases("pairs", method, square, part="slow")
        beside = _sure(interval(pairs, 1, minus=gradcam))
        rows.append([named, *_localised(found, method, square, part="slow"), beside])
        for measure in ("insertion", "deletion"):
            rows[-1] += [cell(found, measure, method, square or _at(method), network="lite0")]
    known = _localised(found, "random", "", part="slow")
    return [*rows, ["*random map*", *known, _sure(interval(random, 1, minus=gradcam)), "", ""]]


def squares(found: Found) -> str:
    """Return what larger squares add, in a sentence."""
    words = []
    named = ("share between two photos", "share on the object", "insertion", "deletion")
    for said, (measure, (column, _)) in zip(named, HIGHER.items(), strict=True):
        asked = {"part": "slow"} if measure in ("pairs", "moved") else {}
        test = measure if asked else "covered"
        large, small = (found.cases(test, "occlusion", f"{n} px", **asked)[0] for n in (56, 32))
        words.append(f"{said} {_sure(interval(large, column, minus=small))}")
    sizes = "Squares of 56 pixels minus those of 32, the last two measures in both networks"
    return f"{sizes}: {', '.join(words)}."


def _at(method: str) -> str:
    return LAST if method in OF_A_LAYER else ""


def which_layer(found: Found, measure: str) -> list[list[str]]:
    """Return a row for each method of a layer, with a column for each layer."""
    layers = (LAST, MIDDLE, EARLY)[: 3 if measure in ("pairs", "moved") else 2]
    methods = OF_A_LAYER if len(layers) == 3 else OF_A_LAYER[:-1]
    return [[title(m), *(cell(found, measure, m, one) for one in layers)] for m in methods]


def which_score(found: Found, test: str, method: str) -> Interval:
    """Return what explaining the probability adds to explaining the score before the softmax."""
    probability, _ = found.cases(test, method, _at(method), logit=False)
    return interval(probability, 1, minus=found.cases(test, method, _at(method))[0])


def beside_gradcam(found: Found, measure: str, method: str, layer: str = "") -> Interval:
    """Return what a method adds to Grad-CAM at the automatic layer, both of the logit."""
    test, (column, _) = measure if measure in ("pairs", "moved") else "covered", HIGHER[measure]
    cases, _ = found.cases(test, method, layer or _at(method))
    return interval(cases, column, minus=found.cases(test, "gradcam", LAST)[0])


def differences(found: Found) -> list[list[str]]:
    """Return for each method what it adds to Grad-CAM, and what the probability adds to it."""
    return [
        [
            title(method),
            *(_sure(beside_gradcam(found, measure, method)) for measure in HIGHER),
            *(_sure(which_score(found, test, method)) for test in ("pairs", "moved")),
        ]
        for method in NAMES
    ]


def _sure(found: Interval) -> str:
    mean, low, high = (round(number, 2) + 0.0 for number in found)  # no -0.00
    text = f"{mean:+.2f} ({low:+.2f} to {high:+.2f})"
    return f"**{text}**" if surely(found) else text


def report(found: Found) -> str:
    """Return the tables, with what they were measured with."""
    about = found.about
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    layers = [f"`{one}`, {side} x {side}" for one, side in SIDES.items()]
    tests = ["two photos: share", "peak", "object: share", "peak", "insertion", "deletion"]
    lines = [
        "# Which method, which layer, which score?",
        "",
        f"{about['date']}, {versions}, seed {about['seed']}, {about['cpus']} cores. Photos: "
        f"{', '.join(about['photos'])}. In brackets 95 % intervals, by the bootstrap over photos. "
        "**Bold**: better than the random map, case by case, by an interval that leaves out 0, and "
        "in insertion and deletion than the blob too; ↓: worse than one of them.",
        "",
        "### Each method at the automatic layer",
        "",
        "EfficientNet-Lite0 and -Lite1, the score before the softmax.",
        "",
        *table(["method", *tests], which_method(found)),
        "",
        "### Methods of many forward passes",
        "",
        f"EfficientNet-Lite0 alone, {FEW} photos: {FEW * (FEW - 1)} pictures of two, each thing "
        "at one place. Insertion and deletion are of all five. RISE has 500 masks, half of its "
        "default; squares of 32 pixels move by 16, those of 56 by 14.",
        "",
        *table(["method", *tests[:4], "two photos: minus Grad-CAM", *tests[4:]], slow(found)),
        "",
        squares(found),
    ]
    for measure, named in (
        ("pairs", "Each layer: share on the right one of two photos"),
        ("moved", "Each layer: share inside the object's box"),
        ("insertion", "Each layer: insertion, higher is better"),
        ("deletion", "Each layer: deletion, lower is better"),
    ):
        rows = which_layer(found, measure)
        lines += ["", f"### {named}", "", *table(["method", *layers[: len(rows[0]) - 1]], rows)]
    head = [
        f"{one} minus Grad-CAM" for one in ("two photos:", "object:", "insertion:", "deletion:")
    ]
    head += ["two photos: probability minus logit", "object: probability minus logit"]
    lines += [
        "",
        "### Differences",
        "",
        "At the automatic layer, case by case; of the logit but for the last columns. Bold: the "
        "interval leaves out 0.",
        "",
        *table(["method", *head], differences(found)),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the tables beside the results, and the plot into the docs."""
    found = Found()
    TABLES.write_text(report(found), encoding="utf-8")
    plot(found)


if __name__ == "__main__":
    main()
