"""What an explanation leaves in memory, and how much a batch run needs at its peak."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from time import sleep
from typing import Any

import keras
import numpy as np
import psutil

from . import models

__all__ = ["peak", "soak"]


def soak(
    model: str, calls: int, contender: str, every: int = 50, settled: int = 200
) -> dict[str, Any]:
    """Explain changing pictures and targets; return how resident memory went.

    Parameters
    ----------
    model : str
    calls : int
    contender : {"camlight", "model"}
        "model" is the compiled model alone on the same pictures: what TensorFlow itself leaves.

    Returns
    -------
    dict
        `megabytes` at each sample; of those after the first `settled` calls the slope in
        kilobytes for each call, with its standard error, and the range.
    """
    network, pictures = models.build(model), models.pictures(model, 16)
    run = _explainer(network) if contender == "camlight" else _forward(network)
    rng, process, samples = np.random.default_rng(0), psutil.Process(), []
    for number in range(calls):
        picture = pictures[[number % 16]] * np.float32(rng.uniform(0.5, 1))
        targets = [int(target) for target in rng.integers(0, 1000, 1 + number % 2)]
        run(picture, targets)
        if number % every == every - 1:
            gc.collect()
            samples.append(process.memory_info().rss / 2**20)
    late = np.array(samples[settled // every :])
    when = np.arange(len(late)) * every
    [slope, _], covariance = np.polyfit(when, late, 1, cov=True)
    return {
        "calls": calls,
        "megabytes": [round(sample, 1) for sample in samples],
        "slope_kilobytes_a_call": round(slope * 1024, 3),
        "standard_error": round(float(np.sqrt(covariance[0, 0])) * 1024, 3),
        "range_megabytes": round(float(late.max() - late.min()), 1),
    }


def _explainer(network: keras.Model) -> Callable[[np.ndarray, list[int]], Any]:
    import camlight

    return lambda picture, targets: camlight.explain_prediction(network, picture, targets=targets)


def _forward(network: keras.Model) -> Callable[[np.ndarray, list[int]], Any]:
    import tensorflow as tf

    function = tf.function(lambda picture: network(picture, training=False))
    return lambda picture, targets: function(tf.constant(picture)).numpy()


def peak(model: str, pictures: int, batch_size: int, contender: str) -> dict[str, float]:
    """Run a model on many pictures; return the peak of resident memory, in megabytes.

    Parameters
    ----------
    model : str
    pictures : int
    batch_size : int
    contender : {"camlight", "predict"}
    """
    network = models.build(model)
    array = np.concatenate([models.pictures(model, 16)] * (pictures // 16))
    gc.collect()
    before = psutil.Process().memory_info().rss
    with _Watch() as watch:
        if contender == "predict":
            network.predict(array, batch_size=batch_size, verbose=0)
        else:
            import camlight

            for _ in camlight.explain_predictions(
                network, array, batch_size=batch_size, targets=[3]
            ):
                pass
    return {
        "before_megabytes": round(before / 2**20, 1),
        "peak_megabytes": round(watch.peak / 2**20, 1),
    }


class _Watch:
    """Notes the highest resident memory while its context lasts."""

    peak = 0

    def __enter__(self) -> _Watch:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        process = psutil.Process()
        while not self._done.is_set():
            self.peak = max(self.peak, process.memory_info().rss)
            sleep(0.002)
