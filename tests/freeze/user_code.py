"""What a user writes, for mypy to read: nothing here is run.

A line that mypy must complain about says so in a comment, with the error's code.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

import camlight
from camlight import Explanation, demo, evaluate
from camlight.formatters.image import expand_heatmap


def right(model: keras.Model, doc: np.ndarray, picture: Image.Image) -> None:
    expl: Explanation = camlight.explain_prediction(model, doc)
    camlight.explain_prediction(model, doc, [1, "cat", lambda output: output[:, 0]], "conv")
    camlight.explain_prediction(model, doc, targets=(1, 2), image=picture, method="layercam")
    camlight.explain_prediction_keras(model, doc, top_targets=3, pre_softmax=True, smooth=True)
    camlight.explain_prediction(model, "cat.png", preprocess=demo.preprocess_input, layer=[1, "a"])
    for one in camlight.explain_predictions(model, [doc, doc], batch_size=2, targets=[1]):
        one.save(Path("cat.npz"))
    camlight.show_prediction(model, doc, targets=[1], alpha_limit=0.3, colormap=expand)
    camlight.show_prediction(model, doc, top_targets=2, layout="grid", signed=True)
    camlight.format_as_image(expl, layout="card").save("cat.png")
    camlight.format_as_text(camlight.load("cat.npz"))
    target = (expl.targets or [])[0]
    if target.heatmap is not None:
        expand_heatmap(target.heatmap, picture, Image.Resampling.BOX)
        evaluate.spearman(target.heatmap, target.heatmap)


def expand(heat: np.ndarray) -> np.ndarray:
    return np.repeat(heat[..., np.newaxis], 4, axis=2)


def other_frameworks(model: object, doc: Any) -> None:
    camlight.explain_prediction(model, doc)
    camlight.explain_prediction.dispatch(type(model))

    @camlight.explain_prediction.register(list)
    def explain_list(model: list[int], doc: Any, depth: int = 1) -> Explanation:
        return Explanation("list", description=f"{doc} at {depth}")


def misspelt(model: keras.Model, doc: np.ndarray, expl: Explanation) -> None:
    camlight.explain_prediction(model, doc, tagets=[1])  # error: call-arg
    camlight.explain_prediction(model, doc, methd="gradcam")  # error: call-arg
    camlight.explain_prediction_keras(model, doc, tagets=[1])  # error: call-arg
    camlight.explain_predictions(model, [doc], tagets=[1])  # error: call-arg
    camlight.explain_predictions(model, [doc], image=None)  # error: call-arg
    camlight.show_prediction(model, doc, tagets=[1])  # error: arg-type
    camlight.show_prediction(model, doc, alpha_limt=0.3)  # error: arg-type
    camlight.format_as_image(expl, colourmap=None)  # error: call-arg


def of_another_type(model: keras.Model, doc: np.ndarray, expl: Explanation) -> None:
    camlight.explain_prediction(model, doc, targets=1)  # error: arg-type
    camlight.explain_prediction(model, doc, pre_softmax="yes")  # error: arg-type
    camlight.explain_predictions(model, [doc], batch_size="2")  # error: arg-type
    camlight.show_prediction(model, doc, top_targets="3")  # error: arg-type
    print(expl.targts)  # error: attr-defined
    print(camlight.explain_predction)  # error: attr-defined
