"""Maps averaged over the picture, its mirror image, and both with other contrast."""

import keras
import numpy as np
import pytest

import camlight
from tests.forms.test_forms import FORMS
from tests.references import array

FACTORS = (0.9, 1.0, 1.1)


def signed(model, doc, **arguments):
    return camlight.explain_prediction(model, doc, **arguments).targets[0].raw_map


@pytest.mark.parametrize("method", ["gradcam", "hirescam", "gradient_x_input", "eigencam"])
def test_the_mean_of_six(network, doc, method):
    same = {"targets": [2], "method": method}
    expected = np.mean(
        [
            part
            for factor in FACTORS
            for part in (
                signed(network, factor * doc, **same),
                signed(network, factor * doc[:, :, ::-1], **same)[:, ::-1],
            )
        ],
        axis=0,
    )
    found = signed(network, doc, smooth=True, **same)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert np.abs(found - signed(network, doc, **same)).max() > 1e-3


def test_by_hand():
    """A layer that hands the picture on, a score of 1, 2 and 3 times its columns: Grad-CAM is
    the picture times the mean of these, whatever the order, and 0.9, 1, 1.1 average to 1."""
    model = keras.Sequential(
        [
            keras.Input((1, 3, 1)),
            keras.layers.Conv2D(1, 1, use_bias=False, name="conv"),
            keras.layers.Flatten(),
            keras.layers.Dense(1, use_bias=False),
        ]
    )
    model.set_weights([np.ones((1, 1, 1, 1)), np.array([[1.0], [2.0], [3.0]])])
    doc = np.array([[[[5.0], [0.0], [1.0]]]], "float32")
    found = signed(model, doc, targets=[0], smooth=True)
    np.testing.assert_allclose(found, [[10, 0, 2]], rtol=1e-6)
    # HiResCAM: column by column; mirrored, the picture's first column meets the last weight
    found = signed(model, doc, targets=[0], smooth=True, method="hirescam")
    np.testing.assert_allclose(found, [[5 * (1 + 3) / 2, 0, 1 * (3 + 1) / 2]], rtol=1e-6)


def test_symmetric_on_a_symmetric_picture(network, doc):
    doc = doc + doc[:, :, ::-1]
    found = signed(network, doc, targets=[1], smooth=True)
    np.testing.assert_allclose(found, found[:, ::-1], atol=1e-6)
    plain = signed(network, doc, targets=[1])
    assert np.abs(plain - plain[:, ::-1]).max() > 1e-3


def test_the_targets_are_those_of_the_picture_itself(network, doc):
    """Its mirror image may be taken for something else."""
    scores = array(network(doc))[0]
    expl = camlight.explain_prediction(network, doc, top_targets=3, smooth=True)
    assert [t.target for t in expl.targets] == list(np.argsort(-scores)[:3])
    for target in expl.targets:
        assert target.score == pytest.approx(scores[target.target], rel=1e-5)
        alone = signed(network, doc, targets=[target.target], smooth=True)
        np.testing.assert_allclose(target.raw_map, alone, rtol=1e-4, atol=1e-6)
    assert "mirror image" in expl.description


def test_functions_as_targets_and_what_speaks_against(network, doc):
    same = {"smooth": True, "counterfactual": True}
    expected = signed(network, doc, targets=[2], **same)
    found = signed(network, doc, targets=[lambda output: output[..., 2]], **same)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_in_batches_too(network, rng):
    docs = rng.uniform(-1, 1, (3, 8, 8, 3)).astype("float32")
    many = camlight.explain_predictions(network, docs, targets=[2], smooth=True)
    for doc, expl in zip(docs, many, strict=True):
        one = signed(network, doc, targets=[2], smooth=True)
        np.testing.assert_allclose(expl.targets[0].raw_map, one, atol=1e-5)


NAMES = ["subclassed", "inputs as a dict", "channels first", "class token", "Conv1D", "Conv3D"]


@pytest.mark.parametrize("form", [f for f in FORMS if f.name in NAMES], ids=lambda f: f.name)
def test_every_form_of_model(form):
    model, doc = form.build(), form.doc()
    arguments = {k: v for k, v in form.arguments.items() if k != "layer"}
    plain = signed(model, doc, **arguments)
    found = signed(model, doc, smooth=True, **arguments)
    assert found.shape == plain.shape
    assert np.abs(found - plain).max() > 0

    def changed(leaf, factor, mirrored):
        if leaf.ndim < 3:
            return leaf
        axis = -1 if form.name == "channels first" else -2
        return factor * (np.flip(leaf, axis) if mirrored else leaf)

    expected = [
        np.flip(one, -1) if mirrored else one
        for mirrored in ((False,) if form.name == "Conv1D" else (False, True))
        for factor in FACTORS
        for one in [
            signed(
                model,
                keras.tree.map_structure(
                    lambda leaf, f=factor, m=mirrored: changed(leaf, f, m).astype(leaf.dtype), doc
                ),
                **arguments,
            )
        ]
    ]
    scale = np.abs(expected).max()
    np.testing.assert_allclose(found, np.mean(expected, axis=0), rtol=0, atol=1e-4 * scale)


def test_what_is_no_choice(network, doc):
    with pytest.raises(TypeError, match="Expected `smooth` to be True or False. Received: 3"):
        camlight.explain_prediction(network, doc, smooth=3)
