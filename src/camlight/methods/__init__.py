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
        "ablationcam": "ablationcam.ablationcam",
        "gradcam": "gradcam.gradcam",
        "hirescam": "hirescam.hirescam",
        "occlusion": "occlusion.occlusion",
        "rise": "rise.rise",
        "scorecam": "scorecam.scorecam",
    },
)
"""Every method by its name: a function, loaded when it is asked for."""
