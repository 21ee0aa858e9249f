"""Methods: from what a model shows to a map. Pure functions that know NumPy alone.

A method asks for what it needs by its parameters' names, out of `INGREDIENTS`, and returns a signed
map; parameters with a default are options, and raise TypeError for another type, ValueError for
what is out of range. Each in `METHODS` is here too, by its function's name: `gradcam_plus_plus`.
"""

from collections.abc import Callable, Mapping

import numpy as np

from . import (
    attention,
    averaged_gradients,
    channel_scores,
    channel_weighted,
    control,
    elementwise,
    perturbation,
    picture_gradients,
)
from .ingredients import INGREDIENTS
from .maps import enlarged, fuse, fused_by, unsigned

__all__ = ["INGREDIENTS", "METHODS", "enlarged", "fuse", "fused_by", "unsigned"]

METHODS: Mapping[str, Callable[..., np.ndarray]] = {
    "gradcam": channel_weighted.gradcam,
    "gradcam++": channel_weighted.gradcam_plus_plus,
    "hirescam": elementwise.hirescam,
    "xgradcam": channel_weighted.xgradcam,
    "layercam": elementwise.layercam,
    "scorecam": channel_scores.scorecam,
    "ablationcam": channel_scores.ablationcam,
    "eigencam": elementwise.eigencam,
    "eigengradcam": elementwise.eigengradcam,
    "shapleycam": channel_weighted.shapleycam,
    "fullgrad": picture_gradients.fullgrad,
    "finercam": channel_weighted.finercam,
    "smoothgradcam++": averaged_gradients.smoothgradcam_plus_plus,
    "guided_gradcam": picture_gradients.guided_gradcam,
    "cam": channel_weighted.cam,
    "legrad": attention.legrad,
    "rollout": attention.rollout,
    "rise": perturbation.rise,
    "occlusion": perturbation.occlusion,
    "gradient": picture_gradients.gradient,
    "gradient_x_input": picture_gradients.gradient_x_input,
    "smoothgrad": averaged_gradients.smoothgrad,
    "integrated_gradients": averaged_gradients.integrated_gradients,
    "random": control.random,
}
"""Every method by its name."""


def __getattr__(name: str) -> Callable[..., np.ndarray]:
    """Return a method by its function's name."""
    try:
        return METHODS[name.replace("_plus_plus", "++")]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return sorted([*__all__, *(function.__name__ for function in METHODS.values())])
