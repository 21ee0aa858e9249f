"""What a browser shows, as pictures: kept, and compared with references."""

from io import BytesIO

import numpy as np
from PIL import Image

from tests.browser.conftest import ARTEFACTS, FOLDER


def shot(locator, name):
    """Return what is seen of an element, and keep it as an artefact."""
    ARTEFACTS.mkdir(exist_ok=True)
    data = locator.screenshot(path=ARTEFACTS / f"{name}.png", animations="disabled")
    return Image.open(BytesIO(data)).convert("RGB")


def far_off(left, right):
    """Return the differences of two pictures of one size, in 255ths."""
    assert left.size == right.size
    return np.abs(np.asarray(left, dtype=float) - np.asarray(right.convert("RGB"), dtype=float))


def assert_as_before(picture, name, mean, size):
    """Compare with the reference of a name, both reduced to `size`: so fonts matter little."""
    small = picture.resize(size, Image.Resampling.BOX)
    small.save(ARTEFACTS / f"{name}-small.png")
    reference = Image.open(FOLDER / "references" / f"{name}.png")
    off = far_off(small, reference).mean()
    assert off <= mean, f"{name} differs from its reference by {off:.2f} in the mean"
