"""Whether the maps of several methods, layers and noised pictures agree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, combinations, count
from numbers import Real
from os import PathLike
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from camlight._pixels import eight_bit
from camlight.base import Explanation
from camlight.methods.method import read_method
from camlight.progress import heard, progress

from . import checks
from .result import Result, Row, number
from .similarity import again, correlation, first_look, ranks, resized, signed_map


def agreement(
    model: Any,
    doc: Any,
    *,
    methods: Sequence[Any] | Mapping[Any, Any] = ("gradcam", "layercam"),
    layers: Sequence[Any] | None = None,
    noise: Sequence[float] | float = (0.0,),
    seed: int = 0,
    **how: Any,
) -> Result:
    """Compare the maps of several methods, layers and noised pictures, each with each.

    Spearman's correlation (SciPy) of positive parts, finer maps averaged down to the coarsest.
    A ValueError for less than two maps, several targets, or a first map that is constant.

    Parameters
    ----------
    model, doc, **how
        As in `camlight.explain_prediction_keras`, with one target, by default the highest score.
    methods, layers : sequence of str or callable, or mapping to `method_options`; and sequence
        Default ``("gradcam", "layercam")``, and ``layer`` alone; None is the automatic layer.
    noise, seed : sequence of float, or one; and int
        Standard deviations of noise added, as shares of the picture's range; its seed. Default 0.

    Returns
    -------
    Result
        ``matrix``, shape (N, N): correlations by ``labels``, from -1 to 1, NaN where a map is empty
        or constant; their ``mean``; the ``explanations``. ``figure()`` draws it.

    Examples
    --------
    >>> from camlight import demo
    >>> model, how = demo.efficientnet_lite0(), {"preprocess": demo.preprocess_input}
    >>> agreement(model, demo.photo("chelsea"), noise=[0, 0.05], **how).labels[:2]
    ('gradcam', 'gradcam, noise 0.05')
    """
    if layers is not None and "layer" in how:
        raise TypeError("Expected `layers` or `layer`. Received: both. Leave one of them out.")
    seed, at = checks.seed(seed), how.get("layer") if layers is None else layers
    at = list(layers) if isinstance(layers, (list, tuple)) else [at]
    levels = list(noise) if isinstance(noise, Iterable) else [noise]
    pictures = [(level, noised(doc, level, seed, "preprocess" in how)) for level in levels]
    asked = _asked(read_methods(methods, how), at, pictures, how)
    if len(asked) < 2:
        expected = "Expected two maps or more: several `methods`, `layers` or values of `noise`."
        raise ValueError(f"{expected} Received: {len(asked)}.")
    explanations = _explained(model, doc, asked)
    labels, matrix = tuple(label for label, _, _ in asked), _matrix(explanations)
    named = zip(combinations(labels, 2), matrix[np.triu_indices(len(labels), 1)], strict=True)
    pairs = {pair: float(value) for pair, value in named if not np.isnan(value)}
    mean = float(np.mean(list(pairs.values()))) if pairs else math.nan
    rows = [
        Row(f"{place} {label}", values={str(n): v for n, v in enumerate(row, start=1)})
        for place, (label, row) in enumerate(zip(labels, matrix.tolist(), strict=True), start=1)
    ]
    found = {"labels": labels, "matrix": matrix, "mean": mean, "explanations": explanations}
    meaning = (
        "Rank correlations of heatmaps: 1 is the same order of cells, 0 an unrelated one. Noise "
        "that nobody would mind should change little. Methods may differ because they ask "
        "different things, but then they can't all be read as where the model looked."
    )
    verdicts = (_verdict(pairs, mean),)
    return Result("Rank correlation of maps", meaning, tuple(rows), verdicts, details=found)


def _verdict(pairs: dict[tuple[str, str], float], mean: float) -> str:
    if not pairs:
        return "In this test nothing could be compared: all maps but one were empty."
    words = f"In this test two maps had a rank correlation of {number(mean)} on average"
    if len(pairs) > 1:
        least, most = (of(pairs, key=pairs.__getitem__) for of in (min, max))
        words += f"; the least alike were {least[0]} and {least[1]} ({number(pairs[least])}), "
        words += f"the most {most[0]} and {most[1]} ({number(pairs[most])})"
    words += ". Maps that agree may be wrong together; maps that don't can't all show where "
    return words + "the model looked."


def _asked(
    named: list[tuple[Any, Any]], layers: list[Any], pictures: list[Any], how: dict[str, Any]
) -> list[tuple[str, Any, dict[str, Any]]]:
    """Return what to call each combination, its picture and its arguments, the methods first."""
    asked = []
    for called, (method, options) in zip(labels_of(named), named, strict=True):
        looks = read_method(method, options).uses_layer
        for layer in layers if looks else layers[:1]:
            own = arguments_of(method, options, {**how, "layer": layer})
            for level, picture in pictures:
                parts = [_name(layer)] if looks and len(layers) > 1 else []
                if len(pictures) > 1 and (level or not parts):
                    parts.append(f"noise {level:g}" if level else "no noise")
                if len(named) > 1 or not parts:
                    parts = [called, *(part for part in parts if part != "no noise")]
                asked.append((", ".join(parts), picture, own))
    return asked


def _explained(model: Any, doc: Any, asked: list[tuple[str, Any, Any]]) -> tuple[Explanation, ...]:
    """Explain pictures, all for the target that `doc` has by the first arguments."""
    first, fixed, _ = first_look(model, doc, asked[0][2])
    target = {"top_targets": None, "targets": fixed["targets"]}
    one_run = all(read_method(how["method"]).takes_one_run for _, _, how in asked)
    found, more = list[Explanation](), list[int]()
    with progress("Agreement of maps", len(asked) if one_run else None) as done, heard(more.append):
        for _, picture, how in asked:
            known = picture is doc and not found
            found.append(first if known else again(model, picture, {**how, **target}))
            done(1 + sum(more))
            more.clear()
    return tuple(found)


def _name(layer: Any) -> str:
    if layer is None:
        return "automatic layer"
    if isinstance(layer, (list, tuple)):
        return " + ".join(_name(one) for one in layer)
    return str(getattr(layer, "name", layer))


def _matrix(explanations: Sequence[Explanation]) -> np.ndarray:
    maps = [np.maximum(signed_map(expl), 0) for expl in explanations]
    shapes = [one.shape for one in maps]
    if len(set(map(len, shapes))) > 1:
        received = f"maps of shape {', '.join(map(str, shapes))}"
        raise ValueError(f"Expected maps with the same number of axes. Received: {received}.")
    if len(set(shapes)) > 1:
        size = tuple(map(min, zip(*shapes, strict=True)))
        maps = [resized(one, size) for one in maps]
    ranked = [ranks(one) for one in maps]
    return np.array([[correlation(left, right) for right in ranked] for left in ranked])


def read_methods(methods: Any, how: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Return methods and the options of each, those of `how` where there is no mapping."""
    if "method" in how:
        raise TypeError("Expected `methods`, a list of them. Received: `method`.")
    same = how.get("method_options")
    methods = [methods] if isinstance(methods, str) or callable(methods) else methods
    if not isinstance(methods, Iterable):
        expected = "Expected `methods` to be a list, or a mapping of methods to their options."
        raise TypeError(f"{expected} Received: {checks.told(methods)}.")
    if not methods:
        raise ValueError("Expected one method or more in `methods`. Received: none.")
    if isinstance(methods, Mapping) and same is not None:
        expected = "Expected a mapping, or `method_options` for all along with a list of methods."
        raise TypeError(f"{expected} Received: both.")
    named = [(one, same) for one in methods]
    if isinstance(methods, Mapping):
        named = list(methods.items())
    if how.get("layer") is not None and not any(read_method(*one).uses_layer for one in named):
        asked = ", ".join(labels_of(named))
        raise ValueError(f"Expected `layer` for a method that looks at a layer. Received: {asked}.")
    return named


