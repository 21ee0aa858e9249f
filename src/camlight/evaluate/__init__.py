"""How far can a map be trusted? Measures of maps, each beside maps that know nothing.

A measure is a pure function of a map and of a function that scores pictures. Each name loads on
first use; no file is called as what it defines.
"""

from typing import TYPE_CHECKING

from camlight._lazy import lazy

if TYPE_CHECKING:
    from .agreeing import Agreement, agreement
    from .controls import centre_map, random_map
    from .localisation import energy_inside, pointing_game
    from .pairs import PhotoPair, PhotoPairs, photo_pairs
    from .permuted import LabelPermutation, label_permutation
    from .randomised import Randomisation, RandomisedStep
    from .sanity import randomisation
    from .similarity import hog_similarity, spearman, ssim

_HOMES = {
    "Agreement": "agreeing",
    "LabelPermutation": "permuted",
    "PhotoPair": "pairs",
    "PhotoPairs": "pairs",
    "Randomisation": "randomised",
    "RandomisedStep": "randomised",
    "agreement": "agreeing",
    "centre_map": "controls",
    "energy_inside": "localisation",
    "hog_similarity": "similarity",
    "label_permutation": "permuted",
    "photo_pairs": "pairs",
    "pointing_game": "localisation",
    "random_map": "controls",
    "randomisation": "sanity",
    "spearman": "similarity",
    "ssim": "similarity",
}

__all__ = [
    "Agreement",
    "LabelPermutation",
    "PhotoPair",
    "PhotoPairs",
    "Randomisation",
    "RandomisedStep",
    "agreement",
    "centre_map",
    "energy_inside",
    "hog_similarity",
    "label_permutation",
    "photo_pairs",
    "pointing_game",
    "random_map",
    "randomisation",
    "spearman",
    "ssim",
]


__getattr__ = lazy(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
