"""``python -m benchmarks.gradient_free``: methods that run a model many times, beside their peers.

As many forward passes for all: one for each of 256 channels (Score-CAM, Ablation-CAM), 170 for
occlusion, 256 masks (RISE). The network is a plain one of five convolutions, with the same random
weights in Keras and in PyTorch, for peers that know only that.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tests.references import patchwork

from .fresh import ProcessError, call
from .report import circumstances
from .run import machine
from .timing import in_turn, summary
from .words import message

__all__ = ["main", "study"]

RESULTS = Path(__file__).parent / "results"
BENCH = Path(__file__).parent.parent / ".bench"
WIDTHS = (32, 64, 128, 256, 320)
LAYER, CHANNELS = "conv_3", WIDTHS[3]
SIZE, CLASSES, TARGET = 224, 1000, 7
SQUARE, STRIDE, MASKS, CELLS = 32, 16, 256, 7
BATCH = 16
"""So many pictures camlight takes at once at this size; the peers are told to take as many."""

Jobs = dict[str, dict[str, Callable[[], Any]]]
"""For each method its contenders by their names."""


def main() -> None:
    """Time all, and write the results as JSON and as a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gradient_free", description=__doc__)
    parser.add_argument("--bench", type=Path, default=BENCH, help="folder of the peers' venvs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=12, help="at most, for each contender")
    asked = parser.parse_args()
    pythons = {name: str(asked.bench / name / "bin" / "python") for name in ("tensorflow", "torch")}
    rows = []
    for backend, python in {**pythons, "jax": sys.executable}.items():
        same = {"rounds": asked.rounds, "seconds": asked.seconds}
        try:
            rows += call("benchmarks.gradient_free:study", python=python, backend=backend, **same)
        except ProcessError as error:
            rows.append({"backend": backend, "error": str(error)})
    results = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "python": platform.python_version(),
        "versions": {
            name: version
            for backend, python in pythons.items()
            for name, version in call(
                "benchmarks.run:versions", python=python, backend=backend
            ).items()
        },
        "rows": rows,
    }
    text = json.dumps(results, indent=1) + "\n"
    (RESULTS / "gradient_free.json").write_text(text, encoding="utf-8")
    (RESULTS / "gradient_free.md").write_text(table(results), encoding="utf-8")


