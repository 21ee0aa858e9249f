"""One report: everything that can be tested of the maps of one prediction."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

import numpy as np
from PIL import Image

from camlight.base import Explanation
from camlight.progress import heard, progress

from . import checks
from .agreement import agreement, arguments_of, labels_of, noised, read_methods, takes_noise
from .drawing import drawn, pairs_of, region_of_map, weights_of
from .faithfulness import faithfulness
from .localization import heatmap_of, region_of
from .metrics import METRICS, cost_of, total_passes
from .pairs import checked_photos, pairs_beside
from .result import Result, Row, name_of
from .sanity import randomization
from .similarity import Look, first_look

_NOISE, _RANDOM_MAPS = 0.05, 2

_OPTIONS: Mapping[str, dict[str, Any]] = {
    "insertion": {"steps": 20},
    "deletion": {"steps": 20},
    "road": {"percentiles": (20, 40)},  # the larger a hole, the longer it takes to fill in
    "infidelity": {"samples": 50},
    "sensitivity_n": {"samples": 25},
    "max_sensitivity": {"samples": 5},
}
"""How thoroughly faithfulness is measured: so that it takes seconds."""

_BESIDE = (
    "You said where the object is. But a model may rightly look beside it: at the water around a "
    "boat."
)

_PAIRS = (
    "The picture and another one are put side by side, in both orders, and the map is asked for "
    "what each of them shows alone."
)

_CAUTION = (
    "The tests below can show that a map is misleading; none of them can show that it is right. "
    "They are about this picture and this target: try several before you conclude anything."
)


def report(
    model: Any,
    doc: Any,
    *,
    methods: Sequence[Any] | Mapping[Any, Any] = ("gradcam", "layercam"),
    box: Any = None,
    mask: Any = None,
    beside: Mapping[str, Image.Image] | None = None,
    groups: int = 8,
    noise: float | None = None,
    seed: int = 0,
    **how: Any,
) -> Result:
    """Test the maps of one prediction in every way that there is, and say what was found.

    Runs the model some 700 times for two methods that take one run each: half a minute for an
    EfficientNet-Lite0 on two cores. Bad arguments are refused before anything is changed.

    Parameters
    ----------
    model, doc, **how
        As in `camlight.explain_prediction_keras`, with one target, by default the highest score.
        The model's weights are changed meanwhile, and put back bit for bit.
    methods, groups, seed, noise
        As in `agreement` and `randomization`. Default ``("gradcam", "layercam")``, 8, 0 and 0.05,
        or no noise for a model of several inputs.
    box, mask : optional
        Where the object is, in pixels of the picture, as in `energy_inside`.
    beside : mapping of str to PIL.Image.Image, optional
        Photos of other classes, as in `photo_pairs`; needs a Pillow image and `preprocess`.

    Returns
    -------
    Result
        Each test is one of its ``sections``, a result itself; further it has the `estimator`,
        `target`, `score`, `layer`, `methods`, and how many `passes` and `seconds` it took.

    Examples
    --------
    >>> import keras
    >>> keras.utils.set_random_seed(0)
    >>> conv, pool = keras.layers.Conv2D(8, 3), keras.layers.GlobalAveragePooling2D()
    >>> layers = [keras.Input((32, 32, 3)), conv, pool, keras.layers.Dense(2, "softmax")]
    >>> picture = np.random.default_rng(0).random((1, 32, 32, 3))
    >>> model = keras.Sequential(layers, name="small")
    >>> report(model, picture, targets=[0], methods=["gradcam"]).title
    'Can the maps of small for 0 be trusted?'
    """
    from camlight.keras.measuring import weight_groups  # Keras

    start = monotonic()
    named, seed = read_methods(methods, how), checks.seed(seed)
    groups = checks.count("groups", groups)
    noise = (_NOISE if takes_noise(doc) else 0.0) if noise is None else noise
    noised(doc, noise, seed, "preprocess" in how)
    levels = (0.0, noise) if noise else (0.0,)
    if beside is not None:
        if not isinstance(doc, Image.Image):
            expected = "Expected `doc` to be a Pillow image, along with `beside`."
            raise TypeError(f"{expected} Received: {type(doc).__name__}.")
        checked_photos(beside, how)
    looks, asked = dict[str, Look](), dict(how)
    for label, (method, options) in zip(labels_of(named), named, strict=True):
        look = looks[label] = first_look(model, doc, arguments_of(method, options, asked))
        asked = {**how, "top_targets": None, "targets": look.how["targets"]}
    explained = {label: look.expl for label, look in looks.items()}
    first = next(iter(explained.values()))
    in_region = box is not None or mask is not None
    if in_region:
        region_of(heatmap_of(first)[1], box, mask)
    parts = len(weight_groups(model, doc, groups, how.get("preprocess"), how.get("output")))
    each = sum(look.passes for look in looks.values())
    costs = {name: cost_of(name, _OPTIONS.get(name, {})) for name in METRICS}
    total = each * (2 * (parts + 1) + len(levels))
    total += len(looks) * total_passes(costs, _RANDOM_MAPS + 2)
    total += 1 + len(beside) * (1 + 2 * each) if beside else 0
    with progress("Report", total, at_once=True) as done, heard(done):
        sections = [_weights(model, doc, looks, groups, seed, done)]
        sections.append(_faithfulness(model, doc, looks, seed))
        if in_region:
            found = {n: region_of_map(n, one, box, mask, seed) for n, one in explained.items()}
            sections.append(merged("Does it lie on the object?", _BESIDE, found))
        if beside:
            cases = pairs_beside(model, doc, looks, beside, done)
            told = {label: pairs_of(label, found) for label, found in cases.items()}
            sections.append(merged("Does it tell two photos apart?", _PAIRS, told))
        if len(named) * len(levels) > 1:
            agreed = agreement(model, doc, methods=methods, noise=levels, seed=seed, **asked)
            sections.append(replace(agreed, title="Do the maps agree?"))
    return _report(explained, sections, total + each, monotonic() - start)


def _report(
    explained: Mapping[str, Explanation], sections: Sequence[Result], passes: int, seconds: float
) -> Result:
    """Put the sections of a report together."""
    first = next(iter(explained.values()))
    layer = next((expl.layer for expl in explained.values() if expl.layer), None)
    target, score = name_of(first), (first.targets or [])[0].score
    facts = (
        f"Score {math.nan if score is None else score:.3g}. Methods: {', '.join(explained)}"
        f"{f', layer {layer}' if layer else ''}. One picture, {passes} forward passes, "
        f"{seconds:.0f} s."
    )
    found: dict[str, Any] = {"estimator": first.estimator, "target": target, "score": score}
    found |= {"layer": layer, "methods": tuple(explained), "passes": passes, "seconds": seconds}
    return Result(
        f"Can the maps of {first.estimator} for {target} be trusted?",
        facts,
        verdicts=(_CAUTION,),
        pictures=tuple(drawn(expl, label) for label, expl in explained.items()),
        sections=tuple(sections),
        details=found,
    )


def _weights(
    model: Any, doc: Any, looks: dict[str, Look], groups: int, seed: int, done: Callable[[int], Any]
) -> Result:
    same: dict[str, Any] = {"groups": groups, "similarities": ("spearman",), "seed": seed}
    found: dict[str, list[Result]] = {label: [] for label in looks}
    for order in ("cascading", "independent"):
        for label, look in looks.items():
            found[label].append(randomization(model, doc, order=order, **same, **look.how))
            done(look.passes)
    return merged(
        "Does it depend on what the model learned?",
        "The model's weights are shuffled, from the output down to the input, and the picture is "
        "explained again after each step. The numbers are rank correlations with the original "
        "map, signed or absolute, whichever is larger: 1 is the same order of cells, 0 an "
        "unrelated one. They should fall towards what unrelated maps have. A map that stays as it "
        "is shows something else, such as the picture's edges. One random draw scatters by 0.2 or "
        "more. The numbers are of signed maps; the pictures show positive parts, and the bare "
        "photo where there are none. The verdict is about means over half of the steps.",
        {label: weights_of(label, *results) for label, results in found.items()},
    )


def _faithfulness(model: Any, doc: Any, looks: dict[str, Look], seed: int) -> Result:
    same: dict[str, Any] = {"options": _OPTIONS, "random_maps": _RANDOM_MAPS, "seed": seed}
    found = {n: faithfulness(model, doc, one.expl, **same, **one.how) for n, one in looks.items()}
    return merged(
        "Does the score rest on what it shows?",
        "Parts of the picture are taken out and the score is read again. If the map shows what the "
        "score rests on, the score depends most on its strongest places. Two controls that know "
        "nothing of the model are measured beside it: noise as coarse as the map (the mean of "
        "two), and a blob in the middle, where photos have their objects; for methods whose maps "
        "aren't of one size, each method's own. Only what does better than all of its own is of "
        "use. Pictures with holes are unlike any that the model has learned, which makes all of "
        "these numbers rough.",
        {label: _foretold(one) for label, one in found.items()},
    )


def _foretold(found: Result) -> Result:
    """Return what `faithfulness` found, of infidelity the share of the loss that is foretold."""
    rows = {row.name: row for row in found}
    row = rows["infidelity"]
    known = [row.found, row.centre, *row.random]
    share, centre, *noise = [one.details["share"] if one else math.nan for one in known]
    rows["infidelity"] = replace(
        row,
        meaning="the share of what covering a square does that the map foretells: 1 all, 0 none.",
        values={"map": share},
        controls={"random": sum(noise) / len(noise) if noise else math.nan, "centre": centre},
        better=row.better and "higher",
    )
    return replace(found, rows=tuple(rows.values()), verdicts=found.verdicts[:1])


def merged(title: str, meaning: str, found: Mapping[str, Result]) -> Result:
    """Return what one test found of several maps by their names, a column for each."""
    beside = [
        dict(zip(found, rows, strict=True))
        for rows in zip(*(one.rows for one in found.values()), strict=True)
    ]
    known = [one for one in beside if not all(map(_is_undefined, one.values()))]
    rows = []
    for one, controls in zip(known, _controls(known), strict=True):
        first = next(iter(one.values()))
        values = {label: _value(row) for label, row in one.items()}
        better = next((row.better for row in one.values() if row.better), "")
        ahead = tuple(label for label, row in one.items() if row.ahead)
        rows.append(Row(first.name, first.meaning, values, controls, better, ahead))
    about: dict[str, list[str]] = {}
    for label, result in found.items():
        about.setdefault(result.verdict, []).append(label)
    said = [f"{', '.join(labels)}: {words}" for words, labels in about.items()]
    unknown = [next(iter(one.values())) for one in beside if one not in known]
    said += [f"{row.name} could not be measured. {row.note}" for row in unknown]
    return Result(title, meaning, tuple(rows), tuple(said), next(iter(found.values())).pictures)


def _value(row: Row) -> float:
    [value] = row.values.values()
    return value


def _controls(rows: Sequence[Mapping[str, Row]]) -> list[dict[str, float]]:
    """Return for each row its controls: one column, or one for each method whose own it is."""
    columns: list[dict[str, float]] = [{} for _ in rows]
    for name in next(iter(rows[0].values())).controls if rows else ():
        values = np.array([[own.controls[name] for own in row.values()] for row in rows])
        alike = np.allclose(values, values[:, :1], rtol=1e-5, atol=0, equal_nan=True)
        for row, found in zip(rows, columns, strict=True):
            for label, own in row.items():
                found.setdefault(name if alike else f"{name}, {label}", own.controls[name])
    return columns


def _is_undefined(row: Row) -> bool:
    return bool(row.details.get("note")) and math.isnan(_value(row))
