"""Many pictures, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import repeat
from typing import Any

import keras
import numpy as np
from PIL import Image

from camlight.base import Explanation
from camlight.explain import spell_checked

from .backends import load_backend
from .batches import Canvas, Filling, Picture, batches, read_pictures, stacked, told
from .capture import laid_out
from .docs import one_by_one
from .explanation import explanation_of, not_supported
from .fast import compiled_for, row_of
from .ingredients import Scene
from .looking import scene_of
from .memory import Memory, Plan, memory_of
from .planning import plan_for
from .question import Question
from .running import Run, build

__all__ = ["explain_predictions"]


@spell_checked
def explain_predictions(
    model: keras.Model,
    docs: Any,
    *,
    batch_size: int = 16,
    images: Iterable[Image.Image] | None = None,
    targets: Sequence[int | str | Callable[[Any], Any]] | np.ndarray | None = None,
    layer: int | str | keras.layers.Layer | list[Any] | None = None,
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
        As in `camlight.explain_prediction_keras`.
    docs : ndarray, list, dict, iterable, tf.data.Dataset, DataLoader or PyDataset
        The pictures: an array with a row for each, shape (N, H, W, C); a list or a generator of
        whatever `camlight.explain_prediction` takes, or of batches; or a data set of TensorFlow,
        PyTorch or Keras, batched or not, whose labels are passed over: of a tuple, ``(x, y)`` or
        ``(x, y, sample_weight)``, `x` is taken. For a model with several inputs: all of them, as
        a list or a dict of arrays with a row for each picture.
    batch_size : int
        How many pictures go through the model at once, whatever the batches of `docs`. No more
        than these, and their explanations, are held in memory. Default 16.
    images : iterable of PIL.Image.Image, optional
        The pictures to draw on, one for each of `docs`; by default as for a single one.
    targets, layer, top_targets, target_names, output, pre_softmax, counterfactual, preprocess, \
preprocessed, call, grid, compile, method, method_options, smooth
        As in `camlight.explain_prediction_keras`, the same for each picture.

    Yields
    ------
    Explanation
        One for each picture, in order: what `camlight.explain_prediction` gives for it.

    Raises
    ------
    TypeError, ValueError, ExplanationError
        As `camlight.explain_prediction_keras` does: for arguments at once, for a picture when
        its turn comes, with a note that says which one it was.

    Notes
    -----
    The model is compiled, unless ``compile=False``, for batches of the size that comes. The last
    one, of the pictures that are left over, is filled up: it takes as long as a whole one, which
    is less than to compile again. What changes in the model between two pictures is seen by the
    next batch. Where it can't be compiled, as for targets that are functions, pictures are
    explained one after another.

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
    if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)):
        raise TypeError(
            f"Expected `batch_size` to be an integer. Received: {batch_size!r} of type "
            f"{type(batch_size).__name__}."
        )
    if batch_size < 1:
        raise ValueError(f"Expected `batch_size` of 1 or more. Received: {batch_size}.")
    if not (images is None or isinstance(images, Iterable)):
        raise TypeError(
            "Expected `images` to hold a picture for each of `docs`. "
            f"Received: {type(images).__name__}."
        )
    question = Question.of(
        targets,
        layer,
        top_targets=top_targets,
        target_names=target_names,
        output=output,
        pre_softmax=pre_softmax,
        counterfactual=counterfactual,
        preprocess=preprocess,
        preprocessed=preprocessed,
        call=call,
        grid=grid,
        compile=compile,
        method=method,
        method_options=method_options,
        smooth=smooth,
    )
    along = repeat(None) if images is None else iter(images)
    settled = type(docs) is np.ndarray and question.preprocess is None
    pictures = read_pictures(model, question, one_by_one(model, docs), along, settled)
    return _explained(model, question, batches(pictures, int(batch_size)), int(batch_size))


def _explained(
    model: keras.Model, question: Question, parts: Iterator[list[Picture]], size: int
) -> Iterator[Explanation]:
    filling = Filling(size)
    for batch in parts:
        rows = filling.rows(batch)
        run = question.run(model, batch[0].inputs)
        build(run)
        many = len(batch) >= load_backend().COMPILE_AT_CALL
        memory = memory_of(model, at_once=many or question.compiles_at_once)
        plan = plan_for(run, memory, question)
        if question.method.uses_layer and not plan.layers:
            yield from (not_supported(model) for _ in batch)
            continue
        runs = [question.planned(question.run(model, one.inputs), plan) for one in batch]
        look = _looking(batch, runs, plan, memory, question, rows)
        for row, picture in enumerate(batch):
            with told(picture.number):
                scene, canvas = look(row)
                explanation = explanation_of(scene, *canvas)
            yield explanation


def _looking(
    batch: list[Picture],
    runs: list[Run],
    plan: Plan,
    memory: Memory | None,
    question: Question,
    rows: int,
) -> Callable[[int], tuple[Scene, Canvas]]:
    """Run the model on a batch, filled up to so many rows; return how to look at one of them.

    While it runs, the pictures to draw on are made. Where it isn't compiled, one picture after
    another is run when it is looked at.
    """
    compiled = compiled_for(runs[0], memory, plan, question.compile, len(runs))
    shown, canvases = None, list[Future[Canvas]]()
    if compiled is not None:
        with ThreadPoolExecutor(max_workers=1) as meanwhile:
            canvases = [meanwhile.submit(picture.canvas, plan) for picture in batch]
            inputs = stacked(batch, rows)
            shown = compiled.run(runs[0], plan, question.targets, inputs, disposable=True)

    def look(row: int) -> tuple[Scene, Canvas]:
        run = runs[row]
        if shown is None or not shown.splits:
            scene = scene_of(run, plan, memory, question, compiled)
            return scene, batch[row].canvas(scene.plan)
        found = row_of(shown, row, run, question.targets)
        if found is None:
            scene = scene_of(run, plan, memory, question)
        else:
            scene = Scene(run, plan, memory, question, laid_out(run, plan, *found))
        return scene, canvases[row].result()

    return look
