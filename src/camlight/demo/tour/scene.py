"""What the tour looks at, and with what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image, ImageOps

import camlight
from camlight import demo

CAT, ESPRESSO, TIGER_CAT = 285, 967, 282


@dataclass(frozen=True)
class Scene:
    """A photo with two things on it, and the networks that are asked about it.

    Parameters
    ----------
    photo : PIL.Image.Image
        A cat on the left, a cup of coffee on the right.
    lite0, lite1 : keras.Model
        The networks; their scores are probabilities.
    logits : keras.Model
        `lite0` without its softmax.
    """

    photo: Image.Image
    lite0: Any
    lite1: Any
    logits: Any

    @classmethod
    def load(cls) -> Scene:
        """Put the photo together and load the networks.

        Returns
        -------
        Scene
            The one that all pages of the tour show.
        """
        cat = ImageOps.fit(demo.photo("chelsea"), (280, 336), centering=(0.6, 0.5))
        cup = ImageOps.fit(demo.photo("coffee"), (280, 336))
        return cls(
            photo=Image.fromarray(np.hstack([np.asarray(cat), np.asarray(cup)])),
            lite0=demo.efficientnet_lite0(),
            lite1=demo.efficientnet_lite1(),
            logits=demo.efficientnet_lite0(classifier_activation=None),
        )

    def doc(self, model: Any) -> np.ndarray:
        """Return the photo as `model` expects it: squeezed to its input and preprocessed."""
        size = model.input_shape[2], model.input_shape[1]
        pixels: np.ndarray = demo.preprocess_input(np.asarray(self.photo.resize(size))[np.newaxis])
        return pixels

    def explain(
        self, target: int, layer: str | None = None, model: Any = None
    ) -> camlight.Explanation:
        """Explain the score of a class; `model` is `lite0` unless another is given."""
        model = model or self.lite0
        return camlight.explain_prediction(
            model, self.doc(model), targets=[target], layer=layer, image=self.photo
        )

    @cached_property
    def cat(self) -> camlight.Explanation:
        """Why the first answer is a cat."""
        return self.explain(CAT)

    @cached_property
    def espresso(self) -> camlight.Explanation:
        """Why the network also considers a cup of coffee."""
        return self.explain(ESPRESSO)
