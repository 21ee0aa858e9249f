"""Explanations in a notebook: explain and show in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Never

from PIL import Image

from .explain import explain_prediction, unexpected
from .formatters import fields
from .formatters.html import format_as_html
from .formatters.image import format_as_image

if TYPE_CHECKING:
    import numpy as np
    from IPython.display import HTML

    from .base import Explanation

_OF_IMAGES = signature(format_as_image).parameters
_OF_CARDS = signature(format_as_html).parameters


def show_prediction(
    model: Any,
    doc: Any,
    targets: Sequence[int | str | Callable[[Any], Any]] | np.ndarray | None = None,
    layer: Any = None,
    image: Image.Image | None = None,
    *,
    top_targets: int | None = None,
    target_names: Any = None,
    output: int | str | None = None,
    pre_softmax: bool = False,
    counterfactual: bool = False,
    preprocess: Callable[[np.ndarray], Any] | str | None = None,
    preprocessed: str | None = None,
    call: int | None = None,
    grid: tuple[int, int] | None = None,
    compile: bool | None = None,
    method: str | Callable[..., np.ndarray] = "gradcam",
    method_options: dict[str, Any] | None = None,
    smooth: bool = False,
    resampling_filter: int | None = Image.Resampling.LANCZOS,
    colormap: Callable[[np.ndarray], np.ndarray] | str = "viridis",
    alpha_limit: float | None = 0.65,
    layout: str | None = None,
    signed: bool = False,
    contours: int = 0,
    text_size: float | None = None,
    include_styles: bool = True,
    force_weights: bool = True,
    show: Iterable[str] = fields.ALL,
    preserve_density: bool | None = None,
    highlight_spaces: bool | None = None,
    horizontal_layout: bool = True,
    show_feature_values: bool = False,
    **others: Never,
) -> Image.Image | HTML:
    """Explain the prediction of `model` for `doc` and return something a notebook shows.

    It does where it stands last in a cell; elsewhere use ``IPython.display.display``.

    Parameters
    ----------
    model : object
        The model.
    doc : object
        The input whose prediction is explained.
    targets, layer, image, top_targets, target_names, output, pre_softmax, counterfactual, \
preprocess, preprocessed, call, grid, compile, method, method_options, smooth : optional
        As in `camlight.explain_prediction`.
    resampling_filter, colormap, alpha_limit, layout, signed, contours, text_size : optional
        As in `camlight.format_as_image`.
    include_styles, force_weights, show, preserve_density, highlight_spaces, horizontal_layout, \
show_feature_values : optional
        As in `camlight.format_as_html`.
    **others : optional
        What the explainer of a type that you registered takes besides.

    Returns
    -------
    PIL.Image.Image
        The picture with the map over it, mode RGBA. With ``layout``, ``signed`` or whatever else
        only a picture can show, also of several targets, a signal or a volume.
    IPython.display.HTML
        Of several targets, a card to choose from; and where there is no picture to show, such as
        for a model that isn't supported, what there is to say.

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
    arguments = locals()
    own = signature(show_prediction).parameters
    # what is left as it is isn't passed on: who explains another type needn't know it
    given = {n: arguments[n] for n, p in own.items() if arguments[n] is not p.default}
    asked = given.keys() - {"model", "doc", "others", *_OF_IMAGES, *_OF_CARDS}
    _check_names(others, model, own)
    expl = explain_prediction(model, doc, **{name: given[name] for name in asked}, **others)
    drawn = {name: value for name, value in given.items() if name in _OF_IMAGES}
    # such as contour lines: what a card can't show
    needs_drawing = any(drawn[n] != _OF_IMAGES[n].default for n in drawn.keys() - _OF_CARDS)
    if not (_is_one_picture(expl) or (needs_drawing and expl.targets)):
        written = {name: value for name, value in given.items() if name in _OF_CARDS}
        return _html(format_as_html(expl, **written))
    return format_as_image(expl, **drawn)


def _check_names(others: Mapping[str, Any], model: Any, own: Iterable[str]) -> None:
    """Raise TypeError for an argument that the explainer of the model's type doesn't take."""
    takes = signature(explain_prediction.dispatch(type(model))).parameters
    if not any(one.kind is Parameter.VAR_KEYWORD for one in takes.values()):
        for name in others.keys() - takes.keys():
            raise unexpected("show_prediction", name, own)


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
