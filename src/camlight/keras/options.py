"""The arguments of an explanation, checked as far as they can be without the model."""

from inspect import signature
from numbers import Integral
from typing import Any

import numpy as np

from camlight.methods.method import read_method

from .capture.capture import Options
from .capture.targets import Targets
from .graph.spatial import Grid
from .preprocessing import checked_mode, checked_preprocess


def read_options(
    targets: Any = None,
    layer: Any = None,
    *,
    top_targets: Any = None,
    target_names: Any = None,
    output: Any = None,
    pre_softmax: Any = False,
    counterfactual: Any = False,
    preprocess: Any = None,
    preprocessed: Any = None,
    call: Any = None,
    grid: Any = None,
    compile: Any = None,
    method: Any = "gradcam",
    method_options: Any = None,
    smooth: Any = False,
) -> Options:
    """Return the arguments, checked: each alone, and whether they fit and have an effect."""
    asked = Targets(targets, top_targets, target_names)
    flags = {"pre_softmax": pre_softmax, "counterfactual": counterfactual, "smooth": smooth}
    for name, flag in flags.items():
        if not isinstance(flag, (bool, np.bool_)):
            raise TypeError(f"Expected `{name}` to be True or False. Received: {flag!r}.")
    options = Options(
        asked,
        layer,
        _checked_call(call),
        checked_grid(grid),
        output,
        bool(pre_softmax),
        bool(counterfactual),
        checked_preprocess(preprocess),
        checked_mode(preprocessed),
        _checked_compile(compile),
        read_method(method, method_options),
        bool(smooth),
    )
    _check_together(options)
    return options


def arguments_of(call: dict[str, Any]) -> dict[str, Any]:
    """Return those of a call's arguments, its `locals()`, that `read_options` takes."""
    return {name: value for name, value in call.items() if name in _ARGUMENTS}


_ARGUMENTS = signature(read_options).parameters


def _check_together(options: Options) -> None:
    """Raise ValueError for arguments that contradict each other or would have no effect."""
    method = options.method
    if options.compile and options.targets.has_functions and method.takes_one_run:
        raise ValueError(
            "Expected `compile=True` along with classes as targets. Received: a function, whose "
            "score can't be compiled. Leave `compile` out."
        )
    if options.preprocess is not None and options.preprocessed is not None:
        raise ValueError(
            "Expected `preprocess`, for a picture as it is, or `preprocessed`, for an array "
            "as the model takes it. Received: both. Leave one of them out."
        )
    if options.counterfactual and not (method.uses_target and method.is_signed):
        why = (
            "drops all signs: its map is the same for and against. Leave it out, or choose a "
            "method that keeps them, such as `gradient_x_input` or `gradcam`."
            if method.uses_target
            else "knows no target that anything could speak against. Leave it out, or choose a "
            "method that does, such as `gradcam`."
        )
        raise ValueError(
            f"Expected no `counterfactual` along with method `{method.name}`, which {why}"
        )
    if isinstance(options.layer, (list, tuple)) and not options.layer and method.uses_layer:
        raise ValueError("Expected `layer` to name at least one layer. Received: an empty list.")
    if method.uses_layer:
        return
    layer = None if options.layer == () else options.layer  # as such an explanation has it
    for name, value in (("layer", layer), ("call", options.call), ("grid", options.grid)):
        if value is not None and not (name == "grid" and "token_grid" in method.needs):
            raise ValueError(
                f"Expected no `{name}` along with method `{method.name}`, which looks at no "
                f"single layer. Received: {value!r}. Leave it out."
            )


def _checked_compile(compile: Any) -> bool | None:
    if not (compile is None or isinstance(compile, bool)):
        raise TypeError(
            "Expected `compile` to be True or False, or None to compile when calls repeat. "
            f"Received: {compile!r}."
        )
    return compile


def _checked_call(call: Any) -> int | None:
    if call is None:
        return None
    if isinstance(call, Integral) and not isinstance(call, bool):
        return int(call)
    raise TypeError(
        "Expected `call` to be an integer, which of the layer's calls to explain. "
        f"Received: {call!r} of type {type(call).__name__}."
    )


def checked_grid(grid: Any) -> Grid | None:
    """Return `grid` as a tuple of whole numbers, or None; raise TypeError if it isn't one."""
    if grid is None:
        return None
    try:
        whole = tuple(int(length) for length in grid)
    except (TypeError, ValueError):
        whole = ()
    if whole and whole == tuple(grid) and min(whole) > 0:
        return whole
    raise TypeError(
        "Expected `grid` to be the rows and columns of the tokens, such as `(14, 14)`. "
        f"Received: {grid!r}."
    )
