"""How far can a map be trusted? Measures of maps, each beside maps that know nothing.

A measure is a pure function of a map and of a function that scores pictures; a test asks a model
and returns a `Result`.
"""

from .agreement import agreement
from .checks import Measure, UndefinedMeasure, centre_map, random_map
from .faithfulness import faithfulness
from .localization import energy_inside, pointing_game
from .metrics import METRICS, average_drop, confidence_drop, forward_passes, infidelity
from .pairs import photo_pairs
from .permutation import label_permutation
from .perturbation import deletion, impute, insertion, road
from .report import report
from .result import Picture, Result, Row
from .sanity import randomization
from .sensitivity import max_sensitivity, sensitivity_n
from .similarity import hog_similarity, spearman, ssim

__all__ = [
    "METRICS",
    "Measure",
    "Picture",
    "Result",
    "Row",
    "UndefinedMeasure",
    "agreement",
    "average_drop",
    "centre_map",
    "confidence_drop",
    "deletion",
    "energy_inside",
    "faithfulness",
    "forward_passes",
    "hog_similarity",
    "impute",
    "infidelity",
    "insertion",
    "label_permutation",
    "max_sensitivity",
    "photo_pairs",
    "pointing_game",
    "random_map",
    "randomization",
    "report",
    "road",
    "sensitivity_n",
    "spearman",
    "ssim",
]

# by the names that they had before
Agreement = Faithfulness = LabelPermutation = PhotoPairs = Randomisation = Report = Section = Result
Beside = Finding = PhotoPair = RandomisedStep = Row
randomisation = randomization
