"""Every image classifier of keras-hub in a tiny configuration with random weights."""

import keras_hub
import numpy as np

from tests.references import array

SIZE = (64, 64, 3)


def csp_net():
    return keras_hub.models.CSPNetBackbone(
        stem_filters=8,
        stem_kernel_size=3,
        stem_strides=1,
        stackwise_depth=[1, 1],
        stackwise_strides=[2, 2],
        stackwise_num_filters=[8, 8],
        block_type="dark_block",
        stage_type="dark",
        image_shape=SIZE,
    )


def dense_net():
    return keras_hub.models.DenseNetBackbone([1, 1, 1], image_shape=SIZE, growth_rate=4)


def efficient_net():
    return keras_hub.models.EfficientNetBackbone(
        stackwise_width_coefficients=[1.0, 1.0],
        stackwise_depth_coefficients=[1.0, 1.0],
        stackwise_kernel_sizes=[3, 3],
        stackwise_num_repeats=[1, 1],
        stackwise_input_filters=[8, 8],
        stackwise_output_filters=[8, 8],
        stackwise_expansion_ratios=[1, 2],
        stackwise_squeeze_and_excite_ratios=[0.25, 0.25],
        stackwise_strides=[2, 2],
        stackwise_block_types=["v1", "fused"],
        num_features=8,
        input_shape=SIZE,
    )


def hg_net():
    return keras_hub.models.HGNetV2Backbone(
        depths=[1, 1],
        embedding_size=8,
        hidden_sizes=[8, 8],
        stem_channels=[3, 8, 8],
        hidden_act="relu",
        use_learnable_affine_block=False,
        stackwise_stage_filters=[(8, 8, 8, 1, 1, 3), (8, 8, 8, 1, 1, 3)],
        apply_downsample=[False, True],
        use_lightweight_conv_block=[False, False],
        image_shape=SIZE,
    )


def mix_transformer():
    return keras_hub.models.MiTBackbone(
        layerwise_depths=[1, 1],
        num_layers=2,
        layerwise_num_heads=[1, 2],
        layerwise_sr_ratios=[2, 1],
        max_drop_path_rate=0.0,
        layerwise_patch_sizes=[7, 3],
        layerwise_strides=[4, 2],
        hidden_dims=[8, 8],
        image_shape=SIZE,
    )


def mobile_net():
    return keras_hub.models.MobileNetBackbone(
        stackwise_expansion=[[8], [16]],
        stackwise_num_blocks=[1, 1],
        stackwise_num_filters=[[8], [8]],
        stackwise_kernel_size=[[3], [3]],
        stackwise_num_strides=[[2], [2]],
        stackwise_se_ratio=[[None], [0.25]],
        stackwise_activation=[["relu"], ["hard_swish"]],
        stackwise_padding=[[1], [1]],
        output_num_filters=8,
        depthwise_filters=8,
        depthwise_stride=1,
        depthwise_residual=False,
        last_layer_filter=8,
        squeeze_and_excite=0.5,
        input_num_filters=8,
        image_shape=SIZE,
    )


def mobile_net_v5():
    def stages(first, second):
        return [[first], [second]]

    return keras_hub.models.MobileNetV5Backbone(
        stackwise_block_types=stages("er", "uir"),
        stackwise_num_blocks=[1, 1],
        stackwise_num_filters=stages(8, 8),
        stackwise_strides=stages(2, 2),
        stackwise_act_layers=stages("relu", "relu"),
        stackwise_exp_ratios=stages(2.0, 2.0),
        stackwise_se_ratios=stages(0.0, 0.0),
        stackwise_dw_kernel_sizes=stages(0, 5),
        stackwise_dw_start_kernel_sizes=stages(0, 0),
        stackwise_dw_end_kernel_sizes=stages(0, 0),
        stackwise_exp_kernel_sizes=stages(3, 0),
        stackwise_pw_kernel_sizes=stages(1, 0),
        stackwise_num_heads=stages(0, 0),
        stackwise_key_dims=stages(0, 0),
        stackwise_value_dims=stages(0, 0),
        stackwise_kv_strides=stages(0, 0),
        stackwise_use_cpe=stages(False, False),
        use_msfa=False,
        stem_size=8,
        num_features=8,
        image_shape=SIZE,
    )


def res_net():
    return keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[7],
        stackwise_num_filters=[64, 8],
        stackwise_num_blocks=[1, 1],
        stackwise_num_strides=[1, 2],
        block_type="basic_block",
        use_pre_activation=True,
        image_shape=SIZE,
    )


def swin():
    return keras_hub.models.SwinTransformerBackbone(
        image_shape=SIZE, embed_dim=8, depths=(1, 1), num_heads=(1, 2), window_size=4
    )


def vgg():
    return keras_hub.models.VGGBackbone([1, 1, 1], [8, 8, 8], image_shape=SIZE)


def xception():
    return keras_hub.models.XceptionBackbone([[8, 8], [8, 8]], [True, True], image_shape=SIZE)


def vit(size=SIZE, **arguments):
    return keras_hub.models.ViTBackbone(
        image_shape=size,
        patch_size=(16, 16),
        num_layers=2,
        num_heads=2,
        hidden_dim=8,
        mlp_dim=16,
        **arguments,
    )


def deit(size=SIZE):
    return keras_hub.models.DeiTBackbone(
        image_shape=size,
        patch_size=(16, 16),
        num_layers=2,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
    )


def classifier(name, backbone, **head):
    build = getattr(keras_hub.models, f"{name}ImageClassifier")
    return lambda: enlivened(build(backbone=backbone(), num_classes=4, preprocessor=None, **head))


CLASSIFIERS = {
    "CSPNet": classifier("CSPNet", csp_net),
    "DenseNet": classifier("DenseNet", dense_net),
    "EfficientNet": classifier("EfficientNet", efficient_net),
    "HGNetV2": classifier("HGNetV2", hg_net, head_filters=8),
    "MiT": classifier("MiT", mix_transformer),
    "MobileNet": classifier("MobileNet", mobile_net, num_features=8),
    "MobileNetV5": classifier("MobileNetV5", mobile_net_v5, head_hidden_size=8),
    "ResNet": classifier("ResNet", res_net),
    "SwinTransformer": classifier("SwinTransformer", swin),
    "VGG": classifier("VGG", vgg, pooling_hidden_dim=8),
    "Xception": classifier("Xception", xception),
    "ViT": classifier("ViT", vit),
    "ViT, wide": classifier("ViT", lambda: vit((32, 64, 3))),
    "ViT, mean of the patches": classifier(
        "ViT", lambda: vit(use_class_token=False), pooling="gap"
    ),
    "DeiT": classifier("DeiT", deit),
    "DeiT, wide": classifier("DeiT", lambda: deit((32, 64, 3))),
}
"""Builders by the name of their family."""

TRANSFORMERS = {"DeiT", "MiT", "SwinTransformer", "ViT"}


def enlivened(model, seed=0):
    """Give every weight a random value: what starts as zeros would hide what depends on it."""
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        shape, name = tuple(variable.shape), variable.path.rsplit("/", 1)[-1]
        if "seed" in name or not np.issubdtype(array(variable).dtype, np.floating):
            continue
        if name in ("gamma", "moving_variance", "scale"):
            value = rng.uniform(0.8, 1.2, shape)
        elif len(shape) > 1:
            value = rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape)
        else:
            value = rng.normal(0, 0.1, shape)
        variable.assign(value.astype("float32"))
    return model
