"""What a method may ask for, got from the model when it asks; and the maps that methods make.

For each name in `camlight.methods.INGREDIENTS` one function, from a `Context` to the value.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from camlight._lazy import LazyTable
from camlight.keras.backends import copied
from camlight.keras.capture.capture import Context, capture

_HOMES = {
    "layer": (
        *("activations", "gradients", "hessian_product", "class_weights", "similar_gradients"),
        *("attentions", "attention_gradients", "token_grid"),
    ),
    "pictures": (
        *("picture_gradients", "gradients_of_pictures", "guided_gradients", "bias_gradients"),
        "views_of_pictures",
    ),
    "rescore": ("picture", "score_activations", "score_pictures"),
}
_QUANTITIES = LazyTable(
    __name__, {name: f"{home}.{name}" for home, names in _HOMES.items() for name in names}
)


def raw_maps(context: Context) -> list[np.ndarray]:
    """Return the signed map of each target, as the method makes it."""
    if not context.options.smooth:
        return [_map_of(target) for target in context.of_targets()]
    found = [
        [_map_of(target)[..., :: -1 if mirrored else 1] for target in variant.of_targets()]
        for variant, mirrored in _smoothed(context)
    ]
    return [np.mean(maps, axis=0) for maps in zip(*found, strict=True)]


def _map_of(context: Context) -> np.ndarray:
    method, axes = context.options.method, context.plan.spec.rank
    maps = []
    for one in context.of_layers() if method.uses_layer else [context]:
        found = method(partial(_quantity, one))
        if found.ndim != axes:
            raise ValueError(
                f"Expected method `{method.name}` to return a map with a value for each place, of "
                f"{axes} {'axis' if axes == 1 else 'axes'}. Received: shape {found.shape}. Add up "
                "the channels, such as by `.sum(axis=-1)`."
            )
        maps.append(found)
    return method.fuse(maps)


def _quantity(context: Context, name: str) -> Any:
    found = _QUANTITIES[name](context)
    # a function of the user's may write to what it is given
    return found if context.options.method.is_known else copied(found)


def _smoothed(context: Context) -> Iterator[tuple[Context, bool]]:
    """Yield the context of each variant of the picture, and whether it is a mirror image.

    The picture and, but for a signal, its mirror image, both with all values times 0.9, 1 and
    1.1. The targets are those of the picture itself.
    """
    from .pictures import of_its_type
    from .rescore import seeing

    picture = _QUANTITIES["picture"](context)
    targets = context.options.targets.again(context.targets)
    for mirrored in (False, True) if picture.ndim > 2 else (False,):
        for factor in (0.9, 1.0, 1.1):
            if factor == 1 and not mirrored:
                yield context, False
                continue
            variant = factor * (picture[..., ::-1, :] if mirrored else picture)
            run = seeing(context, of_its_type(context, variant[np.newaxis]))
            yield capture(run, context.plan, context.cache, context.options, targets), mirrored
