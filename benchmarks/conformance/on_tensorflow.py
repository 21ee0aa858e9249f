"""What xplique and tf-keras-vis say, in their virtual environment."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import xplique.attributions
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
from tf_keras_vis.layercam import Layercam
from tf_keras_vis.saliency import Saliency
from tf_keras_vis.scorecam import Scorecam
from tf_keras_vis.utils.scores import CategoricalScore

from tests.conformance.case import LAYER, SEED, TARGET, in_keras, load
from tests.conformance.keeping import keep
from tests.conformance.options import OCCLUSION, RISE, SAMPLES, STEPS, spread

Maps = dict[str, np.ndarray]


def xplique_(model: keras.Model, picture: np.ndarray) -> Maps:
    """Return xplique's maps: positive parts of those of the layer, channels of the picture's."""
    attributions = xplique.attributions
    wanted = np.eye(model.output_shape[-1], dtype="float32")[[TARGET]]
    maps = {
        name: _before_enlarging(
            getattr(attributions, kind)(model, conv_layer=LAYER), picture, wanted
        )
        for name, kind in {"gradcam": "GradCAM", "gradcam++": "GradCAMPP"}.items()
    }
    size, stride = OCCLUSION["size"], OCCLUSION["stride"]
    explainers = {
        "gradient": attributions.Saliency(model, reducer=None),
        "gradient_x_input": attributions.GradientInput(model, reducer=None),
        "guided": attributions.GuidedBackprop(model, reducer=None),
        "integrated_gradients": attributions.IntegratedGradients(model, steps=STEPS, reducer=None),
        "smoothgrad": attributions.SmoothGrad(
            model, nb_samples=SAMPLES, noise=spread(picture), batch_size=100, reducer=None
        ),
        "occlusion": attributions.Occlusion(model, patch_size=size, patch_stride=stride),
        "occlusion in tiles": attributions.Occlusion(model, patch_size=size, patch_stride=size),
        "rise": attributions.Rise(
            model,
            nb_samples=RISE["masks"],
            grid_size=RISE["cells"],
            preservation_probability=RISE["p"],
        ),
    }
    for name, explainer in explainers.items():
        found = np.asarray(explainer(picture, wanted))[0]
        maps[name] = found[..., 0] if found.shape[-1] == 1 else found
    return maps


def _before_enlarging(explainer: Any, picture: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    activations, gradients = explainer._gradient(tf.constant(picture), tf.constant(wanted))
    weights = explainer._compute_weights(gradients, activations)
    found: np.ndarray = explainer._apply_weights(weights, activations).numpy()[0]
    return found


def tf_keras_vis(model: keras.Model, picture: np.ndarray) -> Maps:
    """Return tf-keras-vis' maps, before it enlarges and scales them."""
    score = CategoricalScore([TARGET])
    explainers = {
        "gradcam": Gradcam,
        "gradcam++": GradcamPlusPlus,
        "layercam": Layercam,
        "scorecam": Scorecam,
    }
    maps = {}
    for name, kind in explainers.items():
        found = kind(model)(
            score,
            picture,
            penultimate_layer=LAYER,
            seek_penultimate_conv_layer=False,
            expand_cam=False,
            normalize_cam=False,
        )
        maps[name] = np.asarray(found)[0]
    slopes = Saliency(model)(score, picture, keepdims=True, normalize_map=False)
    maps["gradient"] = np.asarray(slopes)[0]
    return maps


def explain() -> dict[str, str]:
    """Have each explain, keep what it says, and return their versions."""
    weights, picture = load()
    peers = {"xplique": xplique_, "tf-keras-vis": tf_keras_vis}
    for peer, maps in peers.items():
        keras.utils.set_random_seed(SEED)
        keep(peer, maps(in_keras(weights), picture))
    return {name: version(name) for name in ("tensorflow", *peers)}
