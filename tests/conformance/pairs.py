"""Which of camlight's maps is held to which of a peer's, and how closely."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import departures
from .by_hand import Formula, gradcam_plus_plus, spread_out
from .case import FAINT, LAST, LAYER
from .options import FEWER, NOISE, OCCLUSION, RISE, SAMPLES, STEPS

__all__ = ["BY_HAND", "PAIRS", "Pair"]

BY_HAND = "by hand"
ROUNDING = 2e-5
"""Single precision, on any backend."""


def positive(signed: np.ndarray) -> np.ndarray:
    """Return the positive part, which is all that some peers give."""
    return np.maximum(signed, 0)


def scaled(array: np.ndarray) -> np.ndarray:
    """Return an array with 1 as its largest absolute value."""
    found: np.ndarray = array / np.abs(array).max()
    return found


@dataclass(frozen=True)
class Pair:
    """One of ours and one of a peer's.

    Attributes
    ----------
    method : str
        A name in `camlight.METHODS`.
    peer : str
        The distribution; or `BY_HAND`, for the paper's formula on what PyTorch's autograd found.
    tolerance : float
        Of the largest difference of two cells, as a share of the largest value.
    options : mapping
        Of our method.
    called : str
        What the peer's map is kept as, if not as `method`.
    ours, theirs : callable
        What is done to a map before the two are compared.
    layer : str
    softmax : bool
        Whether the network gives probabilities.
    scale : float
        What its logits are multiplied by.
    departure : str
        Where the peer leaves the paper: then ours must differ from it, and must not from the
        paper's formula by hand.
    as_the_peer : callable
        The formula with that departure: it must give the peer's map.
    paper : callable, optional
        The formula without it, if not the method's own out of `FORMULAS`.
    remark : str
    """

    method: str
    peer: str
    tolerance: float = ROUNDING
    options: Mapping[str, Any] = field(default_factory=dict)
    called: str = ""
    ours: Callable[[np.ndarray], np.ndarray] = np.asarray
    theirs: Callable[[np.ndarray], np.ndarray] = np.asarray
    layer: str = LAYER
    softmax: bool = False
    scale: float = 1
    departure: str = ""
    as_the_peer: Formula | None = None
    paper: Formula | None = None
    remark: str = ""

    @property
    def name(self) -> str:
        """What the tests call it."""
        return f"{self.method} {self.peer}" + (f" {self.called}" if self.called else "")


def over_channels(signed: np.ndarray) -> np.ndarray:
    """Return the sum over the picture's channels."""
    total: np.ndarray = signed.sum(axis=-1)
    return total


def strongest(gradients: np.ndarray) -> np.ndarray:
    """Return the largest absolute value over the picture's channels."""
    values: np.ndarray = np.abs(gradients).max(axis=-1)
    return values


def centred(array: np.ndarray) -> np.ndarray:
    """Return an array less its mean."""
    found: np.ndarray = array - array.mean()
    return found


def _positive(method: str, *peers: str) -> list[Pair]:
    return [Pair(method, peer, ours=positive, remark="positive part") for peer in peers]


def _departs(method: str, peer: str, departure: str, formula: Formula, **more: Any) -> Pair:
    """Return a pair whose maps are scaled first: a factor alone would change no picture."""
    scale = {"ours": scaled, "theirs": scaled}
    return Pair(method, peer, departure=departure, as_the_peer=formula, **{**scale, **more})


_DRAWS: dict[str, Any] = {"tolerance": 0.15, "theirs": strongest, "remark": "two sets of draws"}
_NOISE = {"samples": int(FEWER * SAMPLES), "noise": NOISE}
_CHANNELS: dict[str, Any] = {"theirs": over_channels, "remark": "summed over the channels"}
_STRONGEST: dict[str, Any] = {
    "theirs": strongest,
    "remark": "largest absolute value over the channels",
}
_ONE_DENSE: dict[str, Any] = {"layer": LAST, "remark": "of the last layer"}

