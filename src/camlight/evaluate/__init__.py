"""How far can a map be trusted? Measures of maps, each beside maps that know nothing.

A measure is a pure function of a map and of a function that scores pictures. Each name loads on
first use; no file is called as what it defines.
"""

from typing import TYPE_CHECKING

from camlight._lazy import lazy

if TYPE_CHECKING:
    from .agreeing import Agreement, agreement
    from .beside import Beside, Faithfulness
    from .checks import UndefinedMeasure
    from .confidence import average_drop, confidence_drop
    from .controls import centre_map, random_map
    from .curves import deletion, insertion
    from .faithful import faithfulness
    from .imputation import impute
    from .localisation import energy_inside, pointing_game
    from .measure import Measure
    from .paired import PhotoPair, PhotoPairs
    from .pairs import photo_pairs
    from .passes import METRICS, forward_passes
    from .permuted import LabelPermutation, label_permutation
    from .perturbation import infidelity
    from .randomised import Randomisation, RandomisedStep
    from .removal import road
    from .report_parts import Finding, Picture, Report, Section
    from .reports import report
    from .sanity import randomisation
    from .similarity import hog_similarity, spearman, ssim
    from .stability import max_sensitivity
    from .subsets import sensitivity_n

_HOMES = {
    "Agreement": "agreeing",
    "Beside": "beside",
    "Faithfulness": "beside",
    "Finding": "report_parts",
    "LabelPermutation": "permuted",
    "METRICS": "passes",
    "Measure": "measure",
    "PhotoPair": "paired",
    "PhotoPairs": "paired",
    "Picture": "report_parts",
    "Randomisation": "randomised",
    "RandomisedStep": "randomised",
    "Report": "report_parts",
    "Section": "report_parts",
    "UndefinedMeasure": "checks",
    "agreement": "agreeing",
    "average_drop": "confidence",
    "centre_map": "controls",
    "confidence_drop": "confidence",
    "deletion": "curves",
    "energy_inside": "localisation",
    "faithfulness": "faithful",
    "forward_passes": "passes",
    "hog_similarity": "similarity",
    "impute": "imputation",
    "infidelity": "perturbation",
    "insertion": "curves",
    "label_permutation": "permuted",
    "max_sensitivity": "stability",
    "photo_pairs": "pairs",
    "pointing_game": "localisation",
    "random_map": "controls",
    "randomisation": "sanity",
    "report": "reports",
    "road": "removal",
    "sensitivity_n": "subsets",
    "spearman": "similarity",
    "ssim": "similarity",
}

__all__ = [
    "METRICS",
    "Agreement",
    "Beside",
    "Faithfulness",
    "Finding",
    "LabelPermutation",
    "Measure",
    "PhotoPair",
    "PhotoPairs",
    "Picture",
    "Randomisation",
    "RandomisedStep",
    "Report",
    "Section",
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
    "randomisation",
    "report",
    "road",
    "sensitivity_n",
    "spearman",
    "ssim",
]


__getattr__ = lazy(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