def study(rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Time all contenders of this process's backend, each method's in turn."""
    picture = patchwork((SIZE, SIZE), 0)
    backend = keras.config.backend()
    jobs, failed = begun(picture)
    rows = [{"backend": backend, **entry} for entry in failed]
    for method, contenders in jobs.items():
        times = in_turn(contenders, rounds, seconds)
        rows += [
            {"backend": backend, "method": method, "contender": name, **summary(times[name])}
            for name in contenders
        ]
    return rows


def begun(picture: np.ndarray) -> tuple[Jobs, list[dict[str, str]]]:
    """Return the contenders that ran once, and what the others said."""
    backend = keras.config.backend()
    peers = {"tensorflow": on_tensorflow, "torch": on_torch, "jax": lambda picture: {}}[backend]
    jobs, failed = ours(picture), []
    for method, contenders in peers(picture).items():
        for name, job in contenders.items():
            try:
                job()
            except Exception as error:
                failed.append({"method": method, "contender": name, "error": message(error)})
            else:
                jobs[method][name] = job
    return jobs, failed


def network() -> keras.Model:
    """Return the network, of layers that PyTorch has too."""
    picture = x = keras.Input((SIZE, SIZE, 3))
    for number, width in enumerate(WIDTHS):
        x = keras.layers.Conv2D(width, 3, strides=2, activation="relu", name=f"conv_{number}")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(picture, keras.layers.Dense(CLASSES, activation="softmax", name="head")(x))
    rng = np.random.default_rng(0)
    for weight in model.weights:
        spread = np.sqrt(2 / np.prod(weight.shape[:-1]))
        weight.assign(rng.normal(0, spread, weight.shape))
    return model


def ours(picture: np.ndarray) -> Jobs:
    """Return camlight's part."""
    import camlight

    model = network()

    def ask(method: str, options: dict[str, Any] | None = None, **more: Any) -> Callable[[], Any]:
        same = {"targets": [TARGET], "method": method, "method_options": options, **more}
        return lambda: camlight.explain_prediction(model, picture, **same)

    squares = {"size": SQUARE, "stride": STRIDE, "value": 0}
    return {
        "scorecam": {"camlight": ask("scorecam", layer=LAYER)},
        "ablationcam": {"camlight": ask("ablationcam", layer=LAYER)},
        "occlusion": {"camlight": ask("occlusion", squares)},
        "rise": {"camlight": ask("rise", {"masks": MASKS, "cells": CELLS})},
    }


def on_tensorflow(picture: np.ndarray) -> Jobs:
    """Return what tf-keras-vis and Xplique have."""
    return {
        "scorecam": {"tf-keras-vis": tf_keras_vis(picture)},
        "occlusion": {
            "xplique": xplique(picture, "Occlusion", patch_size=SQUARE, patch_stride=STRIDE)
        },
        "rise": {"xplique": xplique(picture, "Rise", nb_samples=MASKS, grid_size=CELLS)},
    }


def tf_keras_vis(picture: np.ndarray) -> Callable[[], Any]:
    """Prepare tf-keras-vis."""
    from tf_keras_vis.scorecam import Scorecam
    from tf_keras_vis.utils.scores import CategoricalScore

    model = network()
    explainer, score = Scorecam(model), CategoricalScore([TARGET])
    layer = model.get_layer(LAYER)
    return lambda: explainer(score, picture, penultimate_layer=layer, batch_size=BATCH)


def xplique(picture: np.ndarray, method: str, **options: Any) -> Callable[[], Any]:
    """Prepare one of Xplique's methods."""
    from xplique import attributions

    explainer = getattr(attributions, method)(network(), batch_size=BATCH, **options)
    one = np.eye(CLASSES, dtype="float32")[[TARGET]]
    return lambda: explainer(picture, one)


def on_torch(picture: np.ndarray) -> Jobs:
    """Return what grad-cam and captum have, on the Keras network and on one in PyTorch."""
    import torch
    from pytorch_grad_cam import AblationCAM, ScoreCAM
    from pytorch_grad_cam.ablation_layer import AblationLayer
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    tensor = torch.from_numpy(np.ascontiguousarray(picture.transpose(0, 3, 1, 2)))
    targets = [ClassifierOutputTarget(TARGET)]
    plain = {"scorecam": in_torch(), "ablationcam": in_torch()}
    layer = 2 * LAYER_NUMBER + 1  # its ReLU
    score = ScoreCAM(plain["scorecam"], [plain["scorecam"][layer]])
    score.batch_size = BATCH
    ablation = AblationCAM(
        plain["ablationcam"],
        [plain["ablationcam"][layer]],
        ablation_layer=AblationLayer(),
        batch_size=BATCH,
    )
    same = channels_first()
    score_same = ScoreCAM(
        same, [same.layers[-1].get_layer(LAYER)], reshape_transform=lambda x: x.permute(0, 3, 1, 2)
    )
    score_same.batch_size = BATCH
    return {
        "scorecam": {
            "grad-cam": lambda: score_same(tensor, targets),
            "grad-cam, in PyTorch": lambda: score(tensor, targets),
        },
        "ablationcam": {"grad-cam, in PyTorch": lambda: ablation(tensor, targets)},
        "occlusion": {
            "captum": captum(tensor, channels_first()),
            "captum, in PyTorch": captum(tensor, in_torch()),
        },
    }


def captum(tensor: Any, model: Any) -> Callable[[], Any]:
    """Prepare captum's occlusion: as many passes, and one of the picture as it is."""
    from captum.attr import Occlusion

    explainer = Occlusion(model)
    squares = {"sliding_window_shapes": (3, SQUARE, SQUARE), "strides": (3, STRIDE, STRIDE)}
    same = {"baselines": 0, "target": TARGET, "perturbations_per_eval": BATCH}
    return lambda: explainer.attribute(tensor, **squares, **same)


def channels_first() -> keras.Model:
    """Return the network behind a layer that takes pictures as grad-cam gives them."""
    picture = keras.Input((3, SIZE, SIZE))
    return keras.Model(picture, network()(keras.layers.Permute((2, 3, 1))(picture)))


LAYER_NUMBER = int(LAYER.rpartition("_")[2])


def in_torch() -> Any:
    """Return the network written in PyTorch, with the same weights."""
    import torch

    model, layers = network(), []
    for number in range(len(WIDTHS)):
        kernel, bias = model.get_layer(f"conv_{number}").get_weights()
        conv = torch.nn.Conv2d(*kernel.shape[2:], 3, 2)
        conv.weight.data = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
        conv.bias.data = torch.from_numpy(bias)
        layers += [conv, torch.nn.ReLU()]
    kernel, bias = model.get_layer("head").get_weights()
    head = torch.nn.Linear(*kernel.shape)
    head.weight.data, head.bias.data = torch.from_numpy(kernel.T.copy()), torch.from_numpy(bias)
    pooling = [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()]
    return torch.nn.Sequential(*layers, *pooling, head, torch.nn.Softmax(1)).eval()


def table(results: dict[str, Any]) -> str:
    """Return the results as a table in Markdown."""
    lines = [
        "# Methods that run the model many times",
        "",
        circumstances(results),
        "",
        "Medians of whole explanations of one picture, warm, contenders in turn; passes: 256 of "
        "Score-CAM and Ablation-CAM, one a channel (camlight leaves out channels that are the same "
        "everywhere), 170 of occlusion, 256 of RISE. *In PyTorch* is the same network, written "
        "there by hand: Keras on PyTorch turns each map around twice for a convolution. See "
        "`benchmarks/gradient_free.py` for the network.",
        "",
        "| backend | method | contender | median | quartiles | runs |",
        "|---|---|---|---|---|---|",
    ]
    for row in results["rows"]:
        what = [row["backend"], row.get("method", ""), row.get("contender", "")]
        if "error" in row:
            what += ["n/a", row["error"], ""]
        else:
            low, high = row["lower_quartile_ms"], row["upper_quartile_ms"]
            what += [f"{row['median_ms']:.0f} ms", f"{low:.0f} to {high:.0f}", str(row["n"])]
        lines.append(f"| {' | '.join(what)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
