"""Attributes of layers that don't matter for a prediction."""

from __future__ import annotations

from collections.abc import Iterable

import keras

from .contents import own_classes
from .reading import names_read

__all__ = ["watched"]


def watched(kind: type, names: Iterable[str]) -> list[str]:
    """Return which of its attributes may say how an operation of a class predicts.

    What users call their own attributes always may: a name that only Keras's models have is left
    out for models alone, and one that a user's model reads as it predicts isn't.
    """
    idle = _OPERATIONS | _FRAMEWORKS.get(keras.config.backend(), set())
    if issubclass(kind, keras.Model):
        idle |= _MODELS | (_TRAINING - names_read(own_classes(kind)))
    if not kind.__module__.startswith("keras.src.layers."):
        return [name for name in names if name not in idle]
    idle |= _LAYERS
    return [name for name in names if not (name in idle or name.endswith(_ENDINGS))]


_OPERATIONS = {
    "_auto_config",
    "_build_shapes_dict",
    "_call_context_args",
    "_call_has_context_arg",
    "_call_signature",
    "_called",
    "_inbound_nodes",
    "_lock",
    "_loss_ids",
    "_losses",
    "_losses_override",
    "_metrics",
    "_outbound_nodes",
    "_self_setattr_tracking",
    "_tracker",
    "build",
    "call_signature_parameters",
    "quantize",
}
_MODELS = {
    "_compile_config",
    "_compile_loss",
    "_compile_metrics",
    "_compiled_trainable_state",
    "_compute_loss_has_training_arg",
    "_distribute_strategy",
    "_eval_epoch_iterator",
    "_initial_epoch",
    "_jit_compile",
    "_loss_tracker",
    "_nodes",
    "_nodes_by_depth",
    "_operations_by_depth",
    "_run_eagerly",
    "predict_function",
    "steps_per_execution",
    "stop_predicting",
    "test_function",
    "train_function",
    "unrolled_steps_per_execution",
}
_TRAINING = {
    "compiled",
    "history",
    "loss",
    "optimizer",
    "output_names",
    "stop_training",
}
_FRAMEWORKS = {
    "tensorflow": {
        "_saved_model_arg_spec",
        "_saved_model_inputs_spec",
        "_self_destruction_context",
        "_self_extra_variables",
        "_self_name_based_restores",
        "_self_saveable_object_factories",
        "_self_tracked_trackables",
        "_self_trainable",
        "_self_unconditional_checkpoint_dependencies",
        "_self_unconditional_deferred_dependencies",
        "_self_unconditional_dependency_names",
        "_self_update_uid",
        "_tracked",
    },
    "torch": {
        "_backward_hooks",
        "_backward_pre_hooks",
        "_buffers",
        "_forward_hooks",
        "_forward_hooks_always_called",
        "_forward_hooks_with_kwargs",
        "_forward_pre_hooks",
        "_forward_pre_hooks_with_kwargs",
        "_load_state_dict_post_hooks",
        "_load_state_dict_pre_hooks",
        "_modules",
        "_non_persistent_buffers_set",
        "_parameters",
        "_state_dict_hooks",
        "_state_dict_pre_hooks",
        "_torch_params",
    },
}
"""Of TensorFlow's checkpoints and PyTorch's modules. Hooks do matter, but only PyTorch has them,
where nothing is compiled.
"""
_LAYERS = {
    "_allow_non_tensor_positional_args",
    "_call_has_mask_arg",
    "_call_has_training_arg",
    "_convert_input_args",
    "_input_spec",
    "_layers",
    "_non_trainable_variables",
    "_parent_path",
    "_path",
    "_seed_generators",
    "_supports_masking",
    "_trainable_variables",
    "activity_regularizer",
    "momentum",
    "renorm_clipping",
    "renorm_momentum",
    "supports_jit",
    "synchronized",
}
_ENDINGS = ("_constraint", "_initializer", "_regularizer")
"""What Keras's own layers don't read for a prediction, or what says once more what other
attributes say; layers that users wrote may read it.
"""
