"""The gradients of the classes whose scores are nearest to the target's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from camlight.keras.capture import View, capture
from camlight.keras.fast import compiled_for
from camlight.keras.targets import Targets

from .scene import Scene

__all__ = ["similar_gradients"]


def similar_gradients(scene: Scene) -> Callable[[int], np.ndarray]:
    """Return the function from a number N to gradients of N similar classes, (N, H, W, K).

    Raises
    ------
    ValueError
        If the target is a function, or the only score there is.
    """
    count = scene.seen.answer.scores.size
    if scene.target.index is None or count < 2:
        received = f"one of {count}" if count < 2 else f"the function `{scene.target.label}`"
        raise ValueError(
            f"Expected a target that is one of several classes, along with method "
            f"`{scene.question.method.name}`, which compares it with others. Received: {received}. "
            "Choose method `gradcam`."
        )
    return partial(_similar, scene)


def _similar(scene: Scene, count: int) -> np.ndarray:
    views = _views(scene, count)
    nearest = [views[index][scene.layer].gradients for index in _nearest(scene, count)]
    return scene.sign * np.stack(nearest)


def _nearest(scene: Scene, count: int) -> list[int]:
    """Return the classes whose scores are nearest to that of the scene's target."""
    scores = scene.seen.answer.scores.astype(np.float64).ravel()
    order = np.argsort(np.abs(scores - scores[scene.target.index]), kind="stable")
    return [int(index) for index in order if index != scene.target.index][:count]


def _views(scene: Scene, count: int) -> dict[int, list[View]]:
    """Return what the layers show for the similar classes of all targets, got in one run."""
    key = ("similar", count)
    if key not in scene.shared:
        classes = [one for one in scene.of_targets() if one.target.index is not None]
        views = {one.target.index: scene.seen.views[one.number] for one in classes}
        wanted = {index for one in classes for index in _nearest(one, count)} - views.keys()
        if wanted:
            run, plan = scene.run, scene.plan
            compiled = compiled_for(run, scene.memory, plan, scene.question.compile)
            seen = capture(run, plan, Targets(sorted(wanted)), compiled)
            views |= dict(zip(sorted(wanted), seen.views, strict=True))
        scene.shared[key] = views
    found: dict[int, list[View]] = scene.shared[key]
    return found
