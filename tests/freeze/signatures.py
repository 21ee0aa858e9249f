"""The signature of every public name, one a line: ``python -m tests.freeze.signatures`` writes it.

Each name is looked up at every place where users may find it. Annotations are left out: they may
become more precise.
"""

import importlib
import re
from inspect import Parameter, Signature, isclass, signature
from pathlib import Path

SNAPSHOT = Path(__file__).with_name("signatures.txt")
MODULES = (
    "camlight",
    "camlight.base",
    "camlight.demo",
    "camlight.evaluate",
    "camlight.formatters",
    "camlight.keras",
    "camlight.methods",
)
"""Each with all that its `__all__` says."""
PLACES = {
    "camlight": [
        "base",
        "demo",
        "evaluate",
        "explain",
        "formatters",
        "ipython",
        "keras",
        "layers",
        "load",
        "methods",
    ],
    "camlight.explain": ["explain_prediction"],
    "camlight.evaluate": [
        "Agreement",
        "Beside",
        "Faithfulness",
        "Finding",
        "LabelPermutation",
        "PhotoPair",
        "PhotoPairs",
        "Randomisation",
        "RandomisedStep",
        "Report",
        "Section",
        "randomisation",
    ],
    "camlight.ipython": ["show_prediction"],
    "camlight.keras.explain_prediction": ["explain_prediction_keras"],
    "camlight.keras.gradcam": ["gradcam", "gradcam_backend"],
    "camlight.formatters.as_dataframe": [
        "explain_prediction_df",
        "explain_prediction_dfs",
        "format_as_dataframe",
        "format_as_dataframes",
    ],
    "camlight.formatters.as_dict": ["format_as_dict"],
    "camlight.formatters.fields": ["ALL", "WEIGHTS"],
    "camlight.formatters.html": ["format_as_html", "format_html_styles"],
    "camlight.formatters.image": ["expand_heatmap", "format_as_image", "heatmap_to_image"],
    "camlight.formatters.text": ["format_as_text"],
}
"""ELI5's places, those that the documents name, and names that were there before."""


def today():
    """Return the lines as they are now."""
    lines = [
        f"{module}.{line}"
        for module in MODULES
        for name in importlib.import_module(module).__all__
        for line in described(name, getattr(importlib.import_module(module), name))
    ]
    lines += [
        f"{module}.{name}{shape(getattr(importlib.import_module(module), name))}"
        for module, names in PLACES.items()
        for name in names
    ]
    methods = importlib.import_module("camlight").METHODS
    lines += [f"METHODS[{name!r}]{shape(methods[name])}" for name in methods]
    return sorted(set(lines))


def described(name, value):
    """A line for a value, and of a class one for each public member."""
    yield f"{name}{shape(value)}"
    if isclass(value):
        for member in sorted({m for kind in value.__mro__[:-1] for m in vars(kind)}):
            if not member.startswith("_") and not issubclass(value, Exception):
                yield f"{name}.{member}{shape(getattr(value, member))}"


def shape(value):
    """The parameters of what can be called: their names, kinds and defaults."""
    if not callable(value) or (isclass(value) and issubclass(value, Exception)):
        return ""
    parameters = signature(value).parameters.values()
    plain = [one.replace(annotation=Parameter.empty, default=default(one)) for one in parameters]
    return str(Signature(plain))


class Shown:
    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def default(parameter):
    if parameter.default is Parameter.empty:
        return Parameter.empty
    return Shown(re.sub(r" at 0x\w+", "", repr(parameter.default)))


if __name__ == "__main__":
    SNAPSHOT.write_text("\n".join(today()) + "\n", encoding="utf-8")