def arguments_of(method: Any, options: Any, how: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that ask for a map by one method: ``layer`` only if it looks at one."""
    own = {**how, "method": method, "method_options": options}
    if not read_method(method, options).uses_layer:
        own.pop("layer", None)
    return own


def labels_of(named: Iterable[tuple[Any, Any]]) -> list[str]:
    """Return what methods are called, each otherwise than those before it."""
    labels: list[str] = []
    for method, _ in named:
        name = method if isinstance(method, str) else getattr(method, "__name__", "custom")
        numbered = (f"{name} {number}" for number in count(2))
        labels.append(next(label for label in chain([name], numbered) if label not in labels))
    return labels


def noised(doc: Any, level: float, seed: int, is_picture: bool) -> Any:
    """Return a picture with normal noise of a share `level` of its range, 255 where it is one."""
    if isinstance(level, bool) or not (isinstance(level, Real) and level >= 0):
        raise ValueError(f"Expected `noise` of 0 or more. Received: {level!r}.")
    if not level:
        return doc
    if not takes_noise(doc):
        expected = "Expected `doc`, along with `noise`, to be a path, a Pillow image or an array."
        raise TypeError(f"{expected} Received: {type(doc).__name__}.")
    if isinstance(doc, (str, PathLike)):
        with Image.open(doc) as picture:
            doc = ImageOps.exif_transpose(picture)
    doc = np.asarray(eight_bit(doc)) if isinstance(doc, Image.Image) else doc
    values = doc.astype(np.float64)
    scale = 255.0 if is_picture else np.ptp(values)
    values += np.random.default_rng(seed).normal(scale=level * scale, size=values.shape)
    if is_picture:
        return np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return values.astype(np.result_type(doc, np.float32))


def takes_noise(doc: Any) -> bool:
    """Say whether noise can be added: to a path, a Pillow image or an array, not to several."""
    is_array = isinstance(doc, np.ndarray) and doc.dtype.kind in "fiu"
    return is_array or isinstance(doc, (str, PathLike, Image.Image))
