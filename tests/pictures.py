"""Pictures out of pages."""

import base64
from io import BytesIO

from PIL import Image


def from_url(url):
    head, _, data = url.partition(",")
    assert head.startswith("data:image/")
    assert head.endswith(";base64")
    return Image.open(BytesIO(base64.b64decode(data)))
