"""Whether a map tells two photos in one picture apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
from PIL import Image

from camlight.progress import progress

from . import checks
from .localization import energy_inside, heatmap_of, peak_of
from .result import Result, Row, is_empty, percent
from .similarity import Look, again

_SIDE = 224


def photo_pairs(
    model: Any = None,
    photos: Mapping[str, Any] | None = None,
    *,
    preprocess: Callable[[Any], Any] | str | None = None,
    size: tuple[int, int] | None = None,
    **how: Any,
) -> Result:
    """Put photos side by side, ask for what each one shows, and see on which side the map lies.

    Whether the map tells classes apart, without boxes. Costs an explanation for each photo, and one
    for each ordered pair. An error for less than two photos, or two of the same class.

    Parameters
    ----------
    model, photos : keras.Model; and mapping of str to PIL.Image.Image, optional
        A classifier; photos by name, each with a class of its own. By default those of the demo.
    preprocess, **how
        As in `camlight.explain_prediction_keras`, but for the targets, which are what the model
        answers to each photo alone. A `model` of yours needs `preprocess`.
    size : tuple of int, optional
        Width and height of both photos together. By default the model's own, or 224 pixels.

    Returns
    -------
    Result
        ``cases`` has a row for each photo of each pair: `left`, `right`, the one `asked` for,
        its `target`, the `share` of the map on its side, whether its peak is a `hit`, and the
        `explanation`; ``share`` and ``hits`` are means, half of both for a map of nothing.

    Examples
    --------
    >>> from camlight import demo
    >>> photos = {name: demo.photo(name) for name in ("chelsea", "coffee")}
    >>> photo_pairs(photos=photos, pre_softmax=True).hits
    1.0
    """
    if model is None or photos is None:
        from camlight import demo  # an extra of its own

        if model is None:
            model, preprocess = demo.efficientnet_lite0(), preprocess or demo.preprocess_input
        photos = {name: demo.photo(name) for name in demo.PHOTOS} if photos is None else photos
    refused = [name for name in ("targets", "top_targets", "image") if name in how]
    if refused:
        expected = "Expected no targets and no picture to draw on: both come from the photos."
        raise TypeError(f"{expected} Received: {', '.join(refused)}.")
    how = {**how, "preprocess": preprocess}
    if size is not None:
        if not isinstance(size, Sequence) or isinstance(size, str) or len(size) != 2:
            expected = "Expected `size` to be (width, height), in pixels."
            raise TypeError(f"{expected} Received: {checks.told(size)}.")
        size = checks.count("size", size[0], least=2), checks.count("size", size[1], least=2)
    checked_photos(photos, how)
    if len(photos) < 2:
        raise ValueError(f"Expected two photos or more. Received: {len(photos)}.")
    known = {name: (photo, _top_of(model, photo, how)) for name, photo in photos.items()}
    cases, pairs = list[Row](), list(permutations(known.items(), 2))
    with progress("Two photos side by side", len(pairs)) as done:
        for pair in pairs:
            cases += _pair_of(model, dict(pair), size, how)
            done(1)
    share, hits = (float(np.mean([getattr(c, of) for c in cases])) for of in ("share", "hit"))
    found = {"cases": tuple(cases), "share": share, "hits": hits, "by chance": 0.5}
    verdict = (
        "In this test the peak lay on the photo that was asked for in "
        f"{sum(case.hit for case in cases)} of {len(cases)} cases, with {percent(share)} of "
        "the map on average. A map that knows nothing has half of both there."
    )
    return Result("Two photos side by side", "", tuple(cases), (verdict,), details=found)


def _pair_of(
    model: Any, photos: Mapping[str, Any], size: tuple[int, int] | None, how: dict[str, Any]
) -> list[Row]:
    """Explain two photos side by side, given with the class of each, and see where the maps lie."""
    targets = [target for _, target in photos.values()]
    if targets[0] == targets[1]:
        received = f"{' and '.join(map(repr, photos))}, both {targets[0]}"
        raise ValueError(f"Expected photos with classes of their own. Received: {received}.")
    (left, right), (width, height) = photos, size or _size_of(model)
    boxes = [(0, 0, width // 2, height), (width // 2, 0, width, height)]
    picture = Image.new("RGB", (width, height))
    for (photo, _), (start, _, end, _) in zip(photos.values(), boxes, strict=True):
        half = photo.convert("RGB").resize((end - start, height), Image.Resampling.BICUBIC)
        picture.paste(half, (start, 0))
    expl = again(model, picture, {**how, "targets": targets})
    cases = []
    for number, asked in enumerate(photos):
        one = replace(expl, targets=(expl.targets or [])[number : number + 1], warnings=[])
        share, hit, box = 0.0, False, boxes[number]
        if not is_empty(one):
            x, _ = peak_of(*heatmap_of(one))
            share, hit = energy_inside(one, box), box[0] < x < box[2]
        found = {"left": left, "right": right, "asked": asked, "target": targets[number]}
        found |= {"share": share, "hit": hit, "explanation": one}
        name, values = f"{left} | {right}, asked for {asked}", {"share": share, "peak": float(hit)}
        cases.append(Row(name, "", values, {"by chance": 0.5}, "higher", details=found))
    return cases


def _top_of(model: Any, photo: Image.Image, how: dict[str, Any]) -> int | str:
    """Return what the model answers to a photo alone."""
    plain = {"method": "gradcam", "method_options": None, "targets": None, "image": None}
    return (again(model, photo, {**how, **plain}).targets or [])[0].target


def checked_photos(photos: Any, how: dict[str, Any]) -> None:
    """Raise an error unless photos are Pillow images that can be preprocessed."""
    if not isinstance(photos, Mapping):
        kind = type(photos).__name__
        raise TypeError(f"Expected photos by name, such as `{{'cat': photo}}`. Received: {kind}.")
    if how.get("preprocess") is None:
        cure = "If the model takes pixels from 0 to 255, pass `lambda x: x`."
        raise ValueError(f"Expected `preprocess` along with photos. Received: None. {cure}")
    for name, photo in photos.items():
        if not isinstance(photo, Image.Image):
            kind = type(photo).__name__
            raise TypeError(f"Expected photos to be Pillow images. Received: {kind} for {name!r}.")


def _size_of(model: Any) -> tuple[int, int]:
    shape = getattr(model, "input_shape", None)
    if not (isinstance(shape, tuple) and len(shape) == 4):
        return _SIDE, _SIDE
    height, width = shape[2:] if shape[1] in (1, 3, 4) else shape[1:3]
    return width or _SIDE, height or _SIDE


def pairs_beside(
    model: Any, doc: Any, looks: Mapping[str, Look], beside: Mapping[str, Any], done: Any
) -> dict[str, list[Row]]:
    """Put a picture beside others, in both orders, and explain both by each method."""
    cases: dict[str, list[Row]] = {label: [] for label in looks}
    first = next(iter(looks.values())).how
    how = {n: v for n, v in first.items() if n not in ("layer", "image")}
    own = (doc, _top_of(model, doc, how))
    done(1)
    for name, photo in beside.items():
        both = {"the picture": own, name: (photo, _top_of(model, photo, how))}
        done(1)
        for label, look in looks.items():
            same = {n: v for n, v in look.how.items() if n != "image"}
            for pair in (both, dict(reversed(both.items()))):
                cases[label] += _pair_of(model, pair, None, same)
                done(look.passes)
    return cases
