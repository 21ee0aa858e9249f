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
        "shapleycam": "channel_weighted.shapleycam",
        "fullgrad": "fullgrad.fullgrad",
        "finercam": "finercam.finercam",
        "smoothgradcam++": "smoothgradcam_pp.smoothgradcam_pp",
        "guided_gradcam": "guided_gradcam.guided_gradcam",
        "cam": "cam.cam",
        "legrad": "legrad.legrad",
        "rollout": "rollout.rollout",
        "rise": "rise.rise",
        "occlusion": "occlusion.occlusion",
        "gradient": "gradient.gradient",
        "gradient_x_input": "gradient.gradient_x_input",
        "smoothgrad": "smoothgrad.smoothgrad",
        "integrated_gradients": "integrated_gradients.integrated_gradients",
        "random": "control.random",
    },
)
"""Every method by its name: a function, loaded when it is asked for."""
