"""Photographs that come inside installed packages, with what they show."""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from PIL import Image

from camlight.demo._extras import require

_FILES = {
    "camera": ("skimage", "data", "camera.png"),
    "chelsea": ("skimage", "data", "chelsea.png"),
    "coffee": ("skimage", "data", "coffee.png"),
    "grace_hopper": ("matplotlib", "mpl-data", "sample_data", "grace_hopper.jpg"),
    "motorcycle": ("skimage", "data", "motorcycle_left.png"),
    "rocket": ("skimage", "data", "rocket.jpg"),
}

PHOTOS: Mapping[str, int] = MappingProxyType(
    {"camera": 872, "chelsea": 285, "coffee": 967, "grace_hopper": 652, "motorcycle": 665}
)
"""Names of photographs, each with its ImageNet class, which both networks rank first.

ImageNet has no class for motorcycles: the nearest one is 665, moped.
"""


def photo(name: str) -> Image.Image:
    """Open one of the photographs, a part of scikit-image or Matplotlib, at its own size.

    Parameters
    ----------
    name : str
        One of the keys of `PHOTOS`, or ``"rocket"``, to explain a mistake with: ImageNet has no
        class for it, and both networks answer with a drilling platform.

    Returns
    -------
    PIL.Image.Image
        A new image in mode RGB. Widths and heights differ between photographs.

    Raises
    ------
    ValueError, ImportError
        If there is no photograph of that name, or its package isn't installed.

    Examples
    --------
    >>> cat = photo("chelsea")
    >>> cat.mode, cat.size
    ('RGB', (451, 300))
    """
    if name not in _FILES:
        raise ValueError(
            f"expected the name of a photograph, received {name!r}. "
            f"Choose one of: {', '.join(map(repr, _FILES))}"
        )
    package, *path = _FILES[name]
    place = files(require(package)).joinpath(*path)
    with place.open("rb") as file, Image.open(file) as image:
        return image.convert("RGB")
