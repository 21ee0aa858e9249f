"""On TensorFlow: four peers, the forward pass, and the best that one can write by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .contender import Case, Contender, weighted_sum
from .ours import CAMLIGHT

__all__ = ["CONTENDERS"]


def eager_forward(case: Case) -> Callable[[], Any]:
    """Prepare the model called as it is."""
    return lambda: case.model(tf.constant(case.pictures), training=False).numpy()


def compiled_forward(case: Case) -> Callable[[], Any]:
    """Prepare the model compiled, for pictures of just this shape."""
    function = tf.function(
        lambda pictures: case.model(pictures, training=False),
        input_signature=[tf.TensorSpec(case.pictures.shape, tf.float32)],
        autograph=False,
    )
    return lambda: function(tf.constant(case.pictures)).numpy()


def optimum(case: Case) -> Callable[[], Any]:
    """Prepare one compiled function that gives activations, scores and gradients."""

    @tf.function(input_signature=[tf.TensorSpec(case.pictures.shape, tf.float32)], autograph=False)
    def shown(pictures: tf.Tensor) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            with _watched(case.keras_layer, tape) as kept:
                scores = case.model(pictures, training=False)
            totals = tf.reduce_sum(tf.gather(scores, case.targets, axis=1), axis=0)
            total = tf.squeeze(totals) if len(case.targets) == 1 else None
        if total is not None:
            return kept[0], scores, tape.gradient(total, kept[0])[None]
        return kept[0], scores, tape.jacobian(totals, kept[0])

    def run() -> Any:
        activations, scores, gradients = shown(tf.constant(case.pictures))
        return scores.numpy(), weighted_sum(activations.numpy(), gradients.numpy())

    return run


@contextmanager
def _watched(layer: keras.layers.Layer, tape: tf.GradientTape) -> Iterator[list[tf.Tensor]]:
    """Have the tape begin at the layer's output; yield what holds that in the end."""
    call, kept = layer.call, []

    def watched(*args: Any, **kwargs: Any) -> tf.Tensor:
        kept.append(tf.identity(call(*args, **kwargs)))
        tape.watch(kept[-1])
        return kept[-1]

    layer.call = watched
    try:
        yield kept
    finally:
        layer.call = call


def eli5(case: Case) -> Callable[[], Any]:
    """Prepare ELI5, which takes one picture and one target at a time."""
    import eli5

    layer = case.keras_layer

    def run() -> Any:
        return [
            [
                eli5.explain_prediction(case.model, picture[None], targets=[c], layer=layer)
                for c in case.targets
            ]
            for picture in case.pictures
        ]

    return run


def tf_keras_vis(case: Case) -> Callable[[], Any]:
    """Prepare tf-keras-vis, without enlarging the maps."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    explainer, layer = Gradcam(case.model), case.keras_layer
    scores = [CategoricalScore([c] * len(case.pictures)) for c in case.targets]

    def run() -> Any:
        return [
            explainer(
                score,
                case.pictures,
                penultimate_layer=layer,
                seek_penultimate_conv_layer=False,
                expand_cam=False,
            )
            for score in scores
        ]

    return run


def tf_explain(case: Case) -> Callable[[], Any]:
    """Prepare tf-explain, without its guided gradients; it gives coloured pictures."""
    from tf_explain.core.grad_cam import GradCAM

    explainer, data = GradCAM(), (case.pictures, None)
    return lambda: [
        explainer.explain(data, case.model, c, layer_name=case.layer, use_guided_grads=False)
        for c in case.targets
    ]


def _behind_colours(_: Any, case: Case) -> np.ndarray:
    """Return the maps that tf-explain colours."""
    from tf_explain.core.grad_cam import GradCAM

    maps = []
    for c in case.targets:
        found = GradCAM.get_gradients_and_filters(case.model, case.pictures, case.layer, c, False)
        maps.append(np.maximum(GradCAM.generate_ponderated_output(*found), 0))
    return np.swapaxes(maps, 0, 1)


def xplique(case: Case) -> Callable[[], Any]:
    """Prepare Xplique, which compiles what it does."""
    from xplique.attributions import GradCAM

    explainer = GradCAM(case.model, conv_layer=case.layer)
    classes = case.model.output_shape[-1]
    ones = [np.eye(classes, dtype="float32")[[c] * len(case.pictures)] for c in case.targets]
    return lambda: [explainer(case.pictures, one) for one in ones]


def _bicubic(heatmap: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    enlarged: np.ndarray = tf.image.resize(heatmap[..., None], size, "bicubic").numpy()[..., 0]
    return enlarged


CONTENDERS = [
    Contender("eager forward", eager_forward),
    Contender("compiled forward", compiled_forward),
    Contender("optimum by hand", optimum, lambda given, case: given[1]),
    CAMLIGHT,
    Contender(
        "eli5",
        eli5,
        lambda given, case: np.array([[e.targets[0].heatmap for e in row] for row in given]),
        package="eli5",
    ),
    Contender(
        "tf-keras-vis",
        tf_keras_vis,
        lambda given, case: np.swapaxes(np.array(given), 0, 1),
        package="tf_keras_vis.gradcam",
    ),
    Contender("tf-explain", tf_explain, _behind_colours, package="tf_explain.core.grad_cam"),
    Contender(
        "xplique",
        xplique,
        lambda given, case: np.swapaxes(np.array(given)[..., 0], 0, 1),
        _bicubic,
        package="xplique.attributions",
    ),
]
