"""The same question answered by Xplique, in an environment of its own.

Writes `xplique.json`; `make peers` runs it.
"""

import datetime
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import tensorflow as tf
from xplique.metrics import AverageDropMetric, Deletion, Insertion, MuFidelity

from tests.evaluate.peers import question


class Network(tf.keras.Model):
    def call(self, pictures):
        flat = tf.reshape(pictures, (tf.shape(pictures)[0], -1))
        return tf.nn.softmax(tf.tanh(flat @ question.FIRST) @ question.SECOND)


def asked(metric, heatmap, target=question.TARGET, **options):
    targets = np.eye(3, dtype="float32")[[target]]
    made = metric(Network(), question.PICTURE[np.newaxis], targets, **options)
    return made, heatmap[np.newaxis]


def area(metric):
    made, heatmaps = asked(metric, question.SIGNED, steps=16, baseline_mode=0.0)
    curve = made.detailed_evaluate(heatmaps)
    return {"area": float(made.evaluate(heatmaps)), "curve": [float(v) for v in curve.values()]}


def average_drop():
    """Return that of each of the three scores."""
    asks = [asked(AverageDropMetric, question.POSITIVE, target) for target in range(3)]
    return [float(made.evaluate(heatmaps)) for made, heatmaps in asks]


def mu_fidelity():
    """Return the masks that it drew, and the rank correlation that it found with them."""
    tf.random.set_seed(question.SEED)
    options = {"grid_size": None, "subset_percent": 0.3, "nb_samples": question.SAMPLES}
    made, heatmaps = asked(MuFidelity, question.SIGNED, **options)
    drawn, perturb = [], made._perturb_samples

    def watched(inputs, count):
        pictures, masks = perturb(inputs, count)
        drawn.append(masks.numpy())
        return pictures, masks

    made._perturb_samples = watched
    found = float(made.evaluate(heatmaps))
    removed = 1 - np.concatenate(drawn, axis=1)[0, ..., 0]
    rows = [
        "".join("01"[pixel] for pixel in one)
        for one in removed.reshape(len(removed), -1).astype(int)
    ]
    return {"removed": rows, "spearman": found}


def main():
    packages = ("xplique", "tensorflow", "numpy")
    found = {
        "made": datetime.date.today().isoformat(),
        "seed": question.SEED,
        "versions": {name: version(name) for name in packages},
        "deletion": area(Deletion),
        "insertion": area(Insertion),
        "average_drop": average_drop(),
        "mu_fidelity": mu_fidelity(),
    }
    path = Path(__file__).with_name("xplique.json")
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
