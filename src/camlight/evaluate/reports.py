"""One report: everything that can be tested of the maps of one prediction."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

from PIL import Image

from camlight.keras.measuring import weight_groups
from camlight.progress import heard, progress

from .agreeing import agreement
from .asking import Look, first_look, name_of
from .checks import checked_count, checked_seed
from .faithful import faithfulness
from .noise import noised, takes_noise
from .paired import PhotoPair
from .pairs import checked_photos, pair_of, top_of
from .regions import heatmap_of, region_of
from .report_faithfulness import (
    OPTIONS,
    RANDOM_MAPS,
    faithfulness_passes,
    faithfulness_section,
)
from .report_parts import Picture, Report, Section
from .report_sections import (
    agreement_section,
    beside_section,
    drawn,
    region_section,
    weights_section,
)
from .sanity import randomisation
from .several import arguments_of, labels_of, read_methods

__all__ = ["report"]

_NOISE = 0.05


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
) -> Report:
    """Test the maps of one prediction in every way that there is, and say what was found.

    Parameters
    ----------
    model : keras.Model
        Its weights are changed meanwhile, as by `randomisation`, and put back bit for bit.
    doc
        One picture, as in `camlight.explain_prediction_keras`.
    methods : sequence of str or callable, or mapping of these to their `method_options`
        Whose maps are tested. Default ``("gradcam", "layercam")``.
    box : (left, top, right, bottom), optional
    mask : ndarray of bool, shape (height, width), optional
        Where the object is, in pixels of the picture, as in `energy_inside`.
    beside : mapping of str to PIL.Image.Image, optional
        Other photos, by name, of other classes, to be put beside the picture, as in
        `photo_pairs`. It takes a `doc` that is a Pillow image, and `preprocess`.
    groups : int
        In how many groups the weights are randomised. Default 8.
    noise : float, optional
        How much noise is added to see whether maps stay, as in `agreement`; 0 for none. By default
        0.05 where `doc` is a picture or an array, and none where a model takes several inputs.
    seed : int
        Default 0.
    **how
        The other arguments of `camlight.explain_prediction_keras`, such as ``preprocess``,
        ``layer`` and ``pre_softmax``. One target, by default the highest score.

    Returns
    -------
    Report
        It prints as text, shows as HTML in a notebook, and `as_dict` is for JSON.

    Raises
    ------
    TypeError, ValueError
        If an argument isn't what it should be, or a method has no map to test. Nothing was
        changed then.

    Notes
    -----
    Runs the model some 700 times for two methods that take one run each: half a minute for an
    EfficientNet-Lite0 on two cores. How often is known, and shown where somebody waits, as soon
    as each method was tried once.

    Examples
    --------
    >>> import keras
    >>> import numpy as np
    >>> keras.utils.set_random_seed(0)
    >>> layers = [
    ...     keras.layers.Conv2D(8, 3, activation="relu"),
    ...     keras.layers.GlobalAveragePooling2D(),
    ...     keras.layers.Dense(2, activation="softmax"),
    ... ]
    >>> model = keras.Sequential([keras.Input((32, 32, 3)), *layers], name="small")
    >>> picture = np.random.default_rng(0).random((1, 32, 32, 3))
    >>> names = ["cat", "dog"]
    >>> found = report(model, picture, targets=["cat"], target_names=names, methods=["gradcam"])
    >>> found.title
    'Can the maps of small for cat be trusted?'
    >>> [section.title for section in found.sections][1]
    'Does the score rest on what it shows?'
    """
    start = monotonic()
    named, seed, groups = (
        read_methods(methods, how),
        checked_seed(seed),
        checked_count("groups", groups),
    )
    noise = (_NOISE if takes_noise(doc) else 0.0) if noise is None else noise
    noised(doc, noise, seed, "preprocess" in how)
    levels = (0.0, noise) if noise else (0.0,)
    _check_beside(doc, beside, how)
    looks, asked = _first_looks(model, doc, named, how)
    first = next(iter(looks.values())).expl
    if box is not None or mask is not None:
        region_of(heatmap_of(first)[1], box, mask)
    parts = len(weight_groups(model, doc, groups, how.get("preprocess"), how.get("output")))
    each = sum(look.passes for look in looks.values())
    total = each * (2 * (parts + 1) + len(levels))
    total += faithfulness_passes(len(looks))
    total += 1 + len(beside) * (1 + 2 * each) if beside else 0
    with progress("Report", total, at_once=True) as done, heard(done):
        sections = [_weights(model, doc, looks, groups, seed, done)]
        sections.append(_faithfulness(model, doc, looks, seed))
        if box is not None or mask is not None:
            explained = {label: look.expl for label, look in looks.items()}
            sections.append(region_section(explained, box, mask, seed))
        if beside:
            sections.append(_beside(model, doc, looks, beside, done))
        if len(named) * len(levels) > 1:
            agreed = agreement(model, doc, methods=methods, noise=levels, seed=seed, **asked)
            sections.append(agreement_section(agreed))
    return _report(looks, sections, total + each, monotonic() - start)


def _report(
    looks: Mapping[str, Look], sections: Sequence[Section], passes: int, seconds: float
) -> Report:
    first = next(iter(looks.values())).expl
    score = (first.targets or [])[0].score
    return Report(
        first.estimator,
        name_of(first),
        math.nan if score is None else float(score),
        next((look.expl.layer for look in looks.values() if look.expl.layer), None),
        tuple(looks),
        passes,
        seconds,
        tuple(sections),
        tuple(Picture(drawn(look.expl), label) for label, look in looks.items()),
    )


def _check_beside(doc: Any, beside: Mapping[str, Any] | None, how: dict[str, Any]) -> None:
    if beside is not None and not isinstance(doc, Image.Image):
        raise TypeError(
            "Expected `doc` to be a Pillow image, along with `beside`. "
            f"Received: {type(doc).__name__}."
        )
    checked_photos(beside, how)


def _first_looks(
    model: Any, doc: Any, methods: list[tuple[Any, Any]], how: dict[str, Any]
) -> tuple[dict[str, Look], dict[str, Any]]:
    """Explain once by each method; return that, and the arguments that ask for the same target."""
    looks, asked = dict[str, Look](), dict(how)
    for label, (method, options) in zip(labels_of(methods), methods, strict=True):
        look = looks[label] = first_look(model, doc, arguments_of(method, options, asked))
        asked = {**how, "top_targets": None, "targets": look.how["targets"]}
    return looks, asked


def _weights(
    model: Any,
    doc: Any,
    looks: dict[str, Look],
    groups: int,
    seed: int,
    done: Callable[[int], Any],
) -> Section:
    found = {}
    for order in ("cascading", "independent"):
        found[order] = {
            label: randomisation(
                model,
                doc,
                order=order,
                groups=groups,
                similarities=("spearman", "absolute_spearman"),
                seed=seed,
                **look.how,
            )
            for label, look in looks.items()
        }
        done(sum(look.passes for look in looks.values()))
    return weights_section(found["cascading"], found["independent"])


def _faithfulness(model: Any, doc: Any, looks: dict[str, Look], seed: int) -> Section:
    found = {
        label: faithfulness(
            model,
            doc,
            look.expl,
            options=OPTIONS,
            random_maps=RANDOM_MAPS,
            seed=seed,
            **look.how,
        )
        for label, look in looks.items()
    }
    return faithfulness_section(found)


def _beside(
    model: Any,
    doc: Image.Image,
    looks: dict[str, Look],
    beside: Mapping[str, Image.Image],
    done: Callable[[int], Any],
) -> Section:
    cases: dict[str, list[PhotoPair]] = {label: [] for label in looks}
    first = next(iter(looks.values())).how
    how = {n: v for n, v in first.items() if n not in ("layer", "image")}
    own = top_of(model, doc, how)
    done(1)
    for name, photo in beside.items():
        other = top_of(model, photo, how)
        done(1)
        for label, look in looks.items():
            same = {n: v for n, v in look.how.items() if n != "image"}
            both = {"the picture": (doc, own), name: (photo, other)}
            for names in (list(both), list(both)[::-1]):
                pair = {one: both[one][0] for one in names}
                cases[label] += pair_of(model, pair, [both[one][1] for one in names], None, same)
                done(look.passes)
    return beside_section(cases)
