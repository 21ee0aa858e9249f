"""Everything of a model that an explanation must leave as it was."""

import keras

from tests.references import array


def fingerprint(model):
    """Attributes of the model and its layers, weights, optimizer, losses, seeds and traces."""
    operations = getattr(model, "operations", [])
    state = {"model": attributes(model), "losses": len(model.losses), "traces": traces(model)}
    for operation in [*operations, *model._flatten_layers()]:
        state[id(operation)] = attributes(operation)
    optimizer = getattr(model, "optimizer", None)
    for variable in [*model.variables, *(optimizer.variables if optimizer else [])]:
        state[id(variable)] = (variable.path, array(variable).tobytes(), variable.trainable)
    state["policy"] = keras.config.dtype_policy().name
    return state


def attributes(operation):
    def value(attribute):
        if isinstance(attribute, (int, float, str, bool, type(None))):
            return attribute
        return len(attribute) if isinstance(attribute, (list, dict, set, tuple)) else id(attribute)

    return {name: value(attribute) for name, attribute in vars(operation).items()}


def traces(model):
    """How often TensorFlow has traced the functions that predict and train."""
    functions = [getattr(model, f"{what}_function", None) for what in ("predict", "train", "test")]
    counts = [getattr(function, "experimental_get_tracing_count", None) for function in functions]
    return [count() if count else None for count in counts]
