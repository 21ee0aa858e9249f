"""What is frozen: every form with the default method, every method on two networks."""

import warnings

import keras
import numpy as np

import camlight
from tests.forms.form import average, conv2d, dense, picture
from tests.forms.test_forms import FORMS
from tests.forms.tokens import vit, wide

TOLERANCE = 1e-4
"""Of a map's largest value: what float32 leaves of it on another backend."""

WEAK = {"method hirescam on vit": 1e-2}
"""Before a LayerNormalization, activations times gradients add up to almost nothing."""

FEW = {
    "integrated_gradients": {"steps": 6},
    "rise": {"masks": 40},
    "smoothgrad": {"samples": 4},
    "smoothgradcam++": {"samples": 4},
}
"""Options that keep the methods cheap that run the network many times."""
COMPILE = None if keras.config.backend() == "jax" else False
"""JAX compiles all at once by itself; to compile each operation alone would take longer."""


def cnn():
    """Two convolutions, between them a pooling layer, before a softmax."""
    inputs = keras.Input((12, 10, 3))
    x = conv2d("early", 4, seed=11, padding="same")(inputs)
    x = conv2d("late", 6, seed=12, padding="same")(keras.layers.MaxPooling2D(name="half")(x))
    return keras.Model(inputs, dense(activation="softmax")(average()(x)), name="net")


NETWORKS = {
    "cnn": (cnn, lambda: picture(5, (12, 10))),
    "vit": (lambda: vit(1), wide),
}


def forms():
    """Yield each form's name, its tolerance and what was found."""
    for form in FORMS:
        keras.backend.clear_session()
        model = form.build()
        arguments = dict(form.arguments)
        if callable(arguments.get("layer")):
            arguments["layer"] = arguments["layer"](model)
        found = outcome(model, form.doc(), **arguments)
        yield f"form {form.name}", max(form.tolerance, TOLERANCE), found


def methods():
    """Yield each method and network, the tolerance and what was found."""
    for network, (build, doc) in NETWORKS.items():
        model, data = build(), doc()
        for method in camlight.METHODS:
            name = f"method {method} on {network}"
            how = {"method": method, "method_options": FEW.get(method)}
            found = outcome(model, data, targets=[2, 1], **how)
            yield name, WEAK.get(name, TOLERANCE), found


def outcome(model, doc, **arguments):
    """Return the facts of an explanation, and its arrays; of a refusal its type."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expl = camlight.explain_prediction(model, doc, compile=COMPILE, **arguments)
        except (TypeError, ValueError) as error:
            return {"refused": type(error).__name__}, {}
    facts = {
        "layer": expl.layer,
        "method": expl.method,
        "targets": [target.target for target in expl.targets],
        "scores": [target.score for target in expl.targets],
        "probas": [target.proba for target in expl.targets],
    }
    arrays = {
        f"{name} {number}": getattr(target, name).astype("float32")
        for number, target in enumerate(expl.targets)
        for name in ("raw_map", "heatmap")
    }
    return facts, arrays


def everything():
    yield from forms()
    yield from methods()


def difference(found, expected, tolerance):
    """Say what differs between two outcomes; empty where nothing does."""
    (facts, arrays), (old_facts, old_arrays) = found, expected
    exact = {"refused", "layer", "method", "targets"}
    for name in exact:
        if facts.get(name) != old_facts.get(name):
            return f"{name}: {facts.get(name)!r} instead of {old_facts.get(name)!r}"
    for name in ("scores", "probas"):
        if not close(facts.get(name), old_facts.get(name), tolerance):
            return f"{name}: {facts.get(name)} instead of {old_facts.get(name)}"
    for name, old in old_arrays.items():
        if name.startswith("heatmap") and is_empty(old_arrays[name.replace("heatmap", "raw_map")]):
            continue
        if arrays[name].shape != old.shape:
            return f"{name}: shape {arrays[name].shape} instead of {old.shape}"
        if not close(arrays[name], old, tolerance):
            return f"{name}: off by {np.abs(arrays[name] - old).max() / np.abs(old).max():.1e}"
    return ""


def is_empty(raw_map):
    """Whether a map's positive part is rounding, which scaling to 1 makes anything of."""
    return raw_map.max() < 1e-3 * np.abs(raw_map).max()


def close(found, expected, tolerance):
    if found is None or expected is None:
        return found is expected
    found, expected = (np.array(values, dtype="float64") for values in (found, expected))
    scale = np.nanmax(np.abs(expected), initial=1e-12)
    return np.allclose(found, expected, rtol=0, atol=tolerance * scale, equal_nan=True)
