"""Pictures in eight bits a channel, whatever they came as."""

import numpy as np
from PIL import Image


def eight_bit(image: Image.Image) -> Image.Image:
    """Return a picture in mode L, LA, RGB or RGBA; deep grey is brought to 8 bits, not cut off."""
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return image
    if image.mode in ("La", "RGBa"):  # premultiplied; Pillow turns each into one mode only
        return image.convert("LA" if image.mode == "La" else "RGBA")
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype("uint8"))
    if image.mode in ("I", "F"):
        grey = np.asarray(image, dtype="float64")
        grey = np.where(np.isfinite(grey), grey, 0.0)
        low, high = grey.min(), grey.max()
        if low < 0 or high > 255:
            grey = (grey - low) / max(high - low, 1.0) * 255
        return Image.fromarray(grey.astype("uint8"))
    transparent = "transparency" in image.info or image.mode == "PA"
    return image.convert("RGBA" if transparent else "RGB")
