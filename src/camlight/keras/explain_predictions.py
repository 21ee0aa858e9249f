"""Many pictures, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import repeat
from typing import Any

import keras
import numpy as np
from PIL import Image

from camlight._check import checked_count
from camlight.base import Explanation
from camlight.explain import spell_checked

from .backends import Captured, load_backend
from .capture.capture import Options, in_context, run_batch, targets_of
from .capture.compiled import ModelCache, Plan, cache_of, compiled_for
from .capture.plan import look, plan_for, planned
from .datasets import Picture, batches, one_by_one, read_pictures, stacked, told
from .explanation import explanation_of, not_supported
from .inputs import Canvas
from .options import arguments_of, read_options
from .quantities import raw_maps
from .run.forward import ForwardPass, build

__all__ = ["explain_predictions"]


@spell_checked
def explain_predictions(
    model: keras.Model,
    docs: Any,
    *,
    batch_size: int = 16,
    images: Iterable[Image.Image] | None = None,
    targets: Sequence[int | str | Callable[[Any], Any]] | np.ndarray | None = None,
    layer: int | str | keras.layers.Layer | Sequence[Any] | None = None,
    top_targets: int | None = None,
    target_names: Any = None,
    output: int | str | None = None,
    pre_softmax: bool = False,
    counterfactual: bool = False,
    preprocess: Callable[[np.ndarray], Any] | str | None = None,
    preprocessed: str | None = None,
    call: int | None = None,
    grid: tuple[int, int] | None = None,
    compile: bool | None = None,
    method: str | Callable[..., np.ndarray] = "gradcam",
    method_options: dict[str, Any] | None = None,
    smooth: bool = False,
) -> Iterator[Explanation]:
    """Explain the predictions of a Keras image model for many pictures, a batch at a time.

    Parameters
    ----------
    model : keras.Model
    docs : ndarray, list, dict, iterable, tf.data.Dataset, DataLoader or PyDataset
        The pictures: an array with a row for each, shape (N, H, W, C); a list or a generator of
        whatever `camlight.explain_prediction` takes, or of batches; or a data set of TensorFlow,
        PyTorch or Keras, batched or not: of a tuple, ``(x, y)`` or ``(x, y, sample_weight)``, `x`
        is taken. For a model with several inputs: a list or a dict of arrays, all with a row for
        each picture.
    batch_size : int
        How many pictures go through the model at once, whatever the batches of `docs`. No more
        than these, and their explanations, are held in memory. Default 16.
    images : iterable of PIL.Image.Image, optional
        The pictures to draw on, one for each of `docs`; by default as for a single one.
    targets, layer, top_targets, target_names, output, pre_softmax, counterfactual, preprocess, \
preprocessed, call, grid, compile, method, method_options, smooth : optional
        As in `camlight.explain_prediction_keras`, the same for each picture.

    Yields
    ------
    Explanation
        One for each picture, in order: what `camlight.explain_prediction` gives for it.

    Raises
    ------
    TypeError, ValueError, ExplanationError
        As `camlight.explain_prediction_keras`; of a picture when its turn comes, with a note which.

    Notes
    -----
    Unless ``compile=False`` the model is compiled for batches of the size that comes; the last one
    is filled up. Where it can't be, as for functions as targets, pictures are explained one by one.

    Examples
    --------
    >>> from camlight import demo
    >>> model = demo.efficientnet_lite0()
    >>> docs = [demo.photo(name) for name in ("chelsea", "coffee")]
    >>> for expl in explain_predictions(
    ...     model, docs, preprocess=demo.preprocess_input, target_names=demo.class_name
    ... ):
    ...     print(expl.targets[0].name)
    Egyptian cat
    espresso
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"Expected `model` to be a Keras model. Received: {type(model).__name__}.")
    size = checked_count("batch_size", batch_size)
    if not (images is None or isinstance(images, Iterable)):
        raise TypeError(
            "Expected `images` to hold a picture for each of `docs`. "
            f"Received: {type(images).__name__}."
        )
    options = read_options(**arguments_of(locals()))
    along = repeat(None) if images is None else iter(images)
    settled = type(docs) is np.ndarray and options.preprocess is None
    pictures = read_pictures(model, options, one_by_one(model, docs), along, settled)
    return _explained(model, options, batches(pictures, size))


def _explained(
    model: keras.Model, options: Options, parts: Iterator[tuple[list[Picture], int]]
) -> Iterator[Explanation]:
    for batch, rows in parts:
        inputs = [picture.inputs for picture in batch]
        runs = [ForwardPass(model, one.values, one.picture, options.output) for one in inputs]
        build(runs[0])
        many = len(batch) >= load_backend().COMPILE_AT_CALL
        cache = cache_of(model, options.compile, at_once=many or options.compiles_at_once)
        plan = plan_for(runs[0], cache, options)
        if options.method.uses_layer and not plan.layers:
            yield from (not_supported(model) for _ in batch)
            continue
        raw, canvases = _run_together(batch, runs, plan, cache, options, rows)
        for row, (picture, run) in enumerate(zip(batch, runs, strict=True)):
            with told(picture.number):
                part = raw.row(row) if raw is not None and raw.splits else None
                found = None if part is None else targets_of(part, run, options.targets)
                if part is None or found is None:
                    context = look(run, plan, cache, options)
                    canvas = picture.inputs.canvas(picture.image, context.plan)
                else:
                    run = planned(run, plan, options)
                    context = in_context(run, plan, cache, options, part, found)
                    canvas = canvases[row].result()
                explanation = explanation_of(context, raw_maps(context), *canvas)
            yield explanation


def _run_together(
    batch: list[Picture],
    runs: list[ForwardPass],
    plan: Plan,
    cache: ModelCache | None,
    options: Options,
    rows: int,
) -> tuple[Captured | None, list[Future[Canvas]]]:
    """Run the model, if it is compiled, on a batch filled up to so many rows.

    Meanwhile, the pictures to draw on are made.
    """
    first = planned(runs[0], plan, options)
    compiled = compiled_for(first, cache, plan.layers, options.compile, len(runs))
    if compiled is None:
        return None, []
    with ThreadPoolExecutor(max_workers=1) as meanwhile:
        canvases = [meanwhile.submit(one.inputs.canvas, one.image, plan) for one in batch]
        inputs = stacked(batch, rows)
        return run_batch(first, plan, options.targets, compiled, inputs, disposable=True), canvases
