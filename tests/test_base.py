import copy
import pickle

import eli5.base
import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import Explanation, TargetExplanation


def explanation(heat=1.0, **fields):
    heatmap = np.array([[0.0, heat]])
    target = TargetExplanation(3, score=0.5, heatmap=heatmap, raw_map=heatmap * 2)
    return Explanation("net", method="Grad-CAM", targets=[target], **fields)


def eli5s(expl):
    """The same explanation in ELI5's own classes."""
    targets = [
        eli5.base.TargetExplanation(t.target, score=t.score, heatmap=t.heatmap)
        for t in expl.targets
    ]
    return eli5.base.Explanation(
        expl.estimator, method=expl.method, targets=targets, image=expl.image
    )


def test_prints_as_eli5s():
    expl = explanation(layer="conv", warnings=["careful"], image=Image.new("L", (2, 1)))
    assert repr(expl) == repr(eli5s(expl))
    assert "careful" not in repr(expl)


@pytest.mark.parametrize("name", ["Explanation", "TargetExplanation"])
def test_fields_are_eli5s_then_our_own(name):
    import inspect

    import camlight.base

    theirs = list(inspect.signature(getattr(eli5.base, name)).parameters)
    ours = list(inspect.signature(getattr(camlight.base, name)).parameters)
    assert ours[: len(theirs)] == theirs


def test_equal_by_value():
    assert explanation() == explanation()
    assert explanation(heat=np.nan) == explanation(heat=np.nan)
    assert explanation() != explanation(heat=0.5)
    assert explanation() != explanation(layer="conv")
    assert explanation() != "an explanation"
    assert explanation().targets[0] != TargetExplanation(3)


def test_can_be_copied_and_pickled():
    expl = explanation(layer="conv")
    assert copy.deepcopy(expl) == expl
    assert pickle.loads(pickle.dumps(expl)) == expl


def test_no_other_attributes():
    with pytest.raises(AttributeError):
        explanation().heatmap = None


def test_shows_as_html():
    assert "Explained as: Grad-CAM" in explanation()._repr_html_()


def test_a_notebook_is_given_html_and_text():
    expl = explanation(layer="conv")
    html, text = expl._repr_html_(), camlight.format_as_text(expl)
    assert expl._repr_mimebundle_() == {"text/html": html, "text/plain": text}
    assert expl._repr_mimebundle_(None, None) == {"text/html": html, "text/plain": text}
    assert expl._repr_mimebundle_(include={"text/plain", "image/png"}) == {"text/plain": text}
    assert expl._repr_mimebundle_(exclude={"text/plain"}) == {"text/html": html}
    assert expl._repr_mimebundle_(include=["text/html"], exclude=["text/html"]) == {}


def test_ipython_takes_the_bundle():
    from IPython.core.formatters import DisplayFormatter

    expl = explanation(layer="conv")
    data, metadata = DisplayFormatter().format(expl)
    assert (data, metadata) == (expl._repr_mimebundle_(), {})
    data, _ = DisplayFormatter().format(expl, include={"text/plain"})
    assert data == {"text/plain": camlight.format_as_text(expl)}
    assert str(expl) == repr(expl) == repr(eli5s(expl))
