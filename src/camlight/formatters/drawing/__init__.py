"""How maps are drawn: over pictures with Pillow, everything with words on it with matplotlib.

What needs the whole of matplotlib loads on first use, so that a plain overlay doesn't wait for it.
"""

from typing import TYPE_CHECKING

from camlight._lazy import lazy

if TYPE_CHECKING:
    from .annotations import annotated
    from .pages import page
    from .raster import as_image
    from .sheets import sheet_of

_HOMES = {
    "annotated": "annotations",
    "as_image": "raster",
    "page": "pages",
    "sheet_of": "sheets",
}

__all__ = ["annotated", "as_image", "page", "sheet_of"]

__getattr__ = lazy(__name__, _HOMES)
