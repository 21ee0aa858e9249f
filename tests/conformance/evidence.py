"""For each method the paper, and the tests that hold it without any other library."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["EVIDENCE", "Evidence"]


class Evidence(NamedTuple):
    """What a method is held to.

    Attributes
    ----------
    paper : str
        On arXiv by its number, or where else it appeared.
    by_hand : str
        A test under ``tests/`` with values worked out by hand, as ``"folder/file::test"``.
    says : str
        What must hold besides.
    oracle : str
        The test that it does.
    """

    paper: str
    by_hand: str
    says: str
    oracle: str


_POOLED = "keras/test_every_method::test_all_of_pooled_features_and_one_dense_layer_agree"
_ADDS_UP = "methods/test_method::test_hirescam_adds_up_to_the_score"
_PICTURES = "methods/test_picture_methods::"
_SCORES = "methods/test_channel_scores::"
_WEIGHTED = "methods/test_channel_weighted::"

EVIDENCE = {
    "gradcam": Evidence(
        "1610.02391",
        "methods/test_gradcam::test_by_hand",
        "behind pooling and one Dense layer it is HiResCAM and XGrad-CAM",
        _POOLED,
    ),
    "gradcam++": Evidence(
        "1710.11063",
        f"{_WEIGHTED}test_gradcam_plus_plus_by_hand",
        "it is the formula with its second and third powers",
        f"{_WEIGHTED}test_gradcam_plus_plus_is_the_papers_formula",
    ),
    "hirescam": Evidence(
        "2011.08891",
        _ADDS_UP,
        "behind Flatten and one Dense layer it adds up to the score",
        _ADDS_UP,
    ),
    "xgradcam": Evidence(
        "2008.02312",
        f"{_WEIGHTED}test_xgradcam_by_hand",
        "it adds up to activations times gradients",
        f"{_WEIGHTED}test_xgradcam_adds_up_to_the_evidence",
    ),
    "layercam": Evidence(
        "TIP 2021",
        "methods/test_layercam::test_by_hand",
        "several layers are fused as in the paper",
        "methods/test_layercam::test_layers_are_fused_by_hand",
    ),
    "scorecam": Evidence(
        "1910.01279",
        f"{_SCORES}test_score_cam_by_hand",
        "it finds evidence whose place is known",
        f"{_SCORES}test_evidence_at_a_known_place",
    ),
    "ablationcam": Evidence(
        "WACV 2020",
        f"{_SCORES}test_ablation_cam_by_hand",
        "of a linear head it is Grad-CAM times what a channel holds",
        f"{_SCORES}test_ablation_cam_of_a_linear_head_is_its_grad_cam",
    ),
    "eigencam": Evidence(
        "2008.00299",
        "methods/test_eigen::test_eigencam_by_hand",
        "it lies along the first eigenvector",
        "methods/test_eigen::test_eigencam_is_the_first_eigenvector",
    ),
    "eigengradcam": Evidence(
        "none: grad-cam",
        "methods/test_eigen::test_eigengradcam_by_hand",
        "it turns round with the gradients",
        "methods/test_eigen::test_eigengradcam_agrees_with_hirescam_and_turns_with_the_gradients",
    ),
    "shapleycam": Evidence(
        "2501.06261",
        f"{_WEIGHTED}test_shapleycam_by_hand",
        "of a quadratic score it adds up to it",
        f"{_WEIGHTED}test_shapleycam_of_a_quadratic_score_adds_up_to_it",
    ),
    "fullgrad": Evidence(
        "1905.00780",
        "methods/test_fullgrad::test_by_hand",
        "the contributions add up to the score",
        "methods/test_fullgrad::test_the_contributions_add_up_to_the_score",
    ),
    "finercam": Evidence(
        "2501.11309",
        "methods/test_finercam::test_by_hand",
        "without comparison it is Grad-CAM",
        "methods/test_finercam::test_no_comparison_is_gradcam",
    ),
    "smoothgradcam++": Evidence(
        "1908.01224",
        "methods/test_smoothgradcam_pp::test_by_hand",
        "its derivatives are those of each noisy copy alone",
        "methods/test_smoothgradcam_pp::test_on_a_model",
    ),
    "guided_gradcam": Evidence(
        "1610.02391",
        "methods/test_guided_gradcam::test_by_hand",
        "nothing passes a ReLU6 above six",
        "methods/test_guided_gradcam::test_nothing_passes_above_six",
    ),
    "cam": Evidence(
        "1512.04150",
        "keras/test_class_weights::test_its_mean_and_the_bias_are_the_logit",
        "it is Grad-CAM of the logit times the number of cells",
        "keras/test_class_weights::test_it_is_gradcam_of_the_logit_times_the_number_of_cells",
    ),
    "legrad": Evidence(
        "2404.03214",
        "methods/test_legrad::test_by_hand",
        "neither the order of heads nor that of blocks matters",
        "methods/test_legrad::test_what_changes_nothing",
    ),
    "rollout": Evidence(
        "2005.00928",
        "methods/test_rollout::test_by_hand",
        "it is the product of all blocks' matrices",
        "methods/test_rollout::test_all_matrices_multiplied",
    ),
    "rise": Evidence(
        "1806.07421",
        "methods/test_rise::test_by_hand_of_one_cell",
        "with its mean it is the paper's formula",
        "methods/test_rise::test_with_its_mean_it_is_the_papers",
    ),
    "occlusion": Evidence(
        "1311.2901",
        "methods/test_occlusion::test_by_hand_without_overlap",
        "of a linear model it is each pixel's share",
        "methods/test_occlusion::test_of_a_linear_model_it_is_each_pixels_share",
    ),
    "gradient": Evidence(
        "1312.6034",
        f"{_PICTURES}test_by_hand",
        "it is what finite differences give",
        f"{_PICTURES}test_gradients_by_finite_differences",
    ),
    "gradient_x_input": Evidence(
        "1605.01713",
        f"{_PICTURES}test_by_hand",
        "of a network without biases it adds up to the score",
        f"{_PICTURES}test_gradient_times_input_is_the_score_of_a_network_without_biases",
    ),
    "smoothgrad": Evidence(
        "1706.03825",
        f"{_PICTURES}test_by_hand",
        "it averages before it takes absolute values",
        f"{_PICTURES}test_smoothgrad_averages_before_it_takes_absolute_values",
    ),
    "integrated_gradients": Evidence(
        "1703.01365",
        f"{_PICTURES}test_by_hand",
        "it adds up to the score less the baseline's",
        f"{_PICTURES}test_integrated_gradients_are_complete",
    ),
    "random": Evidence(
        "none: a control",
        "methods/test_control::test_noise_is_uniform_and_seeded",
        "it is uniform, and the same for the same seed",
        "methods/test_control::test_noise_is_uniform_and_seeded",
    ),
}
