"""What a model scores variants of a picture, or of what a layer makes of it."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import replace
from functools import partial
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

AT_ONCE = 64  # no more variants than these go through the model together
Way = Callable[[np.ndarray], ForwardPass]  # to run the model on variants together
_log = logging.getLogger("camlight")


def picture(context: Context) -> np.ndarray:
    """Return the picture as the model takes it, shape (H, W, C)."""
    return Scoring(context).picture


def score_pictures(context: Context) -> Callable[..., np.ndarray]:
    """Return the function from pictures (N, H, W, C), or a generator of them, to scores (N,)."""
    scoring = Scoring(context, [context.target])
    return lambda pictures, count=None: scoring.score(pictures, count)[:, 0]


def score_activations(context: Context) -> Callable[..., np.ndarray]:
    """Return the function from variants (N, H, W, K) of the activations to scores (N,)."""
    scoring, view = Scoring(context, [context.target]), context.view
    return lambda variants, count=None: scoring.score_activations(view, variants, count)[:, 0]


class Scoring:
    """A picture, its targets, what an explanation says of them, and how to score variants.

    The targets are by default all of the context's. Their scores, the picture's own, are never
    negated. Weights are read anew each time; after any other change of the model make a new one.
    """

    def __init__(self, context: Context, targets: Sequence[Target] | None = None) -> None:
        self.targets = list(context.targets if targets is None else targets)
        self.scores = list(context.scores)
        self._context = context
        self._run = context.run

    @property
    def picture(self) -> np.ndarray:
        """What the model is given, a copy: (H, W, C), or (L, C), or (D, H, W, C)."""
        given = keras.tree.flatten(self._run.inputs)[self._run.picture]
        copy = np.array(given, np.result_type(given, np.float32))
        found: np.ndarray = self._context.plan.spec.pictures(copy)[0]
        return found

    def doc_of(self, picture: np.ndarray) -> Any:
        """Return what the model takes to see a variant of `picture`, its other inputs unchanged."""
        return seeing(self._context, picture[np.newaxis]).inputs

    def score(self, pictures: Iterable[np.ndarray], count: int | None = None) -> np.ndarray:
        """Return the scores (N, T) of N variants of `picture` by T targets.

        With ``pre_softmax=True`` before the softmax; with ``counterfactual=True`` negated. Of a
        generator, at most `AT_ONCE` pictures or `ingredients.NUMBERS` numbers are held in memory;
        `count` says how many it gives, for the progress that is shown.
        """
        ways: list[Way] = [partial(seeing, self._context)]
        return self._scores(pictures, self.picture, ways, count)

    def score_activations(
        self, view: LayerView, variants: Iterable[np.ndarray], count: int | None = None
    ) -> np.ndarray:
        """Return the scores (N, T) of the picture with other activations of a layer, (H, W, K).

        Of tokens those of the patches vary, a class token keeps its values. Where a graph shows
        that nothing else is needed, only what lies behind the layer runs; elsewhere also what lies
        before it, on the one picture for each portion, or, as for one branch of several that can't
        be joined so, on as many copies as there are variants.
        """
        layer = _at_its_call(self._run, view.layer)
        substitute = Substitute(layer, self._context.plan.spec.data_format)
        rest = rest_of(self._run.model, layer.operation, view.activations.ndim + 1)
        behind = replace(substitute, rest=rest)

        def once(chunk: np.ndarray) -> ForwardPass:
            return replace(self._run, inputs=(chunk, self._run.inputs), substitute=behind)

        def all_of_it(chunk: np.ndarray) -> ForwardPass:
            inputs = keras.tree.map_structure(lambda x: _repeated(x, len(chunk)), self._run.inputs)
            return replace(self._run, inputs=(chunk, inputs), substitute=substitute)

        return self._scores(variants, view.activations, [once, all_of_it], count)

    def _scores(
        self, variants: Iterable[np.ndarray], like: np.ndarray, ways: list[Way], count: int | None
    ) -> np.ndarray:
        title, first = self._context.options.method.title, ways[0]
        total = len(variants) if isinstance(variants, Sized) else count
        found = [np.zeros((0, len(self.targets)))]
        with progress(title, total) as done:
            for chunk, number in _chunks(variants, like):
                outputs = self._outputs(chunk, ways, first)[:number]
                found.append(np.array([[_score(t, out) for t in self.targets] for out in outputs]))
                done(number)
        return self._context.sign * np.concatenate(found)

    def _outputs(self, chunk: np.ndarray, ways: list[Way], alone: Way) -> list[np.ndarray]:
        """Return the model's output for each variant, a batch of one.

        Ways that fail, or don't give a row for each, are dropped; at last each runs `alone`.
        """
        while ways:
            try:
                found = self._output(ways[0](chunk))
                if found.ndim and len(found) == len(chunk):
                    return list(found[:, np.newaxis])
            except ExplanationError as error:
                _log.debug("Variants go another way through the model: %s", error)
            ways.pop(0)
        return [self._output(alone(variant[np.newaxis])) for variant in chunk]

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


def seeing(context: Context, pictures: np.ndarray) -> ForwardPass:
    """Return the context's run on N pictures in place of its one; other inputs are repeated."""
    inputs, position = keras.tree.flatten(context.run.inputs), context.run.picture
    given = context.plan.spec.inputs(pictures, inputs[position].ndim)
    inputs = [_repeated(leaf, len(given)) for leaf in inputs]
    inputs[position] = given
    return replace(context.run, inputs=keras.tree.pack_sequence_as(context.run.inputs, inputs))


def _repeated(leaf: np.ndarray | None, count: int) -> np.ndarray | None:
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
            if np.shape(variant) != like.shape:
                raise ValueError(
                    f"Expected variants of shape {('N', *like.shape)}, one like the other. "
                    f"Received: one of shape {np.shape(variant)}."
                )
            chunk[count - 1] = variant
        if not count:
            return
        rows = rows or min(size, 1 << (count - 1).bit_length())
        chunk[count:] = chunk[count - 1]
        yield chunk[:rows], count
