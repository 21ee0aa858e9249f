"""Explanations in a notebook: explain and show in one call."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

from .explain import explain_prediction
from .formatters.html import format_as_html
from .formatters.image import format_as_image

if TYPE_CHECKING:
    from IPython.display import HTML
    from PIL import Image

    from .base import Explanation

__all__ = ["show_prediction"]

_IMAGE_ARGUMENTS = frozenset(signature(format_as_image).parameters) - {"expl"}
_HTML_ARGUMENTS = frozenset(signature(format_as_html).parameters) - {"explanation"}
_ONLY_DRAWN = {
    name: parameter.default
    for name, parameter in signature(format_as_image).parameters.items()
    if name in _IMAGE_ARGUMENTS - _HTML_ARGUMENTS
}
"""What only a picture can show, such as contour lines, and how it is left alone."""


def show_prediction(model: Any, doc: Any, **kwargs: Any) -> Image.Image | HTML:
    """Explain the prediction of `model` for `doc` and return something a notebook shows.

    Parameters
    ----------
    model : object
        The model; must be positional.
    doc : object
        The input whose prediction is explained.
    **kwargs
        Arguments of `camlight.format_as_image` (``colormap``, ``alpha_limit``, ``layout``, ...)
        and `camlight.format_as_html` go to the formatter, all others to
        `camlight.explain_prediction` (``targets``, ``layer``, ``image``, ...).

    Returns
    -------
    PIL.Image.Image
        The picture with the map over it, mode RGBA. With ``layout``, ``signed`` or whatever else
        only a picture can show, also of several targets, a signal or a volume.
    IPython.display.HTML
        Of several targets, a card to choose from; and where there is no picture to show, such as
        for a model that isn't supported, what there is to say.

    Notes
    -----
    A notebook shows what stands last in a cell; elsewhere wrap the call in
    ``IPython.display.display``. The interface is ELI5's ``eli5.show_prediction``.

    Examples
    --------
    >>> import numpy as np
    >>> from camlight import demo
    >>> model = demo.efficientnet_lite0()
    >>> image = demo.photo("chelsea").resize((224, 224))
    >>> doc = demo.preprocess_input(np.asarray(image)[np.newaxis])
    >>> show_prediction(model, doc, image=image, targets=[285], alpha_limit=0.5).size
    (224, 224)
    """
    formatting = _IMAGE_ARGUMENTS | _HTML_ARGUMENTS
    explaining = {name: value for name, value in kwargs.items() if name not in formatting}
    expl = explain_prediction(model, doc, **explaining)
    asked = any(kwargs.get(name, default) != default for name, default in _ONLY_DRAWN.items())
    if not (_is_one_picture(expl) or (asked and expl.targets)):
        return _html(format_as_html(expl, **_only(_HTML_ARGUMENTS, kwargs)))
    return format_as_image(expl, **_only(_IMAGE_ARGUMENTS, kwargs))


def _is_one_picture(expl: Explanation) -> bool:
    targets = expl.targets or []
    flat = all(target.heatmap is None or target.heatmap.ndim == 2 for target in targets)
    return expl.image is not None and len(targets) <= 1 and flat


def _html(page: str) -> HTML:
    try:
        from IPython.display import HTML  # an extra: pictures are shown without it
    except ImportError as error:
        raise ImportError(
            "To show an explanation that isn't one picture, `show_prediction` needs IPython, which "
            'is not installed: run `pip install "camlight[notebook]"`. In a script, print '
            "`camlight.format_as_text(camlight.explain_prediction(model, doc))`."
        ) from error
    return HTML(page)


def _only(names: frozenset[str], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if name in names}
