"""Test-time smoothing: a map averaged over pictures that should be explained alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import keras
import numpy as np

from .capture import capture
from .fast import compiled_for
from .ingredients import Scene, provider
from .ingredients.picture import inputs_of

__all__ = ["smoothed"]

_FACTORS = (0.9, 1.0, 1.1)


def smoothed(scene: Scene) -> Iterator[tuple[Scene, bool]]:
    """Yield the scene of each variant of the picture, and whether it is a mirror image.

    The picture and, but for a signal, its mirror image, both with all values times 0.9, 1 and
    1.1. The targets are those of the picture itself.
    """
    picture = provider(scene)("picture")
    targets = scene.question.targets.again(scene.seen.targets)
    for mirrored in (False, True) if picture.ndim > 2 else (False,):
        for factor in _FACTORS:
            if factor == 1 and not mirrored:
                yield scene, False
                continue
            variant = factor * (picture[..., ::-1, :] if mirrored else picture)
            inputs = inputs_of(scene, variant[np.newaxis])
            run = replace(scene.run, inputs=keras.tree.pack_sequence_as(scene.run.inputs, inputs))
            compiled = compiled_for(run, scene.memory, scene.plan, scene.question.compile)
            seen = capture(run, scene.plan, targets, compiled)
            yield replace(scene, run=run, seen=seen), mirrored
