"""What to look at in a model: its layers, the picture they see, and what its output comes from."""

from dataclasses import replace
from typing import Any

import keras

from camlight.keras.graph.layers import all_layers, find_layer
from camlight.keras.graph.nodes import LayerCall, as_written, inputs_of, is_graph, output_structure
from camlight.keras.graph.outputs import FinalActivation, choose_output, final_activation
from camlight.keras.graph.spatial import spec_of
from camlight.keras.run.errors import NotCalledError
from camlight.keras.run.forward import ForwardPass, final_activation_seen

from .auto_layer import auto_layer
from .capture import Context, Options, capture
from .compiled import ModelCache, Plan
from .from_run import outline


def plan_for(run: ForwardPass, cache: ModelCache | None, options: Options) -> Plan:
    """Return the plan of a built model, remembered where there is a cache."""
    key = _key(run, options)
    if cache is None or key is None:
        return _planned(run, options)
    return cache.plan(key, lambda: _planned(run, options))


def planned(run: ForwardPass, plan: Plan, options: Options) -> ForwardPass:
    """Return the run with what the model's structure says of it."""
    final = plan.final_activation if options.pre_softmax else None
    return replace(run, picture=plan.picture, final_activation=final)


def look(run: ForwardPass, plan: Plan, cache: ModelCache | None, options: Options) -> Context:
    """Run the model once and return what it showed.

    A model without a graph may go another way for each picture. Where it doesn't call the layer
    that was chosen for an earlier picture, one is chosen anew.
    """
    try:
        return capture(planned(run, plan, options), plan, cache, options)
    except NotCalledError:
        own = None if options.layer is not None else _planned(run, options)
        if own is None or not own.layers:
            raise
        return capture(planned(run, own, options), own, None, options)


def _planned(run: ForwardPass, options: Options) -> Plan:
    layers = layers_for(run, options) if options.method.uses_layer else []
    if options.method.uses_layer and not layers:
        return Plan([], run.picture, spec_of(run.model, run.size))
    if layers and is_graph(run.model):
        run = run.seeing(inputs_of(run.model, layers[-1]))
    final = final_activation(run.model, run.output)
    if options.pre_softmax and final is None:
        final = _found_final_activation(run)
    return Plan(layers, run.picture, spec_of(run.model, run.size), final, _scores(run))


def layers_for(run: ForwardPass, options: Options) -> list[LayerCall]:
    """Return the layers that were asked for, by default the one that suits; none if none does."""
    if options.layer is None:
        suits = auto_layer(run, options.grid)
        found = [] if suits is None else [suits]
    elif isinstance(options.layer, (list, tuple)):
        found = [find_layer(run.model, one) for one in options.layer]
    else:
        found = [find_layer(run.model, options.layer)]
    if options.grid is not None:
        found = [replace(layer, grid=options.grid) for layer in found]
    call = -1 if options.call is None and options.layer is not None else options.call
    return found if call is None else [_at_call(run, layer, call) for layer in found]


def _at_call(run: ForwardPass, layer: LayerCall, call: int) -> LayerCall:
    """Return a layer at one of its calls, which are numbered as they are written in the code."""
    order = as_written(run.model, layer.operation) if is_graph(run.model) else []
    known = -1 <= call < len(order) and len(order) > 1
    return replace(layer, call=order[call] if known else call)


def _found_final_activation(run: ForwardPass) -> FinalActivation:
    """Run the model, and return the softmax or sigmoid that the explained output comes from."""
    calls, output = outline(run, [layer.operation for layer in all_layers(run.model)])
    found = final_activation_seen(calls, output)
    if found is not None:
        return found
    last = next((call.operation for call in calls if call.output is output.values), None)
    source = "outside of any layer" if last is None else f"in layer `{last.name}`"
    raise ValueError(
        "Expected a model that ends in a softmax or sigmoid, along with `pre_softmax`. Received: "
        f"model `{run.model.name}`, whose output is made {source}"
        f"{'' if last is None else f' ({type(last).__name__})'}. If these are scores already, "
        "leave `pre_softmax` out."
    )


def _scores(run: ForwardPass) -> int | None:
    if not is_graph(run.model):
        return None
    shape = choose_output(run.model, output_structure(run.model), run.output).tensor.shape
    return int(shape[-1]) if len(shape) == 2 and shape[-1] is not None else None


def _key(run: ForwardPass, options: Options) -> Any:
    """Return what the plan depends on; None for what isn't worth remembering."""
    leaves = keras.tree.flatten(run.inputs)
    shapes = [None if leaf is None else (leaf.shape, leaf.dtype.str) for leaf in leaves]
    alone = hasattr(run.inputs, "shape")
    structure = "" if alone else str(keras.tree.map_structure(lambda _: 0, run.inputs))
    uses_layer = options.method.uses_layer
    asked = (options.layer, options.call, options.grid, options.pre_softmax, uses_layer)
    key = (structure, tuple(shapes), run.picture, run.output, *map(_hashable, asked))
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _hashable(value: Any) -> Any:
    if isinstance(value, keras.Operation):
        return ("operation", id(value))
    if isinstance(value, (list, tuple)):
        return (type(value), *map(_hashable, value))
    return (type(value), value)