PAIRS = (
    Pair("gradcam", BY_HAND),
    Pair("gradcam", "grad-cam"),
    Pair("gradcam", "captum"),
    *_positive("gradcam", "torchcam", "xplique", "tf-keras-vis"),
    Pair("gradcam++", BY_HAND),
    _departs(
        "gradcam++",
        "grad-cam",
        "adds 1e-6 to a denominator of the size of squared gradients",
        departures.eps_in_gradcam_plus_plus,
    ),
    _departs(
        "gradcam++",
        "grad-cam",
        "the same, with all logits a hundredth of what they were",
        departures.eps_in_gradcam_plus_plus,
        called="gradcam++ of faint scores",
        scale=FAINT,
    ),
    _departs(
        "gradcam++",
        "torchcam",
        "never divides by the denominator",
        departures.not_divided,
    ),
    _departs(
        "gradcam++",
        "xplique",
        "takes means where the paper has sums",
        departures.means_in_gradcam_plus_plus,
    ),
    _departs(
        "gradcam++",
        "tf-keras-vis",
        "divides each channel's coefficients by their sum",
        departures.shares_in_gradcam_plus_plus,
    ),
    Pair("hirescam", BY_HAND),
    Pair("hirescam", "grad-cam"),
    Pair("xgradcam", BY_HAND),
    Pair("xgradcam", "grad-cam"),
    *_positive("xgradcam", "torchcam"),
    Pair("layercam", BY_HAND),
    Pair("layercam", "grad-cam"),
    *_positive("layercam", "torchcam", "tf-keras-vis"),
    Pair("cam", BY_HAND, **_ONE_DENSE),
    Pair("cam", "torchcam", **_ONE_DENSE),
    Pair("ablationcam", BY_HAND),
    Pair("ablationcam", "grad-cam"),
    Pair("scorecam", BY_HAND),
    _departs(
        "scorecam",
        "grad-cam",
        "lays the centres of a mask's outermost cells on the picture's edge",
        departures.corners_in_scorecam,
    ),
    _departs(
        "scorecam",
        "torchcam",
        "scales the masks before it enlarges them",
        departures.scaled_first_in_scorecam,
    ),
    _departs(
        "scorecam",
        "tf-keras-vis",
        "takes the softmax over the classes, not over the channels",
        departures.probabilities_in_scorecam,
    ),
    Pair("eigencam", BY_HAND),
    _departs("eigencam", "grad-cam", "takes each channel's mean off first", departures.centred),
    Pair("eigengradcam", BY_HAND),
    _departs(
        "eigengradcam",
        "grad-cam",
        "takes each channel's mean off first; there is no paper, it comes from there",
        departures.centred_behind_gradients,
    ),
    Pair("shapleycam", BY_HAND, softmax=True, remark="of the probability"),
    Pair("shapleycam", "grad-cam", softmax=True, remark="of the probability"),
    Pair("finercam", BY_HAND, options={"gamma": 1.0}),
    _departs(
        "finercam",
        "grad-cam",
        "weighs similar classes by their probabilities, as the authors' code does, and "
        "differentiates these as well",
        departures.probable_classes,
        options={"gamma": 1.0},
    ),
    Pair("smoothgradcam++", BY_HAND, tolerance=0.01, options=_NOISE, remark="two sets of draws"),
    _departs(
        "smoothgradcam++",
        "torchcam",
        "adds up activations times cubes, where the formula has the sum of the activations times "
        "each cube (compared without noise)",
        departures.sum_of_products,
        options={"samples": 1, "noise": 0.0},
        tolerance=5e-4,
        called="smoothgradcam++ without noise",
        paper=gradcam_plus_plus,
    ),
    Pair("fullgrad", BY_HAND),
    _departs(
        "fullgrad",
        "grad-cam",
        "brings each channel to [0, 1], as equation 5 can be read; camlight each layer, as the "
        "authors' code does",
        departures.each_channel_for_itself,
        theirs=spread_out,
        tolerance=5e-4,
    ),
    Pair("guided_gradcam", BY_HAND, remark="with grad-cam's guided backpropagation"),
    Pair("guided_gradcam", "captum", **_STRONGEST),
    Pair("gradient", "captum", **_STRONGEST),
    Pair("gradient", "xplique", **_STRONGEST),
    Pair("gradient", "tf-keras-vis", **_STRONGEST),
    Pair("gradient_x_input", "captum", **_CHANNELS),
    Pair("gradient_x_input", "xplique", **_CHANNELS),
    Pair("integrated_gradients", "captum", options={"steps": STEPS}, **_CHANNELS),
    Pair(
        "integrated_gradients",
        "xplique",
        tolerance=0.05,
        options={"steps": STEPS},
        theirs=over_channels,
        remark="the trapezoidal rule beside Gauss and Legendre's",
    ),
    *(Pair("smoothgrad", peer, options=_NOISE, **_DRAWS) for peer in ("captum", "xplique")),
    Pair("occlusion", "captum", options={**OCCLUSION, "value": 0}, theirs=lambda a: a[..., 0]),
    Pair(
        "occlusion",
        "xplique",
        options={**OCCLUSION, "stride": OCCLUSION["size"], "value": 0},
        called="occlusion in tiles",
        remark="squares side by side: it adds up where they overlap",
    ),
    Pair(
        "rise",
        "xplique",
        tolerance=0.15,
        options={**RISE, "masks": int(FEWER * RISE["masks"])},
        ours=centred,
        theirs=centred,
        remark="two sets of draws; less the mean",
    ),
)
