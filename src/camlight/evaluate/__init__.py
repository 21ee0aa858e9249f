"""How far can a map be trusted? Measures of maps, each beside maps that know nothing.

A measure is a pure function of a map and of a function that scores pictures. Each name loads on
first use; no file is called as what it defines.
"""

from typing import TYPE_CHECKING

from camlight._lazy import lazy

if TYPE_CHECKING:
    from .beside import Beside, Faithfulness
    from .checks import UndefinedMeasure
    from .confidence import average_drop, confidence_drop
    from .controls import centre_map, random_map
    from .curves import deletion, insertion
    from .faithful import faithfulness
    from .imputation import impute
    from .measure import Measure
    from .passes import METRICS, forward_passes
    from .perturbation import infidelity
    from .removal import road
    from .stability import max_sensitivity
    from .subsets import sensitivity_n

_HOMES = {
    "Beside": "beside",
    "Faithfulness": "beside",
    "METRICS": "passes",
    "Measure": "measure",
    "UndefinedMeasure": "checks",
    "average_drop": "confidence",
    "centre_map": "controls",
    "confidence_drop": "confidence",
    "deletion": "curves",
    "faithfulness": "faithful",
    "forward_passes": "passes",
    "impute": "imputation",
    "infidelity": "perturbation",
    "insertion": "curves",
    "max_sensitivity": "stability",
    "random_map": "controls",
    "road": "removal",
    "sensitivity_n": "subsets",
}

__all__ = [
    "METRICS",
    "Beside",
    "Faithfulness",
    "Measure",
    "UndefinedMeasure",
    "average_drop",
    "centre_map",
    "confidence_drop",
    "deletion",
    "faithfulness",
    "forward_passes",
    "impute",
    "infidelity",
    "insertion",
    "max_sensitivity",
    "random_map",
    "road",
    "sensitivity_n",
]


__getattr__ = lazy(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
