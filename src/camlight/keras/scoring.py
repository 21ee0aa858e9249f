"""What a model scores variants of a picture: the door for whatever runs it many times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from camlight.methods.method import read_method
from camlight.progress import progress

from .backends import load_backend
from .capture import View, capture
from .fast import compiled_for
from .graph import is_graph
from .ingredients.picture import inputs_with, repeated
from .ingredients.scene import Scene
from .inputs import read_inputs
from .memory import memory_of
from .planning import plan_for
from .question import Question
from .running import Run, build, calls_made
from .swap import Swap
from .tail import tail_of
from .targets import Target
from .variants import Way, answers, asking

__all__ = ["Scoring", "scoring_of"]


def scoring_of(model: keras.Model, doc: Any, targets: Any = None, **same: Any) -> Scoring:
    """Return the picture and the targets that an explanation has, and a function to score more.

    Parameters
    ----------
    model, doc, targets
        As in `camlight.explain_prediction_keras`.
    **same
        All its other arguments but `image`.

    Raises
    ------
    TypeError, ValueError, ExplanationError
        As `camlight.explain_prediction_keras` does.

    Examples
    --------
    >>> from camlight import demo
    >>> scoring = scoring_of(
    ...     demo.efficientnet_lite0(),
    ...     demo.photo("chelsea"),
    ...     targets=[285, 967],
    ...     preprocess=demo.preprocess_input,
    ... )
    >>> scoring.picture.shape
    (224, 224, 3)
    >>> scoring.score([scoring.picture, scoring.picture * 0]).shape
    (2, 2)
    """
    question = Question.of(targets, **same)
    inputs = read_inputs(model, doc, question.preprocess, question.preprocessed)
    run = question.run(model, inputs)
    build(run)
    memory = memory_of(model, at_once=True)
    plan = plan_for(run, memory, question)
    if not plan.layers:
        without_layer = replace(question, layer=None, method=read_method("occlusion"))
        plan = plan_for(run, memory, without_layer)
    plan = replace(plan, layers=[])
    run = question.planned(run, plan)
    compiled = compiled_for(run, memory, plan, question.compile)
    seen = capture(run, plan, question.targets, compiled)
    return Scoring(Scene(run, plan, memory, question, seen))


class Scoring:
    """A picture, its targets, and how to score variants.

    Weights are read anew each time; after any other change of the model make a new one.

    Parameters
    ----------
    scene : Scene
    targets : sequence of Target, optional
        By default all of the scene's.

    Attributes
    ----------
    picture : ndarray, shape (H, W, C)
        What the model is given, the channels last: ``(L, C)`` for a signal, ``(D, H, W, C)`` for
        a volume. A copy.
    targets : list of Target
    scores : list of float
        What an explanation says of them: the picture's own, never negated.
    """

    def __init__(self, scene: Scene, targets: Sequence[Target] | None = None) -> None:
        self.targets = list(scene.seen.targets if targets is None else targets)
        self.scores = list(scene.seen.scores)
        self._scene = scene
        self._run = scene.run
        self._ask = asking(scene.memory, scene.plan, scene.question.compile)

    @property
    def picture(self) -> np.ndarray:
        """What the model is given, the channels last: ``(L, C)`` for a signal. A copy."""
        given = self._given
        copy = np.array(given, np.result_type(given, np.float32))
        picture: np.ndarray = self._scene.plan.maps.pictures(copy)[0]
        return picture

    def doc_of(self, picture: np.ndarray) -> Any:
        """Return what the model takes to see a variant of `picture`, its other inputs unchanged."""
        return next(self._together(picture[np.newaxis])).inputs

    def score(self, pictures: Iterable[np.ndarray], count: int | None = None) -> np.ndarray:
        """Return the scores of pictures, shape (N, T): N of them by T targets.

        Parameters
        ----------
        pictures : ndarray, shape (N, H, W, C), or iterable of ndarray, shape (H, W, C)
            Variants of `picture`; where the model takes several inputs the others stay as they
            are. A generator is run as far as the model can take it at once: at most
            `variants.AT_ONCE` pictures or `portions.NUMBERS` numbers are held in memory.
        count : int, optional
            How many there are, for the progress that is shown of a generator.

        Returns
        -------
        ndarray of float64
            Before the softmax with ``pre_softmax=True``; negated with ``counterfactual=True``.
        """
        return self._scores(pictures, self.picture, [self._together, self._each], count)

    def score_activations(
        self, view: View, variants: Iterable[np.ndarray], count: int | None = None
    ) -> np.ndarray:
        """Return the scores, shape (N, T), of the picture with other activations of a layer.

        Where a graph shows that nothing else is needed, only what lies behind the layer runs;
        elsewhere what lies before it does too, on the one picture, for each portion. If the layer
        is one branch of several that can't be joined so, all of it runs on the variants.

        Parameters
        ----------
        view : View
            What the layer showed.
        variants : ndarray, shape (N, H, W, K), or iterable of ndarray, shape (H, W, K)
            Of tokens those of the patches; a class token keeps its values.
        count : int, optional
        """
        place = _at_its_call(self._run, view)
        swap = Swap(place, self._scene.plan.maps.data_format)
        tail = tail_of(self._run.model, place.operation, view.activations.ndim + 1)
        behind = replace(swap, tail=tail)

        def once(chunk: np.ndarray) -> Iterator[Run]:
            yield replace(self._run, inputs=(chunk, self._run.inputs), swap=behind)

        def all_of_it(chunk: np.ndarray) -> Iterator[Run]:
            inputs = keras.tree.map_structure(lambda x: repeated(x, len(chunk)), self._run.inputs)
            yield replace(self._run, inputs=(chunk, inputs), swap=swap)

        def each(chunk: np.ndarray) -> Iterator[Run]:
            return (run for i in range(len(chunk)) for run in once(chunk[i : i + 1]))

        return self._scores(variants, view.activations, [once, all_of_it, each], count)

    def _scores(
        self,
        variants: Iterable[np.ndarray],
        like: np.ndarray,
        ways: Sequence[Way],
        count: int | None,
    ) -> np.ndarray:
        title = self._scene.question.method.title
        total = len(variants) if isinstance(variants, Sized) else count
        found = [np.zeros((0, len(self.targets)))]
        with progress(title, total) as done:
            for few in answers(variants, like, ways, self._ask):
                found.append(np.array([[_score(t, a) for t in self.targets] for a in few]))
                done(len(few))
        return self._scene.sign * np.concatenate(found)

    def _together(self, chunk: np.ndarray) -> Iterator[Run]:
        leaves = inputs_with(self._scene, self._scene.plan.maps.inputs(chunk, self._given.ndim))
        yield replace(self._run, inputs=keras.tree.pack_sequence_as(self._run.inputs, leaves))

    def _each(self, chunk: np.ndarray) -> Iterator[Run]:
        return (run for i in range(len(chunk)) for run in self._together(chunk[i : i + 1]))

    @property
    def _given(self) -> np.ndarray:
        given: np.ndarray = keras.tree.flatten(self._run.inputs)[self._run.picture]
        return given


def _at_its_call(run: Run, view: View) -> Any:
    """Return the place with the number of its call, also where a model without a graph calls it."""
    if view.place.call >= 0 or is_graph(run.model):
        return view.place
    calls, _ = calls_made(run, [view.place.operation])
    return replace(view.place, call=len(calls) - 1) if len(calls) > 1 else view.place


def _score(target: Target, answer: np.ndarray) -> float:
    if target.index is not None:
        return float(answer.ravel()[target.index])
    score = target.score(keras.ops.convert_to_tensor(answer))
    return float(load_backend().to_numpy(score))
