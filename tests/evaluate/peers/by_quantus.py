"""The same question answered by Quantus and Captum, in an environment of their own.

Writes `quantus.json`; `make peers` runs it.
"""

import datetime
import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import quantus
import torch
from captum.metrics import infidelity
from quantus.functions.perturb_func import noisy_linear_imputation

from tests.evaluate.peers import question

SHAPE = (1, 1, question.SIDE, question.SIDE)
QUIET = {"disable_warnings": True, "abs": False, "normalise": False}


class Network(torch.nn.Module):
    def __init__(self, handicap=0.0):
        super().__init__()
        self.handicap = torch.tensor([handicap, 0, 0])

    def forward(self, pictures):
        hidden = torch.tanh(pictures.reshape(len(pictures), -1) @ torch.from_numpy(question.FIRST))
        return torch.softmax(hidden @ torch.from_numpy(question.SECOND) - self.handicap, dim=1)


def asked(metric, attributions, handicap=0.0, target=question.TARGET, **more):
    return metric(
        model=Network(handicap).eval(),
        x_batch=question.PICTURE.reshape(SHAPE),
        y_batch=np.array([target]),
        a_batch=attributions.reshape(SHAPE),
        softmax=False,
        device="cpu",
        **more,
    )


def pixel_flipping():
    metric = quantus.PixelFlipping(features_in_step=4, perturb_baseline=0.0, **QUIET)
    return np.array(asked(metric, question.SIGNED)).ravel().tolist()


def faithfulness_correlation():
    drawn = iter(question.subsets())
    own, np.random.choice = np.random.choice, lambda *args, **kwargs: next(drawn)
    try:
        metric = quantus.FaithfulnessCorrelation(
            nr_runs=question.SAMPLES, subset_size=question.SUBSET, perturb_baseline=0.0, **QUIET
        )
        return float(np.ravel(asked(metric, question.SIGNED))[0])
    finally:
        np.random.choice = own


def quantus_infidelity():
    drawn = iter(question.noises())

    def perturbed(arr, indices, **kwargs):
        return (question.PICTURE - next(drawn)).reshape(1, -1).astype("float32")

    metric = quantus.Infidelity(
        perturb_patch_sizes=[2], n_perturb_samples=1, perturb_func=perturbed, **QUIET
    )
    return float(np.ravel(asked(metric, question.gradient()))[0])


def captum_infidelity(normalize):
    noises = np.stack(question.noises()).reshape(-1, *SHAPE[1:]).astype("float32")

    def perturbed(pictures):
        return torch.from_numpy(noises), pictures - torch.from_numpy(noises)

    found = infidelity(
        Network().eval(),
        perturbed,
        torch.from_numpy(question.PICTURE.reshape(SHAPE)),
        torch.from_numpy(question.gradient().reshape(SHAPE)),
        target=question.TARGET,
        n_perturb_samples=question.SAMPLES,
        normalize=normalize,
    )
    return float(found[0])


def max_sensitivity():
    drawn = iter(question.changes())

    def perturbed(arr, **kwargs):
        return (question.PICTURE + next(drawn)).reshape(1, -1).astype("float32")

    def explained(model, inputs, targets, **kwargs):
        return np.stack([question.explain(x.reshape(question.PICTURE.shape)) for x in inputs])[
            :, np.newaxis
        ]

    metric = quantus.MaxSensitivity(nr_samples=question.SAMPLES, perturb_func=perturbed, **QUIET)
    own = question.explain(question.PICTURE)
    return float(np.ravel(asked(metric, own, explain_func=explained))[0])


def imputation():
    picture = question.PICTURE[..., 0][np.newaxis].astype("float64")
    indices = np.flatnonzero(question.HOLE)
    return noisy_linear_imputation(picture, indices, noise=0.0)[0].tolist()


def road():
    metric = quantus.ROAD(percentages=question.PERCENTILES, noise=0.0, **QUIET)
    found = asked(metric, question.SIGNED, question.HANDICAP, target=0)
    return [float(found[percentage]) for percentage in question.PERCENTILES]


def main():
    warnings.simplefilter("ignore")
    packages = ("quantus", "captum", "torch", "numpy")
    found = {
        "made": datetime.date.today().isoformat(),
        "seed": question.SEED,
        "versions": {name: version(name) for name in packages},
        "pixel_flipping": pixel_flipping(),
        "faithfulness_correlation": faithfulness_correlation(),
        "quantus_infidelity": quantus_infidelity(),
        "captum_infidelity": captum_infidelity(normalize=False),
        "captum_infidelity_scaled": captum_infidelity(normalize=True),
        "max_sensitivity": max_sensitivity(),
        "imputation": imputation(),
        "road": road(),
    }
    path = Path(__file__).with_name("quantus.json")
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
