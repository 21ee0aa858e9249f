"""What a model scores variants of a picture, or of what a layer makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import replace
from itertools import islice
from typing import Any

import keras
import numpy as np

from camlight.base import ExplanationError
from camlight.keras.backends import Request, load_backend
from camlight.keras.capture.capture import Context
from camlight.keras.capture.compiled import compiled_for
from camlight.keras.capture.targets import Target
from camlight.keras.graph.nodes import LayerCall, is_graph
from camlight.keras.graph.spatial import LayerView
from camlight.keras.run.forward import ForwardPass, calls_made
from camlight.keras.run.substitute import Substitute, rest_of
from camlight.methods.ingredients import portion
from camlight.progress import progress

AT_ONCE = 64
"""No more variants than these go through the model at once."""

Way = Callable[[np.ndarray], Iterable[ForwardPass]]
"""How to run the model on variants: on all in one run, or on each in a run of its own."""


def picture(context: Context) -> np.ndarray:
    """Return the picture as the model takes it, shape (H, W, C)."""
    return Scoring(context).picture


def score_pictures(context: Context) -> Callable[..., np.ndarray]:
    """Return the function from pictures (N, H, W, C), or a generator of them, to scores (N,)."""
    scoring = Scoring(context, [context.target])

    def score(pictures: Iterable[np.ndarray], count: int | None = None) -> np.ndarray:
        return scoring.score(pictures, count)[:, 0]

    return score


def score_activations(context: Context) -> Callable[..., np.ndarray]:
    """Return the function from variants (N, H, W, K) of the activations to scores (N,)."""
    scoring = Scoring(context, [context.target])

    def score(variants: Iterable[np.ndarray], count: int | None = None) -> np.ndarray:
        return scoring.score_activations(context.view, variants, count)[:, 0]

    return score


class Scoring:
    """A picture, its targets, and how to score variants.

    Weights are read anew each time; after any other change of the model make a new one.

    Parameters
    ----------
    context : Context
    targets : sequence of Target, optional
        By default all of the context's.

    Attributes
    ----------
    targets : list of Target
    scores : list of float
        What an explanation says of them: the picture's own, never negated.
    """

    def __init__(self, context: Context, targets: Sequence[Target] | None = None) -> None:
        self.targets = list(context.targets if targets is None else targets)
        self.scores = list(context.scores)
        self._context = context
        self._run = context.run

    @property
    def picture(self) -> np.ndarray:
        """What the model is given, a copy: (H, W, C), or (L, C), or (D, H, W, C)."""
        given = self._given
        copy = np.array(given, np.result_type(given, np.float32))
        found: np.ndarray = self._context.plan.spec.pictures(copy)[0]
        return found

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
            `AT_ONCE` pictures or `portions.NUMBERS` numbers are held in memory.
        count : int, optional
            How many there are, for the progress that is shown of a generator.

        Returns
        -------
        ndarray of float64
            Before the softmax with ``pre_softmax=True``; negated with ``counterfactual=True``.
        """
        return self._scores(pictures, self.picture, [self._together, self._each], count)

    def score_activations(
        self, view: LayerView, variants: Iterable[np.ndarray], count: int | None = None
    ) -> np.ndarray:
        """Return the scores, shape (N, T), of the picture with other activations of a layer.

        The `variants`, of shape (H, W, K), are of tokens those of the patches; a class token
        keeps its values. Where a graph shows that nothing else is needed, only what lies behind
        the layer runs; elsewhere what lies before it does too, on the one picture, for each
        portion. If the layer is one branch of several that can't be joined so, all of it runs on
        the variants.
        """
        layer = _at_its_call(self._run, view.layer)
        substitute = Substitute(layer, self._context.plan.spec.data_format)
        rest = rest_of(self._run.model, layer.operation, view.activations.ndim + 1)
        behind = replace(substitute, rest=rest)

        def once(chunk: np.ndarray) -> Iterator[ForwardPass]:
            yield replace(self._run, inputs=(chunk, self._run.inputs), substitute=behind)

        def all_of_it(chunk: np.ndarray) -> Iterator[ForwardPass]:
            inputs = keras.tree.map_structure(lambda x: repeated(x, len(chunk)), self._run.inputs)
            yield replace(self._run, inputs=(chunk, inputs), substitute=substitute)

        def each(chunk: np.ndarray) -> Iterator[ForwardPass]:
            return (run for i in range(len(chunk)) for run in once(chunk[i : i + 1]))

        return self._scores(variants, view.activations, [once, all_of_it, each], count)

    def _scores(
        self,
        variants: Iterable[np.ndarray],
        like: np.ndarray,
        ways: Sequence[Way],
        count: int | None,
    ) -> np.ndarray:
        """Return the scores, got by the first of the ways that gives a row for each variant.

        They go from the quickest to the surest, which makes a run for each.
        """
        title = self._context.options.method.title
        total = len(variants) if isinstance(variants, Sized) else count
        found, left = [np.zeros((0, len(self.targets)))], list(ways)
        with progress(title, total) as done:
            for chunk, number in _chunks(variants, like):
                outputs = self._outputs(chunk, left)[:number]
                found.append(np.array([[_score(t, out) for t in self.targets] for out in outputs]))
                done(number)
        return self._context.sign * np.concatenate(found)

    def _outputs(self, chunk: np.ndarray, ways: list[Way]) -> list[np.ndarray]:
        """Return the model's output for each variant, a batch of one."""
        while True:
            try:
                found = [self._output(run) for run in ways[0](chunk)]
            except ExplanationError:
                if len(ways) == 1:
                    raise
            else:
                if len(found) == len(chunk):
                    return found
                if found[0].ndim and len(found[0]) == len(chunk):
                    return [found[0][i : i + 1] for i in range(len(chunk))]
            ways.pop(0)

    def _output(self, run: ForwardPass) -> np.ndarray:
        """Run the model, compiled where it pays, and return the explained output."""
        leaves, raw = keras.tree.flatten(run.inputs), None
        rows = next(len(leaf) for leaf in leaves if leaf is not None)
        compiled = compiled_for(run, self._context.cache, [], self._context.options.compile, rows)
        if compiled is not None:
            raw = compiled(run, [], Request(leaves, (0,), 0))
        if raw is None:
            raw = load_backend().capture(run, [], lambda _: [])
        scores: np.ndarray = raw.output.scores
        return scores

    def _together(self, chunk: np.ndarray) -> Iterator[ForwardPass]:
        leaves = inputs_with(self._context, self._context.plan.spec.inputs(chunk, self._given.ndim))
        yield replace(self._run, inputs=keras.tree.pack_sequence_as(self._run.inputs, leaves))

    def _each(self, chunk: np.ndarray) -> Iterator[ForwardPass]:
        return (run for i in range(len(chunk)) for run in self._together(chunk[i : i + 1]))

    @property
    def _given(self) -> np.ndarray:
        given: np.ndarray = keras.tree.flatten(self._run.inputs)[self._run.picture]
        return given


