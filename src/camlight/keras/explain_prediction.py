"""From a model and a picture to an explanation: the whole way of one picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from PIL import Image

from camlight.base import Explanation
from camlight.explain import explain_prediction, spell_checked

from .capture.compiled import cache_of
from .capture.plan import look, plan_for
from .explanation import explanation_of, not_supported
from .inputs import check_image, read_inputs
from .options import arguments_of, read_options
from .quantities import raw_maps
from .run.forward import ForwardPass, build

__all__ = ["explain_prediction_keras"]


@explain_prediction.register(keras.Model)
@spell_checked
def explain_prediction_keras(
    model: keras.Model,
    doc: Any,
    targets: Sequence[int | str | Callable[[Any], Any]] | np.ndarray | None = None,
    layer: int | str | keras.layers.Layer | Sequence[Any] | None = None,
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
) -> Explanation:
    """Explain the prediction of a Keras image model with Grad-CAM.

    Parameters
    ----------
    model : keras.Model
        Any Keras model with spatial maps or patch tokens inside. It is left as it was, but for
        being built if it isn't yet.
    doc : ndarray, shape (1, H, W, C) or (H, W, C)
        The picture as the model expects it: resized, preprocessed, and with the channels first
        for a model in that format. A model with several inputs takes a list of arrays, or a dict
        by the inputs' names. With `preprocess`, the picture as it is: a path, a Pillow image or
        an array with values from 0 to 255, of any size.
    targets : sequence of int, str or callable, optional
        What to explain, in this order and all in one forward pass: a class by its index or, with
        `target_names`, its name; or a function from the model's output, a tensor of the backend,
        to one score for each sample, shape ``(1,)``. By default the class with the highest score.
    layer : int, str, keras.layers.Layer, or list of these, optional
        The layer whose map is taken: its index in ``model.layers``, its name, its path inside
        nested models (``"backbone/out_relu"``), or the layer itself; of several the maps are fused
        by `camlight.methods.fuse`. By default the last spatial map, larger than 1 x 1, that every
        path to the output crosses; of a vision transformer the last such tokens whose patches have
        a say in the output; of a model that gives a map, as a segmentation, one before that.
    image : PIL.Image.Image, optional
        The picture to draw on, of any size; by default the one given along with `preprocess`,
        else the one that Keras's ``array_to_img`` makes of `doc`.
    top_targets : int, optional
        Instead of `targets`: explain this many of the highest scores, the highest first.
    target_names : list, dict or callable, optional
        Names of the classes: in order, by index, or a function from index to name.
    output : int or str, optional
        Which output to explain, of a model with several. By default the first that holds one
        row of scores; a warning says which.
    pre_softmax : bool
        Explain the score before the model's last softmax or sigmoid. Then ``score`` is that
        logit and ``proba`` the probability. Default False.
    counterfactual : bool
        Show what speaks against the target: the map of the negated gradients. Not for methods that
        drop all signs, such as ``"gradient"``. Default False.
    preprocess : callable or {"caffe", "tf", "torch"}, optional
        Makes `doc` of the picture, resized to the model's input: a function of an array of shape
        (1, H, W, C) with values from 0 to 255, as ``preprocess_input`` of `keras.applications`,
        or the name of one of Keras's modes.
    preprocessed : {"caffe", "tf", "torch"}, optional
        How `doc` was preprocessed, to draw it in its true colours.
    call : int, optional
        Which call of `layer` is meant, where the model makes several, counted from 0 in the
        order of the code. By default the last.
    grid : tuple of int, optional
        Rows and columns of a vision transformer's patches, where they can't be found out.
    compile : bool, optional
        Whether to compile the model with its gradients, which makes all calls but the first
        several times as fast. By default as soon as it pays: on TensorFlow when calls repeat,
        on JAX at once; PyTorch has nothing to compile. What changes in the model or in what its
        layers hold is seen at the next call. After a change elsewhere that their code reads, such
        as of a global variable or a file, call `camlight.forget`, or pass False: then nothing is
        kept. A call with a function among `targets` is never compiled.
    method : str or callable
        How the map is made: a name in `camlight.METHODS`, or a function of your own, such as
        ``lambda activations, gradients: ...``: its parameters are names out of
        `camlight.methods.INGREDIENTS`, given as copies that it may write to, and it returns the
        signed map. Default ``"gradcam"``.
    method_options : dict, optional
        Options of the method by their names: the parameters of its function that have defaults.
    smooth : bool
        Average the map, before it is scaled, over the picture and, but for a signal, its mirror
        image, turned back, both as they are and with all values times 0.9 and 1.1: less noise at
        six times the cost. Of several inputs only the picture is changed. Default False.

    Returns
    -------
    Explanation
        Each of ``targets`` holds the `target`, its `name` if it has one, its `score` (the
        model's own output, after its softmax if it ends in one) and its `heatmap`, an array of
        shape (h, w) in [0, 1] at the layer's resolution; (l,) for a signal, (d, h, w) for a
        volume. ``layer`` says which layer was taken. For a model without any spatial map,
        ``error`` says that it isn't supported and how to go on.

    Raises
    ------
    TypeError
        If an argument is of another type than described.
    ValueError
        If `doc` doesn't fit the model or isn't finite, a target lies outside the output, the
        layer isn't in the model or has no spatial map, or `pre_softmax` is asked of a model
        that ends in neither softmax nor sigmoid.
    ExplanationError
        If the model, `preprocess` or a target's function fails; the message says where.

    Warns
    -----
    ExplanationWarning
        If a map is empty or can't be trusted; the message names the cause and the cure.

    Notes
    -----
    The interface is ELI5's ``eli5.keras.explain_prediction_keras``, all after `image` is new.
    Grad-CAM: Selvaraju et al., https://arxiv.org/abs/1610.02391. ELI5 divides by the maximum plus
    1e-7: of maps whose maximum is not much larger than that, its peak is below 1.

    Examples
    --------
    >>> from camlight import demo
    >>> model, photo = demo.efficientnet_lite0(), demo.photo("chelsea")
    >>> expl = explain_prediction_keras(
    ...     model, photo, preprocess=demo.preprocess_input, target_names=demo.class_name
    ... )
    >>> expl.targets[0].target, expl.targets[0].name
    (285, 'Egyptian cat')
    >>> expl.layer, expl.targets[0].heatmap.shape, expl.image.size
    ('top_activation', (7, 7), (451, 300))
    """
    options = read_options(**arguments_of(locals()))
    check_image(image)
    inputs = read_inputs(model, doc, options.preprocess, options.preprocessed)
    run = ForwardPass(model, inputs.values, inputs.picture, options.output)
    build(run)
    cache = cache_of(model, options.compile, at_once=options.compiles_at_once)
    plan = plan_for(run, cache, options)
    if options.method.uses_layer and not plan.layers:
        return not_supported(model)
    context = look(run, plan, cache, options)
    return explanation_of(context, raw_maps(context), *inputs.canvas(image, context.plan))
