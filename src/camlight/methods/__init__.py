"""Methods: from what a model shows to a map. Pure functions that know NumPy alone.

A method asks for what it needs by the names of its parameters, out of `INGREDIENTS`, and returns a
signed map; parameters with a default are its options. `METHODS` holds them by name.
"""

from camlight._lazy import LazyTable

from .ingredients import INGREDIENTS

__all__ = ["INGREDIENTS", "METHODS"]

METHODS = LazyTable(
    __name__,
    {
        "gradcam": "gradcam.gradcam",
        "gradcam++": "channel_weighted.gradcam_plus_plus",
        "hirescam": "hirescam.hirescam",
        "xgradcam": "channel_weighted.xgradcam",
        "layercam": "layercam.layercam",
        "scorecam": "scorecam.scorecam",
        "ablationcam": "ablationcam.ablationcam",
        "eigencam": "eigen.eigencam",
        "eigengradcam": "eigen.eigengradcam",
        "legrad": "legrad.legrad",
        "rollout": "rollout.rollout",
        "rise": "rise.rise",
        "occlusion": "occlusion.occlusion",
        "random": "control.random",
    },
)
"""Every method by its name: a function, loaded when it is asked for."""