def inputs_with(context: Context, batch: np.ndarray) -> list[np.ndarray | None]:
    """Return the model's flattened inputs with a batch for the picture's; others are repeated."""
    return [
        batch if number == context.run.picture else repeated(leaf, len(batch))
        for number, leaf in enumerate(keras.tree.flatten(context.run.inputs))
    ]


def repeated(leaf: np.ndarray | None, count: int) -> np.ndarray | None:
    """Return an input so many times; None for one that isn't given."""
    return None if leaf is None else np.repeat(leaf, count, axis=0)


def _at_its_call(run: ForwardPass, layer: LayerCall) -> LayerCall:
    """Return the layer with the number of its call, also where a model without a graph calls it."""
    if layer.call >= 0 or is_graph(run.model):
        return layer
    calls, _ = calls_made(run, [layer.operation])
    return replace(layer, call=len(calls) - 1) if len(calls) > 1 else layer


def _score(target: Target, output: np.ndarray) -> float:
    if target.index is not None:
        return float(output.ravel()[target.index])
    score = target.score(keras.ops.convert_to_tensor(output))
    return float(load_backend().to_numpy(score))


def at_once(shape: Sequence[int]) -> int:
    """Return how many variants of a shape go through the model at once."""
    return portion(shape, AT_ONCE)


def _chunks(variants: Iterable[np.ndarray], like: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
    """Yield the variants, a few at a time and filled up, and how many they were before that.

    They are filled up to the number of the first ones, or, where all are few, to a power of 2:
    for each number that is new a model is compiled.
    """
    size, left, rows = at_once(like.shape), iter(variants), 0
    while True:
        chunk = np.empty((rows or size, *like.shape), like.dtype)
        count = 0
        for count, variant in enumerate(islice(left, size), 1):
            chunk[count - 1] = _checked(variant, like)
        if not count:
            return
        rows = rows or min(size, 1 << (count - 1).bit_length())
        chunk[count:] = chunk[count - 1]
        yield chunk[:rows], count


def _checked(variant: np.ndarray, like: np.ndarray) -> np.ndarray:
    array = np.asarray(variant)
    if array.shape != like.shape:
        raise ValueError(
            f"Expected variants of shape {('N', *like.shape)}, one like the other. "
            f"Received: one of shape {array.shape}."
        )
    return array
